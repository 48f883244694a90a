//! Projects: their names in addresses, deleting them, bringing them back, and the end.

use diesel::prelude::*;
use keystead::access::{Membership, Role};
use keystead::db::schema::{api_keys as key_rows, numbers, projects as rows};
use keystead::kernel::month::Month;
use keystead::kernel::time::days;
use keystead::lifecycle::trash;
use keystead::projects::api_keys::{self, Refused};
use keystead::projects::hmac_keys::{self, NewHmacKey};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::{self, Project};
use keystead::usage::Kind;
use keystead::usage::month::{self, Spent};

use crate::on_both;
use crate::support::markup::check_markup;
use crate::support::people::Person;
use crate::support::projects::{maker, named, own};
use crate::support::region::fifty_at_once;
use crate::support::world::World;

fn is_let_in(world: &World, value: &str) -> Result<(), Refused> {
    let parsed = keystead::crypto::api_key::parse(value).unwrap();
    let now = world.site.clock.now();
    world.in_europe(|db| api_keys::verify(db, &parsed.digest, None, now)).map(|_| ())
}

on_both! {
    async fn projects_of_one_name_get_addresses_of_their_own_even_at_once(world: World) {
        let ada = world.person("ada-marchetti");
        let mut slugs: Vec<String> = fifty_at_once(|| world.project(&ada, "Gripper Vision").slug);
        slugs.sort();
        slugs.dedup();
        assert_eq!(slugs.len(), 50);
        assert!(slugs.contains(&"gripper-vision".to_owned()) && slugs.contains(&"gripper-vision-50".to_owned()));
        assert_eq!(world.project(&ada, "Settings").slug, "settings-2");
        assert_eq!(world.project(&world.person("eve-adler"), "Gripper Vision").slug, "gripper-vision");
    }

    async fn a_deleted_project_is_out_of_reach_and_comes_back_with_its_keys(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let (act, permit) = (world.act(), own(world.id_of(&ada.username)).permit().unwrap());
        let lines = world.in_europe(|db| trash::consequences(db, project.id));
        let lines: Vec<(i64, &str)> = lines.iter().map(|line| (line.count, line.what())).collect();
        assert_eq!(lines, [(1, "project"), (1, "API key")]);
        assert!(world.in_europe(|db| trash::delete(db, &act, &permit, project.id)).is_some());
        assert!(world.in_europe(|db| trash::delete(db, &act, &permit, project.id)).is_none());
        assert_eq!(is_let_in(world, &key.value), Err(Refused::Unknown));
        assert!(world.in_europe(|db| project::at(db, project.workspace_id, "gripper-vision")).is_none());
        let other = world.project(&ada, "Gripper Vision");
        assert_eq!(other.slug, "gripper-vision-2", "what may come back keeps its address");
        world.site.clock.advance(days(29));
        world.run_jobs();
        let act = world.act();
        let restored = world.in_europe(|db| trash::restore(db, &act, &permit, project.id)).unwrap();
        assert_eq!(restored.slug, "gripper-vision");
        assert_eq!(is_let_in(world, &key.value), Ok(()));
    }

    async fn a_project_shows_no_minutes_of_an_erased_one_that_had_its_name(world: World) {
        let ada = world.person("ada-marchetti");
        // The one month in which a name can be used by two: deleted on its first day and erased on its 31st.
        world.site.clock.advance(days(10));
        let first = world.project(&ada, "Gripper Vision");
        world.used(&first, Kind::Cpu, 600);
        world.used(&first, Kind::Gpu, 120);
        let minutes = |project: &Project| {
            let (project, this) = (project.clone(), Month::of(world.site.clock.now()));
            world.in_europe(|db| {
                month::of_project(db, project.workspace_id, this, &project.slug, project.created_at)
            })
        };
        assert_eq!(minutes(&first), Spent { cpu_seconds: 600, gpu_seconds: 120 });
        let (act, permit) = (world.act(), own(world.id_of(&ada.username)).permit().unwrap());
        world.in_europe(|db| trash::delete(db, &act, &permit, first.id));
        world.site.clock.advance(days(30));
        world.run_jobs();
        let second = world.project(&ada, "Gripper Vision");
        assert_eq!(second.slug, first.slug);
        assert_eq!(minutes(&second), Spent::default());
        let browser = world.signed_in(&ada).await;
        assert!(browser.get("/ada-marchetti/gripper-vision").await.has("0 min"));
        world.used(&second, Kind::Cpu, 180);
        assert_eq!(minutes(&second), Spent { cpu_seconds: 180, gpu_seconds: 0 });
        let page = browser.get("/ada-marchetti/gripper-vision").await;
        assert!(page.has("3 min") && !page.has("13 min"), "{}", page.text());
        let bill = browser.get("/settings/billing").await;
        for row in ["gripper-vision 3 min", "gripper-vision (an earlier one, before 31 December 2026) 16 min"] {
            assert!(bill.has(row), "{row} is missing in {}", bill.text());
        }
        check_markup("/settings/billing", &bill.html);
    }

    async fn whoever_deletes_or_restores_it_and_the_owners_are_told(world: World) {
        let [ada, bob, eve] = ["ada-marchetti", "bob-b", "eve-adler"].map(|name| world.person(name));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Editor);
        team.member(&eve, Role::Admin);
        let project = team.project("Gripper Vision");
        let editor = Membership { workspace: team.id, account: world.id_of(&bob.username), role: Role::Editor };
        let (act, permit) = (world.act(), editor.permit().unwrap());
        world.in_europe(|db| trash::delete(db, &act, &permit, project.id));
        let told = |who: &Person, subject: &str| {
            world.inbox(&who.email).into_iter().filter(|mail| mail.subject == subject).map(|mail| mail.text).collect::<Vec<_>>()
        };
        let (deleted, restored) = ("A project was deleted at Keystead", "A project was restored at Keystead");
        for who in [&ada, &bob] {
            let [text] = &told(who, deleted)[..] else { panic!("{} is told once", who.username) };
            assert!(text.contains("\"Gripper Vision\" of acme-labs") && text.contains("/acme-labs/trash"), "{text}");
            assert!(text.contains("21 December 2026"), "{text}");
        }
        assert!(told(&eve, deleted).is_empty(), "it is for Owners and whoever did it");
        world.in_europe(|db| trash::restore(db, &act, &permit, project.id)).unwrap();
        for who in [&ada, &bob] {
            let [text] = &told(who, restored)[..] else { panic!("{} is told once", who.username) };
            assert!(text.contains("/acme-labs/gripper-vision/keys"), "{text}");
        }
        assert_eq!(told(&ada, deleted).len(), 1);
    }

    async fn nobody_else_deletes_or_restores_it(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (act, eve) = (world.act(), own(world.id_of(&world.person("eve-adler").username)).permit().unwrap());
        assert!(world.in_europe(|db| trash::delete(db, &act, &eve, project.id)).is_none());
        assert!(world.in_europe(|db| trash::restore(db, &act, &eve, project.id)).is_none());
    }

    async fn after_thirty_days_it_is_erased_with_all_that_it_held(world: World) {
        let ada = world.person("ada-marchetti");
        let (project, other) = (world.project(&ada, "Gripper Vision"), world.project(&ada, "Stays"));
        world.key(&project, &named("ci", KeyRole::Admin));
        let stays = world.key(&other, &named("ci", KeyRole::Admin));
        let (act, owner) = (world.act(), maker(&project, Role::Owner));
        let new = NewHmacKey { name: "bench".to_owned(), is_development: true, own: None };
        world.region(keystead::kernel::region::Region::Eu)
            .write_now(|db| hmac_keys::create(db, &act, &owner, &new)).unwrap();
        let permit = own(world.id_of(&ada.username)).permit().unwrap();
        world.in_europe(|db| trash::delete(db, &act, &permit, project.id));
        world.site.clock.advance(days(30));
        let now = world.act();
        assert!(world.in_europe(|db| trash::restore(db, &now, &permit, project.id)).is_none());
        world.run_jobs();
        let left = world.in_europe(|db| {
            let projects = rows::table.count().get_result::<i64>(db)?;
            let keys = key_rows::table.count().get_result::<i64>(db)?;
            Ok((projects, keys, numbers::table.count().get_result::<i64>(db)?))
        });
        assert_eq!(left, (1, 1, 2));
        assert_eq!(is_let_in(world, &stays.value), Ok(()));
    }
}
