//! A project's name, description and visibility, and what becomes of files that are not signed right.

use diesel::prelude::*;

use super::api_keys::Verified;
use super::key_role::KeyAction;
use super::project::{Project, Signing, Visibility};
use crate::access::Permit;
use crate::access::action::{EditProjects, ManageKeys};
use crate::activity::{self, Event, ProjectEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::projects;
use crate::kernel::id::{AccountId, ProjectId, WorkspaceId};
use diesel::QueryResult;

/// What the form holds. Checked.
#[derive(Clone, Debug)]
pub struct Changed {
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
}

/// Who changes a project's settings: proof of the right, as a permit is.
#[derive(Clone, Copy, Debug)]
pub struct Editor {
    workspace: WorkspaceId,
    /// `None`: a program did, with a key.
    account: Option<AccountId>,
}

impl Editor {
    /// A key that may change settings; the caller sees to it that it is of that very project.
    pub fn by_key(key: &Verified) -> Option<Self> {
        key.may(KeyAction::ChangeSettings).then_some(Self { workspace: key.workspace, account: None })
    }
}

impl From<&Permit<EditProjects>> for Editor {
    fn from(permit: &Permit<EditProjects>) -> Self {
        Self { workspace: permit.workspace, account: Some(permit.actor) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    Yes,
    /// Somebody else saved meanwhile.
    Conflict,
}

/// Saves what was read as `revision`. The address stays the same: others link to it.
pub fn save(
    db: &mut Db,
    act: &Act,
    editor: impl Into<Editor>,
    project: ProjectId,
    revision: i64,
    new: &Changed,
) -> QueryResult<Saved> {
    let editor: Editor = editor.into();
    let Some(old) = mine(db, editor.workspace, project)? else { return Ok(Saved::Conflict) };
    if old.revision != revision {
        return Ok(Saved::Conflict);
    }
    let mut fields = Vec::new();
    for (field, is_new) in [
        ("name", old.name != new.name),
        ("description", old.description != new.description),
        ("visibility", old.visibility != new.visibility),
    ] {
        fields.extend(is_new.then_some(field));
    }
    if fields.is_empty() {
        return Ok(Saved::Yes);
    }
    let unchanged = projects::table.find(project).filter(projects::revision.eq(revision));
    let saved = diesel::update(unchanged)
        .set((
            projects::name.eq(&new.name),
            projects::description.eq(&new.description),
            projects::visibility.eq(new.visibility),
            projects::revision.eq(revision + 1),
        ))
        .execute(db)?;
    if saved == 0 {
        return Ok(Saved::Conflict);
    }
    let event = ProjectEvent::Changed { project, fields, name: new.name.clone() };
    activity::record(db, act, editor.workspace, editor.account, &Event::Project(event))?;
    Ok(Saved::Yes)
}

/// What becomes of a file whose signature is not valid, and how old a signed one may be. Whether the project is there.
pub fn set_signing(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageKeys>,
    project: ProjectId,
    signing: Signing,
    replay_seconds: Option<i64>,
) -> QueryResult<bool> {
    let Some(old) = mine(db, permit.workspace, project)? else { return Ok(false) };
    if (old.signing, old.replay_seconds) == (signing, replay_seconds) {
        return Ok(true);
    }
    diesel::update(projects::table.find(project))
        .set((projects::signing.eq(signing), projects::replay_seconds.eq(replay_seconds)))
        .execute(db)?;
    let event = ProjectEvent::SigningChanged { project, signing: signing.as_str(), replay_seconds, name: old.name };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Project(event))?;
    Ok(true)
}

fn mine(db: &mut Db, workspace: WorkspaceId, project: ProjectId) -> QueryResult<Option<Project>> {
    projects::table
        .find(project)
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::deleted_at.is_null())
        .select(Project::as_select())
        .first(db)
        .optional()
}
