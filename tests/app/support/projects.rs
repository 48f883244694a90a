//! Projects and keys that are there already, made by the domain's own functions.

use futures_util::stream::iter;
use keystead::access::{Membership, Role};
use keystead::crypto::act::Act;
use keystead::db::{Db, DbError};
use keystead::ingestion::intake::{Claims, Intake, Sender};
use keystead::kernel::id::{AccountId, ApiKeyId, SampleId, WorkspaceId};
use keystead::kernel::network::Networks;
use keystead::kernel::region::Region;
use keystead::projects::api_keys::{self, KeyError, Maker, NewKey, Stamp};
use keystead::projects::creation::{self, NewProject};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::{Project, Visibility};
use keystead::usage::event::Event;
use keystead::usage::{Kind, meter};

use super::people::Person;
use super::secrets::leave_secrets;
use super::teams::Team;
use super::world::World;

/// A key with its value, which nothing but a test keeps.
pub struct Key {
    pub id: ApiKeyId,
    pub value: String,
}

impl World {
    /// Changes Europe, where everybody a test makes lives unless it says otherwise.
    pub fn in_europe<T>(&self, work: impl Fn(&mut Db) -> Result<T, DbError>) -> T {
        self.region(Region::Eu).write_now(work).unwrap()
    }

    /// A project in this person's own workspace.
    pub fn project(&self, person: &Person, name: &str) -> Project {
        let (act, permit) = (self.act(), own(self.id_of(&person.username)).permit().unwrap());
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

    /// Files that came into this project, judged and kept as any; those that were refused are left out.
    pub async fn samples(&self, project: &Project, files: &[(&str, &[u8])]) -> Vec<SampleId> {
        let sender = Sender { region: Region::Eu, project: project.id, api_key: None };
        let claims = Claims { metadata: "{}".to_owned(), ..Claims::default() };
        let (store, act) = (self.region(Region::Eu), self.act());
        let mut intake = Intake::begin(store, &self.site.files, &act, sender, claims).await.unwrap();
        for (name, bytes) in files {
            intake.take(name, &mut iter([Ok::<_, ()>(*bytes)])).await.unwrap();
        }
        intake.keep().await.unwrap().into_iter().filter_map(|one| Some(one.result.ok()?.id)).collect()
    }

    /// Compute time of this project that ended now, as the platform's job runner reports it.
    pub fn used(&self, project: &Project, kind: Kind, seconds: i64) {
        let now = self.site.clock.now();
        let event = Event {
            source: "runner-1".to_owned(),
            id: format!("{}-{kind}", project.id),
            workspace: project.workspace_id,
            kind,
            seconds,
            ended_at: now,
            job: "job-1".to_owned(),
            project: project.slug.clone(),
            key: String::new(),
            member: String::new(),
        };
        self.in_europe(|db| meter::report(db, now, |_| 3, std::slice::from_ref(&event)));
    }

    /// The same of an organization's project.
    pub fn key_of(&self, team: &Team<'_>, project: &Project, new: &NewKey) -> Key {
        let maker = Maker::in_project(&team.owners().permit().unwrap(), project).unwrap();
        let made = self.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), new)).unwrap();
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

/// Leaves something of this account in every table of projects, in its own workspace and in one that stays.
pub fn leave_everywhere(world: &World, act: &Act, account: AccountId, mark: &str) {
    use diesel::prelude::*;
    use keystead::db::schema::{samples, spent_signatures, workspaces};
    use keystead::projects::artifacts::{self, ArtifactKind, NewArtifact};
    use keystead::projects::hmac_keys::{self, NewHmacKey};
    use keystead::projects::rates::{self, Subject};

    let elsewhere: WorkspaceId = act.id();
    world.in_europe(|db| {
        diesel::insert_into(workspaces::table)
            .values((
                workspaces::id.eq(elsewhere),
                workspaces::name.eq(elsewhere.as_str()),
                workspaces::kind.eq("organization"),
                workspaces::plan.eq("free"),
                workspaces::minutes_rank.eq(0_i64),
                workspaces::created_at.eq(act.now),
            ))
            .execute(db)
    });
    for workspace in [account.personal_workspace(), elsewhere] {
        let is_own = workspace != elsewhere;
        let text = if is_own { mark } else { "stays" };
        let membership = Membership { workspace, account, role: Role::Owner };
        let new = NewProject { name: text.to_owned(), description: text.to_owned(), visibility: Visibility::Private };
        let edit = membership.permit().unwrap();
        let project = world.in_europe(|db| creation::create(db, act, &edit, &new));
        let maker = Maker::in_project(&membership.permit().unwrap(), &project).unwrap();
        let key = world.on_keys(|db, _| api_keys::create(db, act, &maker, &stamp(), &named(text, KeyRole::Admin)));
        let new = NewHmacKey { name: text.to_owned(), own: None, is_development: false };
        let ends_at = rates::end_of_window(act.now);
        world.in_europe(|db| rates::add(db, Subject::Workspace(workspace), workspace, 1, ends_at, act.now));
        let hmac = world.region(Region::Eu).write_now(|db| hmac_keys::create(db, act, &maker, &new)).unwrap();
        leave_secrets(world, act, account, workspace, project.id, text);
        if !is_own {
            world.in_europe(|db| keystead::lifecycle::trash::delete(db, act, &edit, project.id));
            continue;
        }
        let new = NewArtifact {
            source: "hub".to_owned(),
            source_id: text.to_owned(),
            kind: ArtifactKind::Model,
            name: text.to_owned(),
            size: 1,
            made_by: text.to_owned(),
        };
        world.in_europe(|db| artifacts::register(db, act, project.id, &new));
        let spent = (
            spent_signatures::project_id.eq(project.id),
            spent_signatures::content_hash.eq(text),
            spent_signatures::signed_at.eq(act.now),
        );
        world.in_europe(|db| diesel::insert_into(spent_signatures::table).values(spent).execute(db));
        let sample: SampleId = act.id();
        world.in_europe(|db| {
            let number = keystead::workspaces::numbers::of(db, sample.as_str())?;
            diesel::insert_into(samples::table)
                .values((
                    (samples::id.eq(sample), samples::number.eq(number), samples::project_id.eq(project.id)),
                    (samples::category.eq("training"), samples::label.eq(text), samples::file_name.eq(text)),
                    (samples::extension.eq("json"), samples::size.eq(1_i64), samples::content_hash.eq("")),
                    (samples::verdict.eq("none"), samples::diagnosis.eq(""), samples::metadata.eq("{}")),
                    (samples::hmac_key_id.eq(hmac.0), samples::api_key_id.eq(key.as_ref().unwrap().id)),
                    (samples::device_name.eq(text), samples::device_type.eq(""), samples::upload_source.eq("")),
                    samples::created_at.eq(act.now),
                ))
                .execute(db)
        });
    }
}
