//! No organization without an Owner, however many of them go in the same instant.

use diesel::prelude::*;
use keystead::access::action::ManageMembers;
use keystead::access::{Membership, Role};
use keystead::crypto::act::Act;
use keystead::db::{Db, DbError, Store};
use keystead::kernel::id::{AccountId, WorkspaceId};
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::{LifecycleError, members};
use keystead::workspaces::creation::{self, NewOrganization};
use keystead::workspaces::{WorkspaceError, membership};

use crate::on_both;
use crate::support::region::{NOON, account, act_at, on_each_region};
use crate::support::setting;
use crate::support::world::World;

/// How often it is tried; `.ci/run` tries oftener.
fn rounds() -> usize {
    setting("KEYSTEAD_TEST_ROUNDS").map_or(200, |text| text.parse().unwrap())
}

/// What somebody does at the start.
#[derive(Clone, Copy)]
enum Deed {
    Leave,
    DemoteTheNext,
    DeleteTheirAccount,
}

const DEEDS: [Deed; 4] = [Deed::Leave, Deed::DemoteTheNext, Deed::DeleteTheirAccount, Deed::Leave];

/// Whether the account is closing now.
fn go(world: &World, workspace: WorkspaceId, me: AccountId, next: AccountId, deed: Deed) -> bool {
    let (store, act) = (world.region(Region::Eu), world.act());
    if matches!(deed, Deed::DeleteTheirAccount) {
        let closed = closing::close(&world.site.regions, Region::Eu, &act, me, &By::Owner, When::After(14));
        assert!(matches!(closed, Ok(_) | Err(LifecycleError::SoleOwner)), "{closed:?}");
        return closed.is_ok();
    }
    let outcome = store.write_now(|db: &mut Db| {
        let Some(place) = membership::of(db, workspace, me)? else { return Err(WorkspaceError::NotThere) };
        if matches!(deed, Deed::Leave) {
            return members::leave(db, &act, &place.membership);
        }
        let permit = place.membership.permit::<ManageMembers>()?;
        members::change_role(db, &act, &permit, next, Role::Viewer).map(|_| ())
    });
    let expected = matches!(
        outcome,
        Ok(()) | Err(WorkspaceError::LastOwner | WorkspaceError::NotThere | WorkspaceError::NotAllowed(_))
    );
    assert!(expected, "{outcome:?}");
    false
}

fn organization(store: &Store, act: &Act, name: &str, owners: &[AccountId]) -> WorkspaceId {
    use keystead::db::schema::members;
    let id: WorkspaceId = act.id();
    let new = NewOrganization {
        id,
        name: Username::parse(name).unwrap(),
        title: name.to_owned(),
        owner: owners[0],
        plan: "free".to_owned(),
        photo: None,
    };
    let made = |db: &mut Db| {
        creation::insert(db, act, &new)?;
        for owner in &owners[1..] {
            diesel::insert_into(members::table)
                .values((
                    members::workspace_id.eq(id),
                    members::account_id.eq(owner),
                    members::role.eq(Role::Owner),
                    members::is_away.eq(false),
                    members::joined_at.eq(act.now),
                ))
                .execute(db)?;
        }
        Ok::<_, WorkspaceError>(())
    };
    store.write_now(made).unwrap();
    id
}

fn owners_of(store: &Store, workspace: WorkspaceId) -> (i64, i64) {
    use keystead::db::schema::{members, organizations};
    store
        .read_now(|db: &mut Db| {
            let kept = organizations::table.find(workspace).select(organizations::owners).first(db)?;
            let counted = members::table
                .filter(members::workspace_id.eq(workspace))
                .filter(members::role.eq(Role::Owner))
                .filter(members::is_away.eq(false))
                .count()
                .get_result(db)?;
            Ok::<_, DbError>((kept, counted))
        })
        .unwrap()
}

/// Not even a statement that knows nothing of the rule gets past it.
#[test]
fn the_database_itself_refuses_to_lose_the_last_owner() {
    use keystead::db::schema::members;
    on_each_region(|store| {
        let act = act_at(NOON);
        let ada = account(store, &act, "ada-m");
        let workspace = organization(store, &act, "acme-labs", &[ada]);
        let row = || members::table.find((workspace, ada));
        let refused = |outcome: Result<usize, WorkspaceError>| {
            assert!(matches!(outcome, Err(WorkspaceError::LastOwner)), "{outcome:?}");
        };
        refused(store.write_now(|db: &mut Db| Ok(diesel::delete(row()).execute(db)?)));
        refused(store.write_now(|db: &mut Db| Ok(diesel::update(row()).set(members::is_away.eq(true)).execute(db)?)));
        refused(
            store.write_now(|db: &mut Db| Ok(diesel::update(row()).set(members::role.eq(Role::Admin)).execute(db)?)),
        );
        assert_eq!(owners_of(store, workspace), (1, 1));
    });
}

on_both! {
    async fn two_to_five_owners_who_all_go_at_once_leave_one(world: World) {
        let (store, act) = (world.region(Region::Eu), act_at(NOON));
        let mut people: Vec<AccountId> = (0..5).map(|n| account(store, &act, &format!("owner-{n}"))).collect();
        for round in 0..rounds() {
            let owners = people[..2 + round % 4].to_vec();
            let workspace = organization(store, &act, &format!("round-{round}"), &owners);
            let start = std::sync::Barrier::new(owners.len());
            let gone: Vec<bool> = std::thread::scope(|scope| {
                let going = owners.iter().enumerate().map(|(own, me)| {
                    let (start, next) = (&start, owners[(own + 1) % owners.len()]);
                    scope.spawn(move || {
                        start.wait();
                        go(world, workspace, *me, next, DEEDS[(round / 4 + own) % DEEDS.len()])
                    })
                });
                going.collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).collect()
            });
            let (kept, counted) = owners_of(store, workspace);
            assert!(kept >= 1 && kept == counted, "round {round}: {kept} kept, {counted} there");
            for (own, _) in gone.into_iter().enumerate().filter(|(_, gone)| *gone) {
                people[own] = account(store, &act, &format!("owner-{own}-{round}"));
            }
        }
    }

    async fn a_permit_that_was_asked_for_before_a_demotion_is_worth_nothing_after_it(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bob-b"), world.person("eve-e"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Admin).member(&eve, Role::Viewer);
        let id = |person| world.account_of(person).1.id;
        let store = world.region(Region::Eu);
        let membership = Membership { workspace: team.id, account: id(&bob), role: Role::Admin };
        let permit = membership.permit::<ManageMembers>().unwrap();
        let owners = Membership { workspace: team.id, account: id(&ada), role: Role::Owner }.permit().unwrap();
        let act = world.act();
        store.write_now(|db: &mut Db| members::change_role(db, &act, &owners, id(&bob), Role::Editor)).unwrap();
        let late = store.write_now(|db: &mut Db| members::remove(db, &act, &permit, id(&eve)));
        assert!(matches!(late, Err(WorkspaceError::NotAllowed(_))), "{late:?}");
        assert_eq!(team.role_of(&eve), Some(Role::Viewer));
    }

    async fn nobody_acts_on_a_peer_or_a_superior_but_owners(world: World) {
        let (ada, bob, kim, eve) = (world.person("ada-m"), world.person("bob-b"), world.person("kim-k"), world.person("eve-e"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Admin).member(&kim, Role::Admin).member(&eve, Role::Editor);
        let id = |person| world.account_of(person).1.id;
        let (store, act) = (world.region(Region::Eu), world.act());
        let bobs = Membership { workspace: team.id, account: id(&bob), role: Role::Admin }.permit().unwrap();
        for (member, to) in [(&ada, Role::Viewer), (&kim, Role::Viewer), (&eve, Role::Admin), (&eve, Role::Owner), (&bob, Role::Owner)] {
            let changed = store.write_now(|db: &mut Db| members::change_role(db, &act, &bobs, id(member), to));
            assert!(matches!(changed, Err(WorkspaceError::NotAllowed(_))), "{} to {to}: {changed:?}", member.username);
        }
        assert!(store.write_now(|db: &mut Db| members::change_role(db, &act, &bobs, id(&eve), Role::Viewer)).unwrap());
        assert!(world.inbox(&eve.email).iter().any(|mail| mail.text.contains("from Editor to Viewer")));
        let adas = Membership { workspace: team.id, account: id(&ada), role: Role::Owner }.permit().unwrap();
        store.write_now(|db: &mut Db| members::change_role(db, &act, &adas, id(&kim), Role::Owner)).unwrap();
        store.write_now(|db: &mut Db| members::change_role(db, &act, &adas, id(&kim), Role::Viewer)).unwrap();
        store.write_now(|db: &mut Db| members::transfer(db, &act, &owners(team.id, id(&ada)), id(&eve))).unwrap();
        assert_eq!((team.role_of(&ada), team.role_of(&eve)), (Some(Role::Admin), Some(Role::Owner)));
    }
}

fn owners(
    workspace: WorkspaceId,
    account: AccountId,
) -> keystead::access::Permit<keystead::access::action::ManageOwners> {
    Membership { workspace, account, role: Role::Owner }.permit().unwrap()
}
