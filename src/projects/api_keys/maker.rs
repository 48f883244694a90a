//! Who makes or changes keys, where, and up to what: proof of the right, as a permit is.

use diesel::prelude::*;

use super::verify::Verified;
use super::{ApiKey, Because, KeyError};
use crate::access::action::{ManageKeys, ManageWorkspaceKeys};
use crate::access::{Permit, Role};
use crate::activity::{self, Event, KeyEvent};
use crate::crypto::act::Act;
use crate::db::schema::{accounts, api_keys, organizations};
use crate::db::{Db, change_in_parts};
use crate::kernel::id::{AccountId, ApiKeyId, ProjectId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::load_to_change;
use crate::mail::{KeyLetter, Letter};
use crate::projects::key_role::KeyRole;
use crate::projects::project::Project;
use crate::projects::{people, place};
use crate::sessions::account::Status;
use crate::workspaces::membership;
use diesel::QueryResult;

/// Only the functions here make one: from a permit, or from a key that may manage keys.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    pub workspace: WorkspaceId,
    pub project: Option<ProjectId>,
    /// `None`: a program did, with a key.
    pub account: Option<AccountId>,
    /// That key.
    key: Option<ApiKeyId>,
    pub(super) most: KeyRole,
}

impl Maker {
    /// `None` for a project of another workspace than the permit's.
    pub fn in_project(permit: &Permit<ManageKeys>, project: &Project) -> Option<Self> {
        let most = KeyRole::most_of(permit.role).filter(|_| project.workspace_id == permit.workspace)?;
        Some(Self {
            workspace: permit.workspace,
            project: Some(project.id),
            account: Some(permit.actor),
            key: None,
            most,
        })
    }

    pub fn in_workspace(permit: &Permit<ManageWorkspaceKeys>) -> Self {
        let (workspace, account) = (permit.workspace, Some(permit.actor));
        Self { workspace, project: None, account, key: None, most: KeyRole::Admin }
    }

    /// A key with full access may look after the other keys of its project. What it makes is its own maker's, lives no
    /// longer than it and comes from no other network: a key that got out makes none that outlives its end.
    pub fn by_key(key: &Verified) -> Option<Self> {
        let project = key.project.filter(|_| key.role == KeyRole::Admin)?;
        let most = KeyRole::Admin;
        Some(Self { workspace: key.workspace, project: Some(project), account: None, key: Some(key.id), most })
    }

    /// Whether this one may make and change keys of this role.
    pub fn may(&self, role: KeyRole) -> bool {
        role.is_within(self.most)
    }

    /// The strongest first: what this one may give.
    pub fn roles(&self) -> Vec<KeyRole> {
        KeyRole::ALL.iter().copied().filter(|role| self.may(*role)).collect()
    }

    /// A maker is as old as the request that asked for it, and a request can take its time. Their rights are read once
    /// more, in an organization under the lock under which roles change, so that nothing slips past [`maker_changed`].
    /// The key that asks, where a key does.
    pub(in crate::projects) fn still(&self, db: &mut Db, now: Timestamp) -> Result<Option<ApiKey>, KeyError> {
        let own = organizations::table.filter(organizations::workspace_id.eq(self.workspace));
        let held: Vec<WorkspaceId> = load_to_change!(db, own.select(organizations::workspace_id))?;
        if let Some(key) = self.key {
            let key = super::one(db, self.workspace, self.project, key)?;
            let key = key.filter(|key| !key.is_disabled() && !key.has_expired(now));
            return key.map(Some).ok_or(KeyError::AboveRights);
        }
        let Some(account) = self.account else { return Ok(None) };
        // In one's own workspace nobody has another role.
        if held.is_empty() || has_rights(db, self.workspace, self.project, account, self.most)? {
            Ok(None)
        } else {
            Err(KeyError::AboveRights)
        }
    }
}

/// Whether this account may now have keys of this role there.
pub(super) fn has_rights(
    db: &mut Db,
    workspace: WorkspaceId,
    project: Option<ProjectId>,
    account: AccountId,
    most: KeyRole,
) -> QueryResult<bool> {
    if workspace == account.personal_workspace() {
        return Ok(true);
    }
    let is_active = accounts::table.find(account).filter(accounts::status.eq(Status::Active)).count();
    if is_active.get_result::<i64>(db)? == 0 {
        return Ok(false);
    }
    let role = membership::role_of(db, workspace, account)?;
    Ok(match project {
        Some(_) => role.and_then(KeyRole::most_of).is_some_and(|allowed| most.is_within(allowed)),
        None => role == Some(Role::Owner),
    })
}

/// Call this in the transaction in which somebody's role changes, or goes (`None`): what they could no longer make is
/// disabled, and Owners and Admins are told. How many keys that were.
pub fn maker_changed(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    account: AccountId,
    role: Option<Role>,
) -> QueryResult<usize> {
    let most = role.and_then(KeyRole::most_of);
    let is_owner = role == Some(Role::Owner);
    let made: Vec<ApiKey> = api_keys::table
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::created_by.eq(account))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::disabled_at.is_null())
        .order(api_keys::id)
        .select(ApiKey::as_select())
        .load(db)?;
    let is_lost = |key: &ApiKey| match key.project_id {
        Some(_) => most.is_none_or(|most| !key.role.is_within(most)),
        None => !is_owner,
    };
    let lost: Vec<ApiKey> = made.into_iter().filter(|key| !key.has_expired(act.now) && is_lost(key)).collect();
    let ids: Vec<ApiKeyId> = lost.iter().map(|key| key.id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    change_in_parts(&ids, |part| {
        diesel::update(api_keys::table.filter(api_keys::id.eq_any(part)))
            .set((api_keys::disabled_at.eq(act.now), api_keys::disabled_because.eq(Because::MakerLostRights)))
            .execute(db)
    })?;
    let person: Option<String> = accounts::table.find(account).select(accounts::name).first(db).optional()?;
    let mut names = Vec::new();
    for key in &lost {
        let event = KeyEvent::Disabled { key: key.id, project: key.project_id, name: key.name.clone() };
        activity::record(db, act, workspace, None, &Event::Key(event))?;
        if let Some(place) = place::of(db, workspace, key.project_id)? {
            names.push(format!("{} of {}", key.name, place.words()));
        }
    }
    let letter = KeyLetter::Disabled { person: person.unwrap_or_default(), keys: names };
    people::tell_admins(db, act, workspace, &Letter::Key(letter))?;
    Ok(lost.len())
}

/// Lets those in again that [`maker_changed`] disabled at this very time, because their maker has the role they had then.
pub fn maker_came_back(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    account: AccountId,
    disabled_at: Timestamp,
) -> QueryResult<()> {
    let lost: Vec<ApiKey> = api_keys::table
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::created_by.eq(account))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::disabled_at.eq(disabled_at))
        .filter(api_keys::disabled_because.eq(Because::MakerLostRights))
        .order(api_keys::id)
        .select(ApiKey::as_select())
        .load(db)?;
    for key in lost {
        diesel::update(api_keys::table.find(key.id))
            .set((api_keys::disabled_at.eq(None::<Timestamp>), api_keys::disabled_because.eq(Because::Nothing)))
            .execute(db)?;
        let event = KeyEvent::Restored { key: key.id, project: key.project_id, name: key.name.clone() };
        activity::record(db, act, workspace, Some(account), &Event::Key(event))?;
        if let Some(place) = place::of(db, workspace, key.project_id)? {
            let letter = KeyLetter::Restored { name: key.name, place: place.words(), path: place.path() };
            people::tell_admins(db, act, workspace, &Letter::Key(letter))?;
        }
    }
    Ok(())
}
