//! Lists that are taken away as files, and found in by search.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use keystead::access::Role;
use keystead::access::action::EditProjects;
use keystead::db::schema::{accounts, samples as sample_rows};
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::lifecycle::trash;
use keystead::projects::artifacts::{self, ArtifactKind, NewArtifact};
use keystead::projects::creation::{self, NewProject};
use keystead::projects::hmac_keys::{self, NewHmacKey};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Visibility;

use crate::on_both;
use crate::support::client::Client;
use crate::support::markup::check_markup;
use crate::support::projects::{maker, named, own};
use crate::support::world::World;

const BASE: &str = "/ada-marchetti/gripper-vision";

/// Every row of a file, by the words of its head.
async fn rows(browser: &Client, path: &str) -> Vec<HashMap<String, String>> {
    let file = browser.get(path).await;
    assert_eq!(file.status, 200, "{path}");
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8", "{path}");
    let name = file.headers["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("attachment; filename=\"") && name.ends_with("-2026-11-21.csv\""), "{name}");
    csv::Reader::from_reader(file.html.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// One column of it.
async fn column(browser: &Client, path: &str, of: &str) -> Vec<String> {
    rows(browser, path).await.iter().map(|row| row[of].clone()).collect()
}

fn artifact(name: &str) -> NewArtifact {
    NewArtifact {
        source: "hub".to_owned(),
        source_id: name.to_owned(),
        kind: ArtifactKind::Model,
        name: name.to_owned(),
        size: 6_200_000,
        made_by: String::new(),
    }
}

fn deleted(world: &World, name: &str) {
    let ada = world.id_of("ada-marchetti");
    let permit = own(ada).permit::<EditProjects>().unwrap();
    let act = world.act();
    let new = NewProject { name: name.to_owned(), description: String::new(), visibility: Visibility::Private };
    world.in_europe(|db| {
        let project = creation::create(db, &act, &permit, &new)?;
        trash::delete(db, &act, &permit, project.id)
    });
}

on_both! {
    async fn what_somebody_typed_is_no_formula_in_any_file(world: World) {
        let ada = world.person("ada-marchetti");
        let (browser, project) = (world.signed_in(&ada).await, world.project(&ada, "Gripper Vision"));
        let act = world.act();
        world.project(&ada, "=1+1");
        deleted(world, "@SUM(A1)");
        world.key(&project, &named("+1", KeyRole::ReadOnly));
        let new = NewHmacKey { name: "-1".to_owned(), is_development: true, own: None };
        let owner = maker(&project, Role::Owner);
        world.region(Region::Eu).write_now(|db| hmac_keys::create(db, &act, &owner, &new)).unwrap();
        world.in_europe(|db| artifacts::register(db, &act, project.id, &artifact("=2")));
        world.samples(&project, &[("idle.csv", b"1")]).await;
        world.in_europe(|db| diesel::update(sample_rows::table).set(sample_rows::label.eq("=3")).execute(db));
        let secret = world.secret(&own(world.id_of(&ada.username)).permit().unwrap(), "OPENAI_API_KEY", "sk-very-secret");
        world.in_europe(|db| {
            use keystead::db::schema::secrets;
            diesel::update(secrets::table.find(secret.id)).set(secrets::description.eq("=4")).execute(db)
        });
        let team = world.organization("acme-labs", &ada);
        team.project("Shared");
        world.in_europe(|db| diesel::update(accounts::table).set(accounts::name.eq("=HYPERLINK(1)")).execute(db));
        for (path, of, cell) in [
            ("/ada-marchetti/projects/all.csv", "name", "'=1+1"),
            ("/ada-marchetti/trash/projects.csv", "name", "'@SUM(A1)"),
            ("/ada-marchetti/trash/projects.csv", "deleted_by", "'=HYPERLINK(1)"),
            (&format!("{BASE}/keys.csv"), "name", "'+1"),
            (&format!("{BASE}/keys.csv"), "made_by", "'=HYPERLINK(1)"),
            (&format!("{BASE}/hmac-keys.csv"), "name", "'-1"),
            (&format!("{BASE}/artifacts.csv"), "name", "'=2"),
            (&format!("{BASE}/data.csv"), "label", "'=3"),
            ("/settings/secrets.csv", "description", "'=4"),
            ("/acme-labs/settings/members.csv", "name", "'=HYPERLINK(1)"),
        ] {
            assert!(column(&browser, path, of).await.iter().any(|one| one == cell), "{path} {of}");
        }
        for path in ["/settings/api-keys.csv", "/acme-labs/settings/api-keys.csv", "/acme-labs/settings/secrets.csv"] {
            assert!(rows(&browser, path).await.is_empty(), "{path}");
        }
        assert!(!browser.get("/settings/secrets.csv").await.html.contains("sk-very-secret"));
    }

    async fn a_long_list_is_in_its_file_to_the_end_and_once(world: World) {
        let ada = world.person("ada-marchetti");
        for n in 0..501 {
            if n % 100 == 0 {
                world.site.clock.advance(seconds(1));
            }
            deleted(world, &format!("p{n}x"));
        }
        let browser = world.signed_in(&ada).await;
        let names = column(&browser, "/ada-marchetti/trash/projects.csv", "name").await;
        assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (501, 501));
        assert_eq!(column(&browser, "/ada-marchetti/trash/projects.csv?q=P50X", "name").await, ["p50x"]);
        let project = world.project(&ada, "Gripper Vision");
        let files: Vec<String> = (0..501).map(|n| format!("n{n}.csv")).collect();
        let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
        world.samples(&project, &files).await;
        let names = column(&browser, &format!("{BASE}/data.csv"), "file_name").await;
        assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (501, 501));
        assert_eq!(column(&browser, &format!("{BASE}/data.csv?q=n500"), "file_name").await, ["n500.csv"]);
    }

    async fn a_file_holds_what_its_page_was_narrowed_to(world: World) {
        let ada = world.person("ada-marchetti");
        let (browser, project) = (world.signed_in(&ada).await, world.project(&ada, "Gripper Vision"));
        let act = world.act();
        for name in ["Arm left", "Arm right", "Leg"] {
            world.key(&project, &named(name, KeyRole::ReadOnly));
            world.in_europe(|db| artifacts::register(db, &act, project.id, &artifact(name)));
            world.project(&ada, name);
        }
        world.key(&project, &named("Foot", KeyRole::ReadOnly));
        world.key(&project, &named("Hand", KeyRole::ReadOnly));
        world.key(&project, &named("Head", KeyRole::ReadOnly));
        for (page, missing) in [("/keys", "No API key here is called so."), ("/artifacts", "No artifact is like this.")] {
            let found = browser.get(&format!("{BASE}{page}?q=ARM")).await;
            check_markup(page, &found.html);
            assert!(found.has("Arm left") && found.has("Arm right") && !found.has("Leg"), "{}", found.text());
            let file = found.attribute("a[download]", "href").unwrap();
            let names: BTreeSet<String> = column(&browser, &file, "name").await.into_iter().collect();
            assert_eq!(names, ["Arm left", "Arm right"].map(str::to_owned).into(), "{file}");
            let none = browser.get(&format!("{BASE}{page}?q=zebra")).await;
            check_markup(page, &none.html);
            assert!(none.has(missing) && none.has("Show all"), "{}", none.text());
            assert!(rows(&browser, &format!("{BASE}{page}.csv?q=zebra")).await.is_empty());
        }
        let home = browser.get("/ada-marchetti?q=arm+left").await;
        assert_eq!(column(&browser, &home.attribute("a[download]", "href").unwrap(), "address").await, ["arm-left"]);
        let role = &rows(&browser, &format!("{BASE}/keys.csv?q=leg")).await[0];
        assert_eq!((role["role"].as_str(), role["state"].as_str(), role["development"].as_str()), ("readonly", "on", "no"));
        for wrong in ["data.csv?verdict=x", "artifacts.csv?kind=poem"] {
            assert_eq!(browser.get(&format!("{BASE}/{wrong}")).await.status, 400, "{wrong}");
        }
    }

    async fn members_are_taken_away_with_what_the_reader_may_see(world: World) {
        let (ada, bob) = (world.person("ada-marchetti"), world.person("bob-b"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Viewer);
        let (owner, viewer) = (world.signed_in(&ada).await, world.signed_in(&bob).await);
        let page = owner.get("/acme-labs/settings/members?role=viewer").await;
        let file = rows(&owner, &page.attribute("a[download]", "href").unwrap()).await;
        assert_eq!(file.len(), 1);
        assert_eq!((file[0]["username"].as_str(), file[0]["role"].as_str(), file[0]["mfa"].as_str()), ("bob-b", "viewer", "off"));
        let seen = rows(&viewer, "/acme-labs/settings/members.csv").await;
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|row| row["mfa"].is_empty()), "who has a second factor is for those who manage members");
        assert_eq!(viewer.get("/acme-labs/settings/members.csv?role=king").await.status, 400);
        assert_eq!(viewer.get("/acme-labs/settings/api-keys.csv").await.status, 403);
    }

    async fn the_trash_is_searched_and_shown_a_page_at_a_time(world: World) {
        let ada = world.person("ada-marchetti");
        for n in 0..52 {
            world.site.clock.advance(seconds(1));
            deleted(world, &format!("Harbour {n:02}_x"));
        }
        let browser = world.signed_in(&ada).await;
        let first = browser.get("/ada-marchetti/trash").await;
        check_markup("trash", &first.html);
        assert!(first.has("Harbour 51_x") && first.has("Harbour 02_x") && !first.has("Harbour 01_x"));
        let next = browser.get(&first.attribute("a[rel=next]", "href").unwrap()).await;
        assert!(next.has("Harbour 01_x") && next.has("Harbour 00_x") && !next.has("Harbour 02_x"));
        let found = browser.get("/ada-marchetti/trash?q=harb+1_").await;
        assert!(found.has("Harbour 51_x") && found.has("Harbour 01_x") && !found.has("Harbour 20_x"));
        let none = browser.get("/ada-marchetti/trash?q=%25").await;
        check_markup("trash", &none.html);
        assert!(none.has("No deleted project is called so."));
        assert_eq!(browser.get("/ada-marchetti/trash?after=x").await.status, 400);
    }
}
