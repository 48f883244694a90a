//! Open invitations of whoever may no longer send them: every way in which somebody loses a role.

use keystead::access::action::ManageMembers;
use keystead::access::{Membership, Role};
use keystead::activity::feed;
use keystead::db::Db;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::{members, suspension};
use keystead::workspaces::invitations::{self, Invited};
use keystead::workspaces::{WorkspaceError, members as people, membership};

use crate::on_both;
use crate::support::people::{Person, mailed_path};
use crate::support::teams::Team;
use crate::support::world::World;

/// The one there with this role, as they are now.
fn now(world: &World, team: &Team<'_>, person: &Person) -> Membership {
    let account = world.account_of(person).1.id;
    world.in_europe(|db| membership::of(db, team.id, account)).unwrap().membership
}

fn done<T>(world: &World, work: impl Fn(&mut Db) -> Result<T, WorkspaceError>) -> T {
    world.region(Region::Eu).write_now(work).unwrap()
}

fn invite(world: &World, team: &Team<'_>, by: &Person, address: &str, role: Role) {
    let (act, permit) = (world.act(), now(world, team, by).permit::<ManageMembers>().unwrap());
    let address = EmailAddress::parse(address).unwrap();
    let sent = |db: &mut Db| invitations::invite(db, &act, Region::Eu, &permit, &address, role, |_| None);
    assert_eq!(world.region(Region::Eu).write_now(sent).unwrap(), Invited::Yes);
}

/// The addresses whose invitations are there, in their order.
fn waiting(world: &World, team: &Team<'_>) -> Vec<String> {
    let mut all: Vec<_> =
        world.in_europe(|db| invitations::of_workspace(db, team.id, 9)).into_iter().map(|one| one.email).collect();
    all.sort_unstable();
    all
}

fn seats(world: &World, team: &Team<'_>) -> i64 {
    let now = world.act().now;
    world.in_europe(|db| people::seats(db, team.id, now, |_| None)).invitations
}

fn told(world: &World, person: &Person) -> Vec<String> {
    let all = world.inbox(&person.email);
    all.into_iter()
        .filter(|mail| mail.subject == "Invitations to acme-labs were cancelled")
        .map(|mail| mail.text)
        .collect()
}

/// Ada owns it; Bob is an Owner too, and both have invited.
fn two_owners(world: &World) -> (Person, Person, Team<'_>) {
    let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
    let team = world.organization("acme-labs", &ada);
    team.member(&bob, Role::Owner);
    invite(world, &team, &ada, "of-ada@example.com", Role::Owner);
    invite(world, &team, &bob, "admin@example.com", Role::Admin);
    invite(world, &team, &bob, "viewer@example.com", Role::Viewer);
    (ada, bob, team)
}

on_both! {
    async fn a_lower_role_takes_back_the_invitations_that_it_could_not_send(world: World) {
        let (ada, bob, team) = two_owners(world);
        let permit = now(world, &team, &ada).permit::<ManageMembers>().unwrap();
        let (id, act) = (world.account_of(&bob).1.id, world.act());
        let change = |role| done(world, |db| members::change_role(db, &act, &permit, id, role));
        assert!(change(Role::Admin));
        assert_eq!((waiting(world, &team), seats(world, &team)), (vec!["of-ada@example.com".to_owned(), "viewer@example.com".to_owned()], 2));
        let mails = told(world, &ada);
        assert!(mails.len() == 1 && mails[0].contains("admin@example.com") && !mails[0].contains("viewer@example.com"), "{mails:?}");
        assert_eq!(told(world, &bob), Vec::<String>::new());
        let recorded = world.in_europe(|db| feed::latest(db, team.id, 3));
        assert!(recorded.iter().any(|entry| entry.kind == "member.invitation_cancelled" && entry.actor.is_none()));

        // Whoever sends it again is its sender from then on.
        let browser = world.signed_in(&ada).await;
        let form = browser.get("/acme-labs/settings/members").await.form("Send again to viewer@example.com");
        assert_eq!(browser.submit(&form).await.status, 303);
        invite(world, &team, &bob, "editor@example.com", Role::Editor);
        assert!(change(Role::Editor));
        assert_eq!(waiting(world, &team), ["of-ada@example.com", "viewer@example.com"]);
        assert_eq!(told(world, &ada).len(), 2);
    }

    async fn whoever_goes_takes_back_all_and_a_link_that_was_mailed_opens_nothing(world: World) {
        let (ada, bob, team) = two_owners(world);
        let kim = world.person("kim-k");
        invite(world, &team, &bob, &kim.email, Role::Viewer);
        let link = mailed_path(world, &kim.email, "/invitation");
        let browser = world.signed_in(&kim).await;
        assert_eq!(browser.visit(&link).await.status, 200);
        assert!(browser.get("/settings/organizations").await.has("acme-labs"));
        let page = world.signed_in(&ada).await.get(&format!("/acme-labs/settings/members/{}", world.account_of(&bob).1.id)).await;
        assert!(page.has("3 invitations that they sent"), "{}", page.text());
        let (who, act) = (now(world, &team, &bob), world.act());
        done(world, |db| members::leave(db, &act, &who));
        assert_eq!((waiting(world, &team), seats(world, &team)), (vec!["of-ada@example.com".to_owned()], 1));
        assert_eq!(browser.get(&link).await.status, 404);
        assert!(!browser.get("/settings/organizations").await.has("acme-labs"));
        assert!(told(world, &ada)[0].contains(&kim.email));
    }

    async fn removal_handing_over_closing_and_suspension_take_them_back_too(world: World) {
        let only_adas = vec!["of-ada@example.com".to_owned()];
        let (ada, bob, team) = two_owners(world);
        let permit = now(world, &team, &ada).permit::<ManageMembers>().unwrap();
        let (id, act) = (world.account_of(&bob).1.id, world.act());
        done(world, |db| members::remove(db, &act, &permit, id));
        assert_eq!(waiting(world, &team), only_adas);

        let (cleo, dan, eve) = (world.person("cleo-c"), world.person("dan-d"), world.person("eve-e"));
        for (one, address) in [(&cleo, "of-cleo@example.com"), (&dan, "of-dan@example.com")] {
            team.member(one, Role::Admin);
            invite(world, &team, one, address, Role::Viewer);
        }
        assert_eq!(seats(world, &team), 3);
        let id = world.account_of(&cleo).1.id;
        closing::close(&world.site.regions, Region::Eu, &world.act(), id, &By::Owner, When::After(14)).unwrap();
        assert_eq!(waiting(world, &team), ["of-ada@example.com", "of-dan@example.com"]);
        let (id, eve) = (world.account_of(&dan).1.id, world.account_of(&eve).1.id);
        let act = world.act();
        world.region(Region::Eu).write_now(|db| suspension::suspend(db, &act, eve, id, "spam")).unwrap();
        assert_eq!(waiting(world, &team), only_adas);

        let fay = world.person("fay-f");
        team.member(&fay, Role::Viewer);
        let owners = now(world, &team, &ada).permit().unwrap();
        let id = world.account_of(&fay).1.id;
        invite(world, &team, &ada, "viewer@example.com", Role::Viewer);
        done(world, |db| members::transfer(db, &act, &owners, id));
        assert_eq!(waiting(world, &team), ["viewer@example.com"]);
    }

    async fn what_ended_stays_for_its_day_so_that_another_can_send_it_again(world: World) {
        let (ada, bob, team) = two_owners(world);
        world.site.clock.advance(days(14));
        let (who, act) = (now(world, &team, &bob), world.act());
        done(world, |db| members::leave(db, &act, &who));
        assert_eq!(waiting(world, &team).len(), 3);
        assert_eq!(told(world, &ada), Vec::<String>::new());
    }
}
