//! A new organization, and one whose creation stopped half-way.

use keystead::access::Role;
use keystead::db::Db;
use keystead::jobs::Options;
use keystead::kernel::id::WorkspaceId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::kernel::time::hours;
use keystead::regions::directory::{self, Hold, NameKind};
use keystead::workspaces::creation::{self, Created, NewOrganization};
use keystead::workspaces::lapse::LapseOrganizations;
use keystead::workspaces::membership;

use crate::on_both;
use crate::support::world::World;

fn named(world: &World, name: &str) -> NewOrganization {
    let (_, ada) = world.account_of(&world.person(&format!("owner-of-{name}")));
    let name = Username::parse(name).unwrap();
    let (id, plan) = (world.act().id(), "free".to_owned());
    NewOrganization { id, name, title: "Acme".to_owned(), owner: ada.id, plan, photo: None }
}

fn hold(world: &World, name: &str) -> WorkspaceId {
    let (act, id) = (world.act(), world.act().id());
    let name = Username::parse(name).unwrap();
    let until = act.now.plus(hours(1));
    let held = |db: &mut Db| directory::hold_organization(db, &act.keyring, &name, id, Region::Eu, act.now, until);
    assert!(world.site.regions.directory.write_now(held).unwrap());
    id
}

/// An hour passes, and the job that comes round has come round.
fn lapse(world: &World) {
    world.site.clock.advance(hours(2));
    let act = world.act();
    let queued = |db: &mut Db| keystead::jobs::enqueue::<LapseOrganizations>(db, &act, &(), Options::default());
    world.region(Region::Eu).write_now(queued).unwrap();
    world.run_jobs();
}

fn state_of(world: &World, name: &str) -> Option<Hold> {
    world.site.regions.directory.read_now(|db| directory::by_name(db, name)).unwrap().map(|row| row.state)
}

on_both! {
    async fn a_new_organization_lives_with_its_owner_and_shares_one_namespace_with_people(world: World) {
        let ada = world.person("ada-m");
        let team = world.organization("acme-labs", &ada);
        assert_eq!(team.role_of(&ada), Some(Role::Owner));
        let row = world.site.regions.directory.read_now(|db| directory::by_name(db, "acme-labs")).unwrap().unwrap();
        assert_eq!((row.kind, row.state, row.region), (NameKind::Organization, Hold::Taken, Region::Eu));
        for taken in ["acme-labs", "ada-m"] {
            let (_, owner) = world.account_of(&ada);
            let name = Username::parse(taken).unwrap();
            let (id, plan) = (world.act().id(), "free".to_owned());
            let new = NewOrganization { id, name, title: "Again".to_owned(), owner: owner.id, plan, photo: None };
            let created = creation::create(&world.site.regions, Region::Eu, &world.act(), &new).unwrap();
            assert_eq!(created, Created::NameTaken, "{taken}");
        }
    }

    async fn a_name_that_was_held_for_nothing_is_let_go(world: World) {
        hold(world, "half-made");
        lapse(world);
        assert_eq!(state_of(world, "half-made"), None);
        let created = creation::create(&world.site.regions, Region::Eu, &world.act(), &named(world, "half-made"));
        assert!(matches!(created.unwrap(), Created::Yes(_)));
    }

    async fn an_organization_that_its_directory_never_heard_of_is_confirmed_there(world: World) {
        let new = NewOrganization { id: hold(world, "half-made"), ..named(world, "half-made") };
        world.region(Region::Eu).write_now(|db: &mut Db| creation::insert(db, &world.act(), &new)).unwrap();
        assert_eq!(state_of(world, "half-made"), Some(Hold::Held));
        lapse(world);
        assert_eq!(state_of(world, "half-made"), Some(Hold::Taken));
        let place = world.region(Region::Eu).read_now(|db| membership::at(db, "half-made", new.owner)).unwrap();
        assert_eq!(place.unwrap().membership.role, Role::Owner);
    }

    async fn the_hold_of_a_sign_up_is_settled_by_its_own_job_alone(world: World) {
        let id = hold(world, "half-made");
        world.site.clock.advance(hours(2));
        let now = world.site.clock.now();
        let lapsed = |kind| {
            let directory = &world.site.regions.directory;
            directory.read_now(|db| directory::lapsed(db, kind, Region::Eu, now, 10)).unwrap()
        };
        assert!(lapsed(NameKind::Account).is_empty());
        assert_eq!(lapsed(NameKind::Organization), [id.as_person()]);
    }
}
