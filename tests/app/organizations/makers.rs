//! Keys of whoever may no longer have them: every way in which somebody loses a role.

use keystead::access::action::{EditProjects, ManageWorkspaceKeys};
use keystead::access::{Membership, Role};
use keystead::kernel::network::Networks;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::lifecycle::closing::{self, By, When};
use keystead::lifecycle::{suspension, trash};
use keystead::projects::api_keys::{self, KeyError, Maker, NewKey};
use keystead::projects::creation::{self, NewProject};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::{Project, Visibility};

use crate::on_both;
use crate::support::client::Client;
use crate::support::markup::check_markup;
use crate::support::people::{Person, mailed_path};
use crate::support::projects::{Key, named, stamp};
use crate::support::teams::Team;
use crate::support::world::World;

fn as_member(world: &World, team: &Team<'_>, person: &Person, role: Role) -> Membership {
    Membership { workspace: team.id, account: world.account_of(person).1.id, role }
}

fn project(world: &World, by: &Membership) -> Project {
    let (act, permit) = (world.act(), by.permit::<EditProjects>().unwrap());
    let new =
        NewProject { name: "Gripper Vision".to_owned(), description: String::new(), visibility: Visibility::Private };
    world.in_europe(|db| creation::create(db, &act, &permit, &new))
}

fn try_key(world: &World, by: &Membership, project: Option<&Project>, new: &NewKey) -> Result<Key, KeyError> {
    let maker = match project {
        Some(project) => Maker::in_project(&by.permit().unwrap(), project).unwrap(),
        None => Maker::in_workspace(&by.permit::<ManageWorkspaceKeys>().unwrap()),
    };
    let made = world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), new))?;
    Ok(Key { id: made.id, value: made.value.reveal() })
}

fn key(world: &World, by: &Membership, project: Option<&Project>, role: KeyRole) -> Key {
    try_key(world, by, project, &named(&format!("{role} of {}", by.role), role)).unwrap()
}

fn works(world: &World, key: &Key) -> bool {
    let (digest, now) = (keystead::crypto::api_key::parse(&key.value).unwrap().digest, world.site.clock.now());
    world.in_europe(|db| api_keys::verify(db, &digest, None, now)).is_ok()
}

fn uses(world: &World, key: &Key) {
    let (digest, now) = (keystead::crypto::api_key::parse(&key.value).unwrap().digest, world.site.clock.now());
    let found = world.in_europe(|db| api_keys::verify(db, &digest, None, now)).unwrap();
    world.site.key_uses.note(Region::Eu, &found, now, None, "curl/8");
    world.site.key_uses.write(&world.site.regions).unwrap();
}

fn times_told(world: &World, person: &Person) -> usize {
    world.inbox(&person.email).iter().filter(|mail| mail.subject.starts_with("API keys were disabled")).count()
}

async fn press(world: &World, browser: &Client, member: &Person, button: &str, role: &str) {
    let page = format!("/acme-labs/settings/members/{}", world.account_of(member).1.id);
    let form = browser.get(&page).await.form(button);
    let form = if role.is_empty() { form } else { form.choose("role", role) };
    let done = browser.submit(&form).await;
    assert_eq!(done.status, 303, "{}", done.text());
}

on_both! {
    async fn a_demotion_disables_what_the_new_role_could_not_make_and_removal_all(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let ada = world.signed_in(&owner).await;
        let admin = as_member(world, &team, &bob, Role::Admin);
        let project = project(world, &admin);
        let (strong, weak) =
            (key(world, &admin, Some(&project), KeyRole::Admin), key(world, &admin, Some(&project), KeyRole::ReadOnly));
        let others = key(world, &as_member(world, &team, &owner, Role::Owner), Some(&project), KeyRole::Admin);
        let page = ada.get(&format!("/acme-labs/settings/members/{}", admin.account)).await;
        check_markup("member", &page.html);
        assert!(page.has("2 API keys that they made") && page.has("1 project that they began") && page.has("admin of admin ks_2…"), "{}", page.text());
        press(world, &ada, &bob, "Change role", "editor").await;
        assert!(!works(world, &strong) && works(world, &weak));
        assert_eq!(times_told(world, &owner), 1);
        assert!(ada.get("/acme-labs/gripper-vision/keys").await.has("Disabled"));
        // What was asked for before the demotion is worth nothing after it.
        let late = try_key(world, &admin, Some(&project), &named("late", KeyRole::Admin));
        assert!(matches!(late, Err(KeyError::AboveRights)), "{:?}", late.err());
        let page = ada.get(&page.path).await;
        assert!(page.has("readonly of admin") && !page.has("admin of admin"), "what is disabled breaks no more");
        press(world, &ada, &bob, "Remove member", "").await;
        assert!(!works(world, &weak) && works(world, &others));
        assert_eq!(times_told(world, &owner), 2);
        // Whoever enables it answers for it.
        let enable = ada.get(&format!("/acme-labs/gripper-vision/keys/{}", weak.id)).await.form("Enable key");
        ada.submit(&enable).await;
        assert!(works(world, &weak));
    }

    async fn what_breaks_counts_the_keys_that_it_names(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let admin = as_member(world, &team, &bob, Role::Admin);
        let (kept, deleted) = (project(world, &admin), project(world, &admin));
        let soon = NewKey { expires_at: Some(world.act().now.plus(days(1))), ..named("short", KeyRole::Admin) };
        let (of_kept, of_deleted) =
            (key(world, &admin, Some(&kept), KeyRole::Admin), key(world, &admin, Some(&deleted), KeyRole::Admin));
        let short = try_key(world, &admin, Some(&deleted), &soon).unwrap();
        try_key(world, &admin, Some(&kept), &soon).unwrap();
        for one in [&of_kept, &of_deleted, &short] {
            uses(world, one);
        }
        let member = format!("/acme-labs/settings/members/{}", admin.account);
        let says = async |keys: &str, used: &str, projects: &str| {
            let page = world.signed_in(&owner).await.get(&member).await;
            assert!(page.has(keys) && page.has(used) && page.has(projects), "{}", page.text());
            // Whoever thinks of leaving reads the same of themselves.
            let page = world.signed_in(&bob).await.get("/settings/organizations/acme-labs/leave").await;
            let [keys, projects] = [keys.replace("they", "you"), projects.replace("their", "your")];
            assert!(page.has(&keys) && page.has(used) && page.has(&projects), "{}", page.text());
        };
        says("4 API keys that they made", "3 of these keys have been used", "2 projects that only their keys").await;
        world.site.clock.advance(days(2));
        says("2 API keys that they made", "2 of these keys have been used", "2 projects that only their keys").await;
        let act = world.act();
        let permit = admin.permit::<EditProjects>().unwrap();
        world.in_europe(|db| trash::delete(db, &act, &permit, deleted.id));
        says("1 API key that they made", "1 of these keys has been used", "1 project that only their keys").await;
    }

    async fn whoever_hands_over_or_leaves_leaves_no_key_that_works(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let ada = world.signed_in(&owner).await;
        let first = as_member(world, &team, &owner, Role::Owner);
        let project = project(world, &first);
        let (whole, of_project) =
            (key(world, &first, None, KeyRole::Admin), key(world, &first, Some(&project), KeyRole::Admin));
        press(world, &ada, &bob, "Transfer ownership", "").await;
        assert!(!works(world, &whole), "workspace keys are for Owners");
        assert!(works(world, &of_project), "an Admin may have it");
        let late = try_key(world, &first, None, &named("late", KeyRole::Admin));
        assert!(matches!(late, Err(KeyError::AboveRights)), "{:?}", late.err());
        ada.submit(&ada.get("/settings/organizations/acme-labs/leave").await.form("Leave organization")).await;
        assert_eq!(team.role_of(&owner), None);
        assert!(!works(world, &of_project));
        assert_eq!(times_told(world, &bob), 2);
    }

    async fn a_project_that_only_one_members_keys_are_used_in_is_counted(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let admin = as_member(world, &team, &bob, Role::Admin);
        let project = project(world, &admin);
        let theirs = key(world, &admin, Some(&project), KeyRole::IngestionOnly);
        let others = key(world, &as_member(world, &team, &owner, Role::Owner), Some(&project), KeyRole::Admin);
        let ada = world.signed_in(&owner).await;
        let says = async |what: bool| {
            let page = ada.get(&format!("/acme-labs/settings/members/{}", admin.account)).await;
            assert_eq!(page.has("1 project that only their keys are used in"), what, "{}", page.text());
        };
        says(false).await;
        uses(world, &theirs);
        says(true).await;
        uses(world, &others);
        says(false).await;
    }

    async fn a_closed_accounts_keys_are_disabled_and_come_back_with_it(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let admin = as_member(world, &team, &bob, Role::Admin);
        let project = project(world, &admin);
        let (one, other, revoked) = (
            key(world, &admin, Some(&project), KeyRole::Admin),
            key(world, &admin, Some(&project), KeyRole::ReadOnly),
            key(world, &admin, Some(&project), KeyRole::IngestionOnly),
        );
        let maker = |by: &Membership| Maker::in_project(&by.permit().unwrap(), &project).unwrap();
        let ada = as_member(world, &team, &owner, Role::Owner);
        world.on_keys(|db, act| api_keys::revoke(db, act, &maker(&ada), revoked.id)).unwrap();
        let (regions, act) = (&world.site.regions, world.act());
        closing::close(regions, Region::Eu, &act, admin.account, &By::Owner, When::After(14)).unwrap();
        assert!(!works(world, &one) && !works(world, &other));
        assert_eq!(times_told(world, &owner), 1);
        let answered = world.on_keys(|db, act| api_keys::restore(db, act, &maker(&ada), other.id)).unwrap();
        assert_eq!(answered.created_by, Some(admin.account), "as it was before");
        let browser = world.visitor();
        let page = browser.visit(&mailed_path(world, &bob.email, "/cancel-closing/")).await;
        browser.submit(&page.form("Keep my account")).await;
        assert!(works(world, &one) && works(world, &other) && !works(world, &revoked));
        let made_by = |id| {
            let (workspace, project) = (team.id, Some(project.id));
            world.in_europe(|db| api_keys::one(db, workspace, project, id)).unwrap().created_by
        };
        assert_eq!((made_by(one.id), made_by(other.id)), (Some(admin.account), Some(ada.account)));
    }

    async fn a_suspended_accounts_keys_stop_and_work_again_when_it_is_reinstated(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let (admin, first) = (as_member(world, &team, &bob, Role::Admin), as_member(world, &team, &owner, Role::Owner));
        let project = project(world, &admin);
        let one = key(world, &admin, Some(&project), KeyRole::Admin);
        let (act, region, by) = (world.act(), world.region(Region::Eu), first.account);
        region.write_now(|db| suspension::suspend(db, &act, by, admin.account, "Mines coins.")).unwrap();
        assert!(!works(world, &one));
        assert_eq!(times_told(world, &owner), 1);
        region.write_now(|db| suspension::reinstate(db, &act, by, admin.account, "It was somebody else.")).unwrap();
        assert!(works(world, &one));
    }

    async fn nobody_lets_a_key_in_with_rights_they_lost_meanwhile(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let (admin, first) = (as_member(world, &team, &bob, Role::Admin), as_member(world, &team, &owner, Role::Owner));
        let project = project(world, &admin);
        let (lost, revoked) =
            (key(world, &admin, Some(&project), KeyRole::Admin), key(world, &admin, Some(&project), KeyRole::ReadOnly));
        let maker = |by: &Membership| Maker::in_project(&by.permit().unwrap(), &project).unwrap();
        let (stale, ada) = (maker(&admin), maker(&first));
        world.on_keys(|db, act| api_keys::revoke(db, act, &ada, revoked.id)).unwrap();
        press(world, &world.signed_in(&owner).await, &bob, "Remove member", "").await;
        let late = world.on_keys(|db, act| api_keys::restore(db, act, &stale, lost.id));
        assert!(matches!(late, Err(KeyError::AboveRights)), "{:?}", late.err());
        assert!(!works(world, &lost));
        // Undone by somebody who may: they answer for it, because whoever made it is gone.
        let undone = world.on_keys(|db, act| api_keys::restore(db, act, &ada, revoked.id));
        assert!(undone.is_ok() && works(world, &revoked));
        let (workspace, id) = (team.id, revoked.id);
        let now = world.in_europe(|db| api_keys::one(db, workspace, Some(project.id), id)).unwrap();
        assert_eq!(now.created_by, Some(first.account));
    }

    async fn what_a_key_makes_ends_with_it_comes_from_its_networks_and_is_its_makers(world: World) {
        let (owner, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &owner);
        team.member(&bob, Role::Admin);
        let admin = as_member(world, &team, &bob, Role::Admin);
        let project = project(world, &admin);
        let ends = world.site.clock.now().plus(days(1));
        let narrow = NewKey {
            expires_at: Some(ends),
            networks: Networks::parse("203.0.113.0/24").unwrap(),
            ..named("narrow", KeyRole::Admin)
        };
        let parent = try_key(world, &admin, Some(&project), &narrow).unwrap();
        let digest = keystead::crypto::api_key::parse(&parent.value).unwrap().digest;
        let (address, now) = (Some("203.0.113.7".parse().unwrap()), world.site.clock.now());
        let verified = world.in_europe(|db| api_keys::verify(db, &digest, address, now)).unwrap();
        let by_key = Maker::by_key(&verified).unwrap();
        let wide = named("wide", KeyRole::Admin);
        let child = world.on_keys(|db, act| api_keys::create(db, act, &by_key, &stamp(), &wide)).unwrap();
        let (workspace, id) = (team.id, child.id);
        let child = world.in_europe(|db| api_keys::one(db, workspace, Some(project.id), id)).unwrap();
        assert_eq!(child.created_by, Some(admin.account));
        assert_eq!((child.expires_at, child.networks.as_str()), (Some(ends), "203.0.113.0/24"));
        // Once its own key is refused, it makes none.
        press(world, &world.signed_in(&owner).await, &bob, "Change role", "viewer").await;
        let late = world.on_keys(|db, act| api_keys::create(db, act, &by_key, &stamp(), &wide));
        assert!(matches!(late, Err(KeyError::AboveRights)), "{:?}", late.err());
    }
}
