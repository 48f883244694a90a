//! Seats, and invitations that fifty people want at once.

use std::sync::Barrier;

use diesel::prelude::*;
use keystead::access::action::ManageMembers;
use keystead::access::{Permit, Role};
use keystead::db::schema::members as members_table;
use keystead::db::{Db, DbError};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::on_each;
use keystead::workspaces::invitations::{self, Accepted, Invited};
use keystead::workspaces::{WorkspaceError, members, membership};

use crate::on_both;
use crate::support::people::Person;
use crate::support::region::account;
use crate::support::teams::Team;
use crate::support::world::World;

#[allow(clippy::unnecessary_wraps, reason = "as the plans answer")]
fn five(_: &str) -> Option<i64> {
    Some(5)
}

fn permit(world: &World, team: &Team<'_>, person: &Person) -> Permit<ManageMembers> {
    let (_, account) = world.account_of(person);
    let place = world.region(Region::Eu).read_now(|db| membership::of(db, team.id, account.id)).unwrap().unwrap();
    place.membership.permit().unwrap()
}

fn invite(world: &World, permit: &Permit<ManageMembers>, address: &str) -> Invited {
    invite_to(world, permit, address, five)
}

fn invite_to(
    world: &World,
    permit: &Permit<ManageMembers>,
    address: &str,
    most: impl Fn(&str) -> Option<i64>,
) -> Invited {
    let address = EmailAddress::parse(address).unwrap();
    let invited =
        |db: &mut Db| invitations::invite(db, &world.act(), Region::Eu, permit, &address, Role::Editor, &most);
    world.region(Region::Eu).write_now(invited).unwrap()
}

fn at_once<T: Send>(many: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(many);
    let (start, work) = (&start, &work);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..many)
            .map(|n| {
                scope.spawn(move || {
                    start.wait();
                    work(n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

on_both! {
    async fn fifty_invitations_at_once_never_take_more_seats_than_there_are(world: World) {
        let ada = world.person("ada-m");
        let team = world.organization("acme-labs", &ada);
        let permit = permit(world, &team, &ada);
        let outcomes = at_once(50, |n| invite(world, &permit, &format!("guest-{n}@example.com")));
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Invited::Yes).count(), 4);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Invited::NoSeat).count(), 46);
        let now = world.act().now;
        let seats = world.region(Region::Eu).read_now(|db| members::seats(db, team.id, now, five)).unwrap();
        assert_eq!((seats.members, seats.invitations, seats.is_full()), (1, 4, true));
    }

    async fn a_thousand_members_are_counted_and_more_only_where_a_plan_has_more_seats(world: World) {
        let ada = world.person("ada-m");
        let team = world.organization("acme-labs", &ada);
        let (store, act) = (world.region(Region::Eu), world.act());
        let people: Vec<AccountId> = (0..1_001).map(|n| account(store, &act, &format!("member-{n}"))).collect();
        let join = |people: &[AccountId]| {
            let row = |account: &AccountId| {
                let place = (members_table::workspace_id.eq(team.id), members_table::account_id.eq(*account));
                let rest = (members_table::is_away.eq(false), members_table::joined_at.eq(act.now));
                (place, members_table::role.eq(Role::Viewer), rest)
            };
            let rows: Vec<_> = people.iter().map(row).collect();
            let insert = |db: &mut Db| on_each!(db, |c| diesel::insert_into(members_table::table).values(&rows).execute(c));
            store.write_now::<_, DbError>(insert).unwrap();
        };
        let seats = |most: Option<i64>| {
            let seats = store.read_now(|db| members::seats(db, team.id, act.now, |_| most)).unwrap();
            (seats.members, seats.is_more, seats.is_full())
        };
        join(&people[..999]);
        assert_eq!(seats(None), (1_000, false, false));
        join(&people[999..]);
        assert_eq!(seats(None), (1_000, true, false));
        assert_eq!(seats(Some(3)), (1_000, true, true));
        assert_eq!(seats(Some(1_001)), (1_001, true, true));
        assert_eq!(seats(Some(1_002)), (1_002, false, true));
        assert_eq!(seats(Some(1_003)), (1_002, false, false));
    }

    async fn one_invitation_accepted_fifty_times_at_once_joins_once(world: World) {
        let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &ada);
        invite(world, &permit(world, &team, &ada), &bob.email);
        let (_, account) = world.account_of(&bob);
        let store = world.region(Region::Eu);
        let now = world.act().now;
        let waiting = store.read_now(|db| invitations::of_address(db, now, &account.email_digest)).unwrap();
        let id = waiting[0].invitation.id;
        let outcomes = at_once(50, |_| {
            store.write_now(|db: &mut Db| invitations::accept(db, &world.act(), &account, id, five))
        });
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Accepted::Yes))).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(WorkspaceError::NotThere))));
        assert_eq!(team.role_of(&bob), Some(Role::Editor));
    }

    async fn an_invitation_that_is_taken_back_while_it_is_accepted_is_one_or_the_other(world: World) {
        let ada = world.person("ada-m");
        let team = world.organization("acme-labs", &ada);
        let (permit, store) = (permit(world, &team, &ada), world.region(Region::Eu));
        for round in 0..20 {
            let guest = world.person(&format!("guest-{round}"));
            assert_eq!(invite_to(world, &permit, &guest.email, |_| None), Invited::Yes);
            let (_, account) = world.account_of(&guest);
            let now = world.act().now;
            let waiting = store.read_now(|db| invitations::of_address(db, now, &account.email_digest)).unwrap();
            let id = waiting[0].invitation.id;
            let done = at_once(4, |n| {
                store.write_now(|db: &mut Db| match n % 2 {
                    0 => invitations::cancel(db, &world.act(), &permit, id),
                    _ => invitations::accept(db, &world.act(), &account, id, |_| None).map(|_| ()),
                })
            });
            assert!(done.iter().all(|one| matches!(one, Ok(()) | Err(WorkspaceError::NotThere))), "{done:?}");
            let (cancelled, accepted) = (done[0].is_ok() || done[2].is_ok(), done[1].is_ok() || done[3].is_ok());
            assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "round {round}: {done:?}");
            assert!(cancelled != accepted && accepted == team.role_of(&guest).is_some(), "round {round}: {done:?}");
        }
    }

    async fn a_member_is_removed_once_however_many_press(world: World) {
        let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Editor);
        let (permit, id) = (permit(world, &team, &ada), world.account_of(&bob).1.id);
        let store = world.region(Region::Eu);
        let removed = at_once(50, |_| {
            store.write_now(|db: &mut Db| keystead::lifecycle::members::remove(db, &world.act(), &permit, id))
        });
        assert_eq!(removed.iter().filter(|one| one.is_ok()).count(), 1);
        assert!(removed.iter().all(|one| matches!(one, Ok(()) | Err(WorkspaceError::NotThere))), "{removed:?}");
        let told = world.inbox(&bob.email).iter().filter(|mail| mail.subject.contains("no longer a member")).count();
        assert_eq!(told, 1, "{:?}", world.inbox(&bob.email).iter().map(|mail| mail.subject.clone()).collect::<Vec<_>>());
    }

    /// A permit is as old as the request that asked for it.
    async fn who_was_an_owner_a_moment_ago_replaces_no_invitation_of_an_owner(world: World) {
        let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Owner);
        let (adas, bobs) = (permit(world, &team, &ada), permit(world, &team, &bob));
        let (store, address) = (world.region(Region::Eu), EmailAddress::parse("kim@example.com").unwrap());
        let invited = |permit: &Permit<ManageMembers>, role| {
            store.write_now(|db: &mut Db| {
                invitations::invite(db, &world.act(), Region::Eu, permit, &address, role, |_| None)
            })
        };
        assert_eq!(invited(&adas, Role::Owner).unwrap(), Invited::Yes);
        let (act, id) = (world.act(), world.account_of(&bob).1.id);
        store.write_now(|db: &mut Db| keystead::lifecycle::members::change_role(db, &act, &adas, id, Role::Admin)).unwrap();
        let late = invited(&bobs, Role::Viewer);
        assert!(matches!(late, Err(WorkspaceError::NotAllowed(_))), "{late:?}");
        let waiting = store.read_now(|db| invitations::of_workspace(db, team.id, 9)).unwrap();
        assert_eq!((waiting.len(), waiting[0].role), (1, Role::Owner));
    }

    async fn an_invitation_that_ended_or_was_taken_back_frees_its_seat(world: World) {
        let ada = world.person("ada-m");
        let team = world.organization("acme-labs", &ada);
        let permit = permit(world, &team, &ada);
        for n in 0..4 {
            assert_eq!(invite(world, &permit, &format!("guest-{n}@example.com")), Invited::Yes);
        }
        assert_eq!(invite(world, &permit, "late@example.com"), Invited::NoSeat);
        assert_eq!(invite(world, &permit, "guest-0@example.com"), Invited::Yes, "holds its seat already");
        let store = world.region(Region::Eu);
        let all = store.read_now(|db| invitations::of_workspace(db, team.id, 100)).unwrap();
        assert_eq!(all.len(), 4);
        store.write_now(|db: &mut Db| invitations::cancel(db, &world.act(), &permit, all[0].id)).unwrap();
        assert_eq!(invite(world, &permit, "late@example.com"), Invited::Yes);
        world.site.clock.advance(days(15));
        assert_eq!(invite(world, &permit, "later@example.com"), Invited::Yes, "all four have ended");
        let again = store.write_now(|db: &mut Db| {
            invitations::send_again(db, &world.act(), Region::Eu, &permit, all[1].id, |_| Some(2))
        });
        assert!(!again.unwrap(), "its seat is another's by now");
    }

    async fn an_invitation_is_only_for_the_address_it_was_sent_to(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bob-b"), world.person("eve-e"));
        let team = world.organization("acme-labs", &ada);
        invite(world, &permit(world, &team, &ada), &bob.email);
        let store = world.region(Region::Eu);
        let now = world.act().now;
        let digest = world.account_of(&bob).1.email_digest;
        let id = store.read_now(|db| invitations::of_address(db, now, &digest)).unwrap()[0].invitation.id;
        let (_, other) = world.account_of(&eve);
        for outcome in [
            store.write_now(|db: &mut Db| invitations::accept(db, &world.act(), &other, id, five).map(|_| ())),
            store.write_now(|db: &mut Db| invitations::decline(db, &world.act(), &other, id)),
        ] {
            assert!(matches!(outcome, Err(WorkspaceError::NotThere)), "{outcome:?}");
        }
        assert_eq!(team.role_of(&eve), None);
    }
}
