//! What administrators see of organizations, and do to them.

use diesel::prelude::*;
use keystead::access::action::EditProjects;
use keystead::access::{Membership, Role};
use keystead::db::Db;
use keystead::db::schema::organizations;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, minutes, seconds};
use keystead::lifecycle::members;
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::creation::{self, NewProject};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Visibility;
use keystead::usage::Kind;
use keystead::workspaces::{WorkspaceError, workspace};

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::{Person, administrator};
use crate::support::projects::{Key, named, stamp};
use crate::support::teams::Team;
use crate::support::world::World;

const LIST: &str = "/admin/organizations";

fn page_of(team: &Team<'_>) -> String {
    format!("{LIST}/{}/{}", team.region, team.id)
}

fn told(world: &World, person: &Person, subject: &str) -> bool {
    world.inbox(&person.email).iter().any(|mail| mail.subject == subject && mail.text.contains("Spam, it seems."))
}

/// A public project, and a key of it that lets everybody in.
fn a_key(world: &World, team: &Team<'_>, owner: &Person) -> Key {
    let by = Membership { workspace: team.id, account: world.account_of(owner).1.id, role: Role::Owner };
    let (act, edit) = (world.act(), by.permit::<EditProjects>().unwrap());
    let new = NewProject { name: "Open".to_owned(), description: String::new(), visibility: Visibility::Public };
    let project = world.in_europe(|db| creation::create(db, &act, &edit, &new));
    let maker = Maker::in_project(&by.permit().unwrap(), &project).unwrap();
    let new = named("ci", KeyRole::Admin);
    let made = world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new)).unwrap();
    Key { id: made.id, value: made.value.reveal() }
}

fn works(world: &World, key: &Key) -> bool {
    let (digest, now) = (keystead::crypto::api_key::parse(&key.value).unwrap().digest, world.site.clock.now());
    world.in_europe(|db| api_keys::verify(db, &digest, None, now)).is_ok()
}

async fn press(browser: &Client, page: &str, button: &str) -> View {
    let form = browser.get(page).await.form(button);
    assert_eq!(browser.submit(&form.clone().fill("Reason", " ")).await.status, 422);
    let done = browser.submit(&form.fill("Reason", "Spam, it seems.")).await;
    assert_eq!(done.location().as_deref(), Some(page), "{}", done.text());
    browser.follow(done).await
}

on_both! {
    async fn organizations_of_every_region_are_listed_and_found_by_name(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let empty = grace.get(LIST).await;
        check_markup(LIST, &empty.html);
        assert!(empty.has("No organizations yet"));
        // Nobody makes more than twenty in a day.
        let owners = [world.person("ada-m"), world.person("bob-b")];
        let abroad = world.person_in(Region::Us, "samira-el", "Samira", "free");
        world.organization("far-away-labs", &abroad);
        for n in 0..26 {
            world.site.clock.advance(seconds(1));
            world.organization(&format!("acme-{n:02}"), &owners[n % 2]);
        }
        let first = grace.get(LIST).await;
        check_markup(LIST, &first.html);
        assert!(first.has("acme-25") && first.has("acme-01") && !first.has("acme-00") && !first.has("far-away-labs"));
        let second = grace.get(&first.attribute("a[rel=next]", "href").unwrap()).await;
        assert!(second.has("acme-00") && second.has("far-away-labs") && !second.has("acme-01"), "{}", second.text());
        let found = grace.get(&format!("{LIST}?q=Acme-1")).await;
        assert!(found.has("acme-10") && found.has("acme-19") && !found.has("acme-20") && !found.has("acme-09"));
        assert!(grace.get(&format!("{LIST}?q=cme")).await.has("No organization matches"));
        let there = grace.get(&format!("{LIST}?region=us")).await;
        assert!(there.has("far-away-labs") && !there.has("acme-25"));
        for wrong in ["region=mars", "before=x"] {
            assert_eq!(grace.get(&format!("{LIST}?{wrong}")).await.status, 400, "{wrong}");
            assert_eq!(grace.get(&format!("{LIST}.csv?{wrong}")).await.status, 400, "{wrong}");
        }
        let ada = world.signed_in(&owners[0]).await;
        for path in [LIST.to_owned(), format!("{LIST}.csv")] {
            assert_eq!(ada.get(&path).await.status, 404);
        }

        // The file has them all, across regions and pages, and no title is a formula.
        let title = |db: &mut Db| diesel::update(organizations::table).set(organizations::title.eq("=1+1")).execute(db);
        world.in_europe(title);
        let rows = |file: View| -> Vec<csv::StringRecord> {
            assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
            csv::Reader::from_reader(file.html.as_bytes()).records().map(Result::unwrap).collect()
        };
        let all = rows(grace.get(&first.attribute("a[download]", "href").unwrap()).await);
        assert_eq!(all.len(), 27);
        assert_eq!((&all[0][1], &all[0][2], &all[0][3], &all[0][5]), ("acme-25", "'=1+1", "eu", "1"));
        assert_eq!((&all[26][1], &all[26][3]), ("far-away-labs", "us"));
        let part = rows(grace.get(&found.attribute("a[download]", "href").unwrap()).await);
        assert_eq!(part.len(), 10);
    }

    async fn a_row_tells_region_plan_members_minutes_and_age(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization_on("acme-labs", &owner, "pro");
        team.member(&bob, Role::Viewer);
        let project = team.project("Gripper Vision");
        world.used(&project, Kind::Cpu, 600 * 60);
        world.used(&project, Kind::Gpu, 200 * 60);
        let abroad = world.person_in(Region::Us, "samira-el", "Samira", "free");
        world.site.clock.advance(days(1));
        world.organization("far-away-labs", &abroad);
        let (grace, _) = administrator(world, "grace-hopper").await;
        let rows = grace.get(&format!("{LIST}?q=acme")).await.text_of("tbody");
        // A GPU minute counts three times.
        let told = "The people of acme-labs acme-labs eu Pro 2 1,200 21 November 2026";
        assert!(rows.ends_with(told), "{rows}");
        let rows = grace.get(&format!("{LIST}?q=far")).await.text_of("tbody");
        assert!(rows.ends_with("The people of far-away-labs far-away-labs us Enterprise 1 0 22 November 2026"), "{rows}");
        let head = grace.get(LIST).await.text_of("thead");
        assert_eq!(head, "Organization Region Plan Members Total min Created");
        // The month is over: what was used in it no longer counts.
        world.site.clock.advance(days(14));
        let (grace, _) = administrator(world, "hedy-lamarr").await;
        let page = grace.get(&format!("{LIST}?q=acme")).await;
        assert!(page.has("the compute minutes of December 2026") && page.text_of("tbody").contains(" Pro 2 0 21 November"), "{}", page.text());
    }

    async fn a_suspended_organization_is_shut_and_says_why_and_its_keys_are_refused(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Viewer);
        let key = a_key(world, &team, &owner);
        let (ada, stranger) = (world.signed_in(&owner).await, world.signed_in(&world.person("sten-s")).await);
        let page = page_of(&team);
        let shown = grace.get(&page).await;
        check_markup(&page, &shown.html);
        assert!(shown.has("The people of acme-labs") && shown.has("2 members") && shown.has("1 project"), "{}", shown.text());
        assert!(press(&grace, &page, "Suspend").await.has("Suspended. Nobody can enter it"));
        assert!(!works(world, &key));
        assert_eq!(stranger.get("/acme-labs/open").await.status, 404, "nor is what was public");
        for path in ["/acme-labs", "/acme-labs/settings/members", "/acme-labs/open/keys"] {
            assert_eq!(ada.get(path).await.location().as_deref(), Some("/settings/organizations"), "{path}");
        }
        let list = ada.get("/settings/organizations").await;
        check_markup("organizations", &list.html);
        assert!(list.has("acme-labs: Spam, it seems.") && !list.has("Leave acme-labs"), "{}", list.text());
        assert!(told(world, &owner, "acme-labs was suspended") && world.inbox(&bob.email).iter().all(|mail| !mail.subject.contains("suspended")));
        let bobs = Membership { workspace: team.id, account: world.account_of(&bob).1.id, role: Role::Viewer };
        let act = world.act();
        let left = world.region(team.region).write_now(|db| members::leave(db, &act, &bobs));
        assert!(matches!(left, Err(WorkspaceError::NotThere)), "nothing in it changes: {left:?}");
        assert!(press(&grace, &page, "Reinstate").await.has("Open again."));
        assert!(works(world, &key) && told(world, &owner, "acme-labs was reinstated"));
        assert_eq!(ada.get("/acme-labs").await.status, 200);
        // Somebody else was quicker.
        let late = grace.get(&page).await.form("Suspend").fill("Reason", "Twice.");
        press(&grace, &page, "Suspend").await;
        let refused = grace.submit(&late).await;
        assert!(grace.follow(refused).await.has("somebody changed it meanwhile"));
    }

    async fn an_administrator_deletes_an_organization_and_no_owner_brings_it_back(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let owner = world.person("ada-m");
        let team = world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        let (page, delete) = (page_of(&team), format!("{}/delete", page_of(&team)));
        let form = grace.get(&delete).await;
        check_markup(&delete, &form.html);
        let form = form.form("Delete organization").fill("Reason", "Spam, it seems.");
        let wrong = grace.submit(&form.clone().fill("Type its username", "acme")).await;
        assert!(wrong.status == 422 && wrong.has("This is not the username of the organization."));
        let form = form.fill("Type its username", "acme-labs");
        assert_eq!(grace.submit(&form).await.location().as_deref(), Some(LIST));
        assert!(told(world, &owner, "acme-labs was deleted") && grace.get(LIST).await.has("Closing"));
        assert_eq!(grace.get(&delete).await.location().as_deref(), Some(page.as_str()));
        assert_eq!(ada.get("/acme-labs").await.status, 404);
        let list = ada.get("/settings/organizations").await;
        assert!(list.has("acme-labs: Spam, it seems.") && !list.html.contains("value=\"keep\""));
        assert!(press(&grace, &page, "Reinstate").await.has("Open again."));
        world.site.clock.advance(days(15));
        world.run_jobs();
        assert_eq!(world.signed_in(&owner).await.get("/acme-labs").await.status, 200, "the queued erasure found nothing due");

        let (grace, _) = administrator(world, "hedy-lamarr").await;
        let form = grace.get(&delete).await.form("Delete organization").fill("Reason", "Spam, it seems.");
        grace.submit(&form.fill("Type its username", "acme-labs").choose("when", "now")).await;
        world.run_jobs();
        assert!(world.region(team.region).read_now(|db| workspace::by_id(db, team.id)).unwrap().is_none());
        assert_eq!(grace.get(&page).await.status, 404);
    }

    async fn suspending_and_deleting_ask_the_administrator_who_it_is(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let team = world.organization("acme-labs", &world.person("ada-m"));
        world.site.clock.advance(minutes(11));
        let form = grace.get(&page_of(&team)).await.form("Suspend").fill("Reason", "Spam, it seems.");
        grace.submit(&form).await;
        assert!(grace.get(&page_of(&team)).await.has("Suspend the organization"), "it waits for an answer");
        let delete = grace.get(&format!("{}/delete", page_of(&team))).await;
        assert!(delete.location().unwrap().starts_with("/confirm?"));
    }
}
