//! Everybody at every page and every call, held against the one table that says who may do what.
//!
//! Rule: what is expected comes from that table (and, for a project's keys, from what their roles may do), never from what
//! the code answers. The routes come from the route tables themselves: one that is left out fails a test.

mod calls;
mod links;
mod pages;

use keystead::access::Role;
use keystead::access::action::MATRIX;
use keystead::db::Db;
use keystead::kernel::id::{ApiKeyId, HmacKeyId, LeakDrillId, ProjectId, SampleId, SecretId};
use keystead::kernel::region::Region;
use keystead::lifecycle::{members, trash};
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::hmac_keys::{self, NewHmacKey};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Project;
use keystead::secrets::{leaks, removal};

use crate::support::people::Person;
use crate::support::projects::{named, stamp};
use crate::support::teams::Team;
use crate::support::world::World;

/// The organization that everybody tries.
pub const TEAM: &str = "acme-labs";

/// Somebody who tries, and what they are in the organization by the time they do.
pub struct Somebody {
    pub person: Person,
    pub role: Option<Role>,
    /// Who lost rights a moment ago began with more.
    pub was: Option<Role>,
}

/// What there is for one of them to open, change and destroy, so that nobody finds what another left.
pub struct Things {
    pub project: Project,
    pub sample: SampleId,
    pub key: (ApiKeyId, i64),
    pub hmac: (HmacKeyId, i64),
    pub workspace_key: ApiKeyId,
    /// In the trash.
    pub deleted: ProjectId,
    pub secret: (SecretId, i64),
    /// Of another secret.
    pub drill: LeakDrillId,
    /// That can still be had back.
    pub deleted_secret: SecretId,
}

/// A name as environment variables have it.
pub fn variable(words: &str) -> String {
    format!("OF_{}", words.to_uppercase().replace([' ', '-'], "_"))
}

/// The roles that the table allows this.
pub fn allowed(action: &str) -> &'static [Role] {
    MATRIX.iter().find(|(name, _)| *name == action).unwrap_or_else(|| panic!("no {action} in the matrix")).1
}

/// Each role; somebody with an organization of their own; and two who are still what they were until [`Cast::fall`].
pub struct Cast<'w> {
    world: &'w World,
    pub team: Team<'w>,
    pub all: Vec<Somebody>,
}

impl<'w> Cast<'w> {
    pub fn of(world: &'w World) -> Self {
        let owner = world.person("olivia-o");
        let team = world.organization(TEAM, &owner);
        let mut all = vec![Somebody { person: owner, role: Some(Role::Owner), was: Some(Role::Owner) }];
        for (name, was, role) in [
            ("andrew-a", Role::Admin, Some(Role::Admin)),
            ("edith-e", Role::Editor, Some(Role::Editor)),
            ("victor-v", Role::Viewer, Some(Role::Viewer)),
            ("dora-d", Role::Owner, Some(Role::Viewer)),
            ("rita-r", Role::Admin, None),
        ] {
            let person = world.person(name);
            team.member(&person, was);
            all.push(Somebody { person, role, was: Some(was) });
        }
        let stranger = world.person("sten-s");
        world.organization("other-labs", &stranger);
        all.push(Somebody { person: stranger, role: None, was: None });
        Self { world, team, all }
    }

    /// Those who lose rights lose them now, as by an Owner's click.
    pub fn fall(&self) {
        let (act, permit) = (self.world.act(), self.team.owners().permit().unwrap());
        for one in self.all.iter().filter(|one| one.role != one.was) {
            let id = self.world.id_of(&one.person.username);
            let fallen = self.world.region(Region::Eu).write_now(|db| match one.role {
                Some(role) => members::change_role(db, &act, &permit, id, role).map(|_| ()),
                None => members::remove(db, &act, &permit, id),
            });
            fallen.unwrap();
        }
    }

    /// The Owner, as the maker of its keys.
    pub fn maker(&self, project: &Project) -> Maker {
        Maker::in_project(&self.team.owners().permit().unwrap(), project).unwrap()
    }

    /// A project with one of everything, and more around it.
    pub async fn things(&self, name: &str) -> Things {
        let (world, owners, act) = (self.world, self.team.owners(), self.world.act());
        let (project, deleted) = (self.team.project(name), self.team.project(&format!("{name} deleted")));
        let maker = self.maker(&project);
        let of_workspace = Maker::in_workspace(&owners.permit().unwrap());
        let new = named("bench", KeyRole::IngestionOnly);
        let make = |maker: &Maker| world.on_keys(|db, act| api_keys::create(db, act, maker, &stamp(), &new)).unwrap();
        let (key, workspace_key) = (make(&maker), make(&of_workspace).id);
        let new = NewHmacKey { name: "bench".to_owned(), own: None, is_development: false };
        let hmac = world.region(Region::Eu).write_now(|db| hmac_keys::create(db, &act, &maker, &new)).unwrap();
        let sample = world.samples(&project, &[("idle.csv", b"0,1")]).await[0];
        let permit = owners.permit().unwrap();
        world.in_europe(|db: &mut Db| trash::delete(db, &act, &permit, deleted.id));
        let secret = |end: &str| world.secret(&owners.permit().unwrap(), &variable(&format!("{name}{end}")), "x");
        let leaked = secret(" leaked").id;
        let (secret, deleted_secret) = (secret(""), secret(" deleted").id);
        let permit = owners.permit().unwrap();
        world.on_secrets(|db, act| removal::delete(db, act, &permit, deleted_secret)).unwrap();
        let permit = owners.permit().unwrap();
        let drill = world.on_secrets(|db, act| leaks::open(db, act, &permit, leaked, false)).unwrap();
        Things {
            project,
            sample,
            key: (key.id, key.number),
            hmac: (hmac.0, hmac.1),
            workspace_key,
            deleted: deleted.id,
            secret: (secret.id, secret.number),
            drill,
            deleted_secret,
        }
    }
}

#[test]
fn everything_in_the_table_is_asked_for_somewhere() {
    // Who may change whom depends on both: see the tests of owners. Nothing needs the others before its tab is there.
    let elsewhere = ["ManageOwners", "ManageBilling"];
    for (action, _) in MATRIX {
        let is_asked = pages::ASKS.iter().any(|(.., asked)| asked == action) || calls::asks_for(action);
        assert_eq!(is_asked, !elsewhere.contains(action), "{action}");
    }
}
