//! How organizations end: deleted by an Owner, or with the account of the last one; and how accounts leave them.

use keystead::access::Role;
use keystead::db::Db;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::lifecycle::LifecycleError;
use keystead::lifecycle::cancelling;
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::departures::{self, Fate, Fates};
use keystead::regions::directory;
use keystead::workspaces::{members, workspace};

use crate::on_both;
use crate::support::client::View;
use crate::support::markup::check_markup;
use crate::support::people::{Person, administrator, mailed_path};
use crate::support::teams::Team;
use crate::support::world::World;

const LIST: &str = "/settings/organizations";
const DELETE: &str = "/acme-labs/settings/delete";
const ACCOUNT: &str = "/settings/account/delete";

fn close(world: &World, person: &Person, fates: &Fates) -> Result<(), LifecycleError> {
    let (region, account) = world.account_of(person);
    let (regions, act) = (&world.site.regions, world.act());
    closing::close_with(regions, region, &act, account.id, &By::Owner, When::After(14), fates).map(|_| ())
}

fn is_there(world: &World, team: &Team<'_>) -> bool {
    world.region(Region::Eu).read_now(|db| workspace::by_id(db, team.id)).unwrap().is_some()
}

fn is_closing(world: &World, team: &Team<'_>) -> bool {
    world.region(Region::Eu).write_now(|db: &mut Db| members::hold_any(db, team.id)).unwrap().is_closing()
}

/// Two weeks and a day go by.
fn wait(world: &World) {
    world.site.clock.advance(days(15));
    world.run_jobs();
}

fn told(world: &World, person: &Person, subject: &str) -> bool {
    world.inbox(&person.email).iter().any(|mail| mail.subject == subject)
}

on_both! {
    async fn a_deleted_organization_shuts_everybody_out_and_comes_back_or_is_erased(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Viewer);
        let (ada, viewer) = (world.signed_in(&owner).await, world.signed_in(&bob).await);
        let page = ada.get(DELETE).await;
        check_markup(DELETE, &page.html);
        assert!(page.has("2 members") && page.has("1 organization"), "{}", page.text());
        for (confirm, when, sentence) in [
            ("acme", "grace", "This is not the username of the organization."),
            ("acme-labs", "never", "Choose one of the answers."),
        ] {
            let refused = ada.submit(&page.form("Delete organization").fill("Type its username", confirm).choose("when", when)).await;
            assert_eq!(refused.status, 422);
            assert!(refused.has(sentence), "{}", refused.text());
        }
        let gone = ada.submit(&page.form("Delete organization").fill("Type its username", "acme-labs")).await;
        assert_eq!(gone.location().as_deref(), Some(LIST), "{}", gone.text());
        assert_eq!(viewer.get("/acme-labs").await.status, 404);
        assert!(told(world, &owner, "acme-labs was deleted"));
        let list = ada.get(LIST).await;
        check_markup(LIST, &list.html);
        assert!(!viewer.get(LIST).await.html.contains("value=\"keep\""));
        ada.submit(&list.form("Keep acme-labs")).await;
        assert_eq!(viewer.get("/acme-labs").await.status, 200);
        wait(world);
        assert!(is_there(world, &team), "the queued erasure found nothing due");

        let ada = world.signed_in(&owner).await;
        let page = ada.get(DELETE).await;
        ada.submit(&page.form("Delete organization").fill("Type its username", "acme-labs")).await;
        wait(world);
        assert!(!is_there(world, &team));
        let name = world.site.regions.directory.read_now(|db| directory::by_name(db, "acme-labs")).unwrap();
        assert!(name.is_none());
        assert!(told(world, &owner, "acme-labs was erased"));
        assert!(world.signed_in(&bob).await.get(LIST).await.has("No organizations yet"));
    }

    async fn a_closed_account_is_away_and_comes_back_as_it_was(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        close(world, &bob, &Fates::new()).unwrap();
        assert_eq!(team.role_of(&bob), None);
        let ada = world.signed_in(&owner).await;
        assert!(ada.get("/acme-labs/settings/members").await.has("Account closed"));
        let link = mailed_path(world, &bob.email, "/cancel-closing/");
        let browser = world.visitor();
        let page = browser.visit(&link).await;
        browser.submit(&page.form("Keep my account")).await;
        assert_eq!(team.role_of(&bob), Some(Role::Admin));
        close(world, &bob, &Fates::new()).unwrap();
        wait(world);
        let ada = world.signed_in(&owner).await;
        assert!(!ada.get("/acme-labs/settings/members").await.has("bob-b"));
    }

    async fn the_last_owner_says_what_becomes_of_each_organization_on_the_page_that_closes_the_account(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let (acme, solo) = (world.organization("acme-labs", &owner), world.organization("solo-labs", &owner));
        acme.member(&bob, Role::Editor);
        assert!(matches!(close(world, &owner, &Fates::new()), Err(LifecycleError::SoleOwner)));
        let ada = world.signed_in(&owner).await;
        let page = ada.get(ACCOUNT).await;
        check_markup(ACCOUNT, &page.html);
        assert!(page.has("The people of acme-labs (acme-labs) has no other Owner"), "{}", page.text());
        let unsaid = ada.submit(&page.form("Delete account").fill("Type your username", "ada-m")).await;
        assert_eq!(unsaid.status, 422);
        assert!(unsaid.has("Choose what becomes of it."), "{}", unsaid.text());
        check_markup(ACCOUNT, &unsaid.html);
        let answer = |view: &View, fate: &str| {
            let form = view.form("Delete account").fill("Type your username", "ada-m");
            form.choose(&format!("organization-{}", acme.id), fate).choose(&format!("organization-{}", solo.id), "delete")
        };
        let eve = world.person("eve-e");
        let (_, stranger) = world.account_of(&eve);
        assert_eq!(ada.submit(&answer(&page, stranger.id.as_str())).await.status, 422, "no member");
        let (_, heir) = world.account_of(&bob);
        let closed = ada.submit(&answer(&page, heir.id.as_str())).await;
        assert_eq!(closed.location().as_deref(), Some("/farewell"), "{}", closed.text());
        assert_eq!(acme.role_of(&bob), Some(Role::Owner));
        assert!(told(world, &bob, "You are an Owner of acme-labs"));
        assert!(is_closing(world, &solo));
        let link = mailed_path(world, &owner.email, "/cancel-closing/");
        let browser = world.visitor();
        browser.submit(&browser.visit(&link).await.form("Keep my account")).await;
        assert_eq!((acme.role_of(&owner), solo.role_of(&owner)), (Some(Role::Owner), Some(Role::Owner)));
        assert!(!is_closing(world, &solo), "what was closed with the account is open again");

        let end = Fates::from([(solo.id, Fate::Delete)]);
        close(world, &owner, &end).unwrap();
        wait(world);
        assert!(!is_there(world, &solo) && is_there(world, &acme));
        assert_eq!(acme.role_of(&bob), Some(Role::Owner));
    }

    async fn an_administrator_hands_over_or_deletes_what_only_the_account_owns(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Editor);
        let (_, account) = world.account_of(&owner);
        let path = format!("/admin/accounts/eu/{}/delete", account.id);
        let page = grace.get(&path).await;
        check_markup(&path, &page.html);
        let form = page.form("Delete account").fill("Reason", "Spam").fill("Type the username", "ada-m");
        assert_eq!(grace.submit(&form).await.status, 422, "nothing was said of acme-labs");
        let (_, heir) = world.account_of(&bob);
        let done = grace.submit(&form.choose(&format!("organization-{}", team.id), heir.id.as_str())).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert_eq!(team.role_of(&bob), Some(Role::Owner));
    }

    async fn many_accounts_deleted_at_once_leave_no_organization_without_an_owner(world: World) {
        let (owner, bob, kim) = (world.person("ada-m"), world.person("bob-b"), world.person("kim-k"));
        let (team, alone) = (world.organization("acme-labs", &owner), world.organization("solo-labs", &owner));
        team.member(&kim, Role::Viewer).member(&bob, Role::Admin);
        let (region, account) = world.account_of(&owner);
        let by = By::Administrator { id: None, reason: "Spam".to_owned() };
        closing::close(&world.site.regions, region, &world.act(), account.id, &by, When::Immediately).unwrap();
        world.run_jobs();
        assert_eq!(team.role_of(&bob), Some(Role::Owner), "the highest role there is");
        assert_eq!(team.role_of(&kim), Some(Role::Viewer));
        assert!(!is_there(world, &alone));
    }

    async fn owners_who_all_close_their_accounts_at_once_leave_one_or_say_what_becomes_of_it(world: World) {
        for round in 0..10 {
            let owners: Vec<Person> = (0..3).map(|n| world.person(&format!("owner-{round}-{n}"))).collect();
            let team = world.organization(&format!("team-{round}"), &owners[0]);
            team.member(&owners[1], Role::Owner).member(&owners[2], Role::Owner);
            let start = std::sync::Barrier::new(owners.len());
            let outcomes: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = owners
                    .iter()
                    .map(|one| {
                        let start = &start;
                        scope.spawn(move || {
                            start.wait();
                            close(world, one, &Fates::new())
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let closed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(closed, 2, "{outcomes:?}");
            assert_eq!(owners.iter().filter(|one| team.role_of(one) == Some(Role::Owner)).count(), 1);
        }
    }

    async fn an_organization_that_was_closed_before_ends_no_later_than_its_last_owner(world: World) {
        let owner = world.person("ada-m");
        let team = world.organization("acme-labs", &owner);
        let ada = world.signed_in(&owner).await;
        let page = ada.get(DELETE).await;
        ada.submit(&page.form("Delete organization").fill("Type its username", "acme-labs")).await;
        let (region, account) = world.account_of(&owner);
        let orphans = world.region(region).read_now(|db| departures::orphans(db, account.id)).unwrap();
        assert!(orphans.is_empty(), "nothing is left to decide");
        closing::close(&world.site.regions, region, &world.act(), account.id, &By::Owner, When::Immediately).unwrap();
        world.run_jobs();
        assert!(!is_there(world, &team));
        let gone = cancelling::by_administrator(&world.site.regions, region, &world.act(), None, account.id);
        assert!(matches!(gone, Err(LifecycleError::NotThere)));
    }
}
