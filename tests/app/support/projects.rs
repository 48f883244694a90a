//! Projects and keys that are there already, made by the domain's own functions.

use keystead::access::{Membership, Role};
use keystead::crypto::act::Act;
use keystead::db::{Db, DbError};
use keystead::kernel::id::{AccountId, ApiKeyId};
use keystead::kernel::network::Networks;
use keystead::kernel::region::Region;
use keystead::projects::api_keys::{self, KeyError, Maker, NewKey, Stamp};
use keystead::projects::creation::{self, NewProject};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::{Project, Visibility};
use keystead::regions::directory;

use super::people::Person;
use super::world::World;

/// A key with its value, which nothing but a test keeps.
pub struct Key {
    pub id: ApiKeyId,
    pub value: String,
}

impl World {
    /// Who this is. Everybody a test makes lives in Europe unless it says otherwise.
    pub fn id_of(&self, person: &Person) -> AccountId {
        let name = person.username.clone();
        self.site.regions.directory.read_now(|db| directory::by_name(db, &name)).unwrap().unwrap().owner_id
    }

    pub fn in_europe<T>(&self, work: impl Fn(&mut Db) -> Result<T, DbError>) -> T {
        self.region(Region::Eu).write_now(work).unwrap()
    }

    /// A project in this person's own workspace.
    pub fn project(&self, person: &Person, name: &str) -> Project {
        let (act, permit) = (self.act(), own(self.id_of(person)).permit().unwrap());
        let new = NewProject { name: name.to_owned(), description: String::new(), visibility: Visibility::Private };
        self.in_europe(|db| creation::create(db, &act, &permit, &new))
    }

    /// A key of this project, as its owner would make it.
    pub fn key(&self, project: &Project, new: &NewKey) -> Key {
        let (act, maker) = (self.act(), maker(project, Role::Owner));
        let made = |db: &mut Db| api_keys::create(db, &act, &maker, &stamp(), new);
        let made = self.region(Region::Eu).write_now(made).unwrap();
        Key { id: made.id, value: made.value.reveal() }
    }

    /// What a change of keys comes to, in a transaction.
    pub fn on_keys<T>(&self, work: impl Fn(&mut Db, &Act) -> Result<T, KeyError>) -> Result<T, KeyError> {
        let act = self.act();
        self.region(Region::Eu).write_now(|db| work(db, &act))
    }
}

pub fn own(account: AccountId) -> Membership {
    Membership { workspace: account.personal_workspace(), account, role: Role::Owner }
}

/// The project's owner, as if they had this role.
pub fn maker(project: &Project, role: Role) -> Maker {
    let account = project.created_by.unwrap();
    let membership = Membership { workspace: project.workspace_id, account, role };
    Maker::in_project(&membership.permit().unwrap(), project).unwrap()
}

pub fn stamp() -> Stamp {
    Stamp { prefix: "ks".parse().unwrap(), region: Region::Eu }
}

pub fn named(name: &str, role: KeyRole) -> NewKey {
    NewKey { name: name.to_owned(), role, is_development: false, expires_at: None, networks: Networks::default() }
}
