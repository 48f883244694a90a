//! Values that come in: a new secret, a new value of one, or a whole file of them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::room::{fits, room_for};
use super::telling::{record, tell};
use super::{Secret, SecretError, SecretName, SecretValue, secret, versions};
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::activity::SecretEvent;
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{secrets, workspaces};
use crate::insert_if_new;
use crate::kernel::id::{SecretId, WorkspaceId};
use crate::load_to_change;
use crate::mail::SecretLetter;
use crate::workspaces::numbers;
use diesel::QueryResult;

/// Checked. No `Debug`: there is a value in it.
pub struct NewSecret {
    pub name: SecretName,
    pub value: SecretValue,
    pub description: String,
}

/// What a file of secrets came to, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub added: Vec<String>,
    pub replaced: Vec<String>,
}

pub fn add(db: &mut Db, act: &Act, permit: &Permit<ChangeSecrets>, new: &NewSecret) -> Result<Secret, SecretError> {
    hold(db, permit.workspace)?;
    let made = insert(db, act, permit, new)?;
    fits(db, permit.workspace)?;
    let added = vec![new.name.to_string()];
    told(db, act, permit, Kept { added, ..Kept::default() })?;
    Ok(made)
}

/// A new version, which jobs get from now on. Its number.
pub fn replace(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: SecretId,
    value: &SecretValue,
) -> Result<i64, SecretError> {
    // As with those that are added: two at once are not to fit each for itself.
    hold(db, permit.workspace)?;
    let secret = put_in_place(db, act, permit, id, value)?;
    fits(db, permit.workspace)?;
    let replaced = vec![secret.name.to_string()];
    told(db, act, permit, Kept { replaced, ..Kept::default() })?;
    Ok(secret.version)
}

/// All of a file, or nothing: names that are there get a new version, the others are added. One mail tells of all.
pub fn keep_all(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    all: &[(SecretName, SecretValue)],
) -> Result<Kept, SecretError> {
    hold(db, permit.workspace)?;
    let known: HashMap<SecretName, SecretId> = secret::by_name(db, permit.workspace)?;
    let mut kept = Kept::default();
    for (name, value) in all {
        if let Some(id) = known.get(name) {
            put_in_place(db, act, permit, *id, value)?;
            kept.replaced.push(name.to_string());
        } else {
            let value = SecretValue::new(value.expose().to_owned()).map_err(|_| SecretError::Unreadable)?;
            insert(db, act, permit, &NewSecret { name: name.clone(), value, description: String::new() })?;
            kept.added.push(name.to_string());
        }
    }
    fits(db, permit.workspace)?;
    if !all.is_empty() {
        told(db, act, permit, kept.clone())?;
    }
    Ok(kept)
}

/// Holds the workspace until the transaction ends, so that its secrets are counted one after the other.
pub(super) fn hold(db: &mut Db, workspace: WorkspaceId) -> Result<(), SecretError> {
    let row = workspaces::table.filter(workspaces::id.eq(workspace)).select(workspaces::id);
    let held: Vec<WorkspaceId> = load_to_change!(db, row)?;
    if held.is_empty() { Err(SecretError::Gone) } else { Ok(()) }
}

fn insert(db: &mut Db, act: &Act, permit: &Permit<ChangeSecrets>, new: &NewSecret) -> Result<Secret, SecretError> {
    room_for(db, permit.workspace, 1)?;
    let id: SecretId = act.id();
    let row = Secret {
        id,
        number: numbers::of(db, id.as_str())?,
        workspace_id: permit.workspace,
        name: new.name.clone(),
        description: new.description.clone(),
        version: 1,
        versions: 1,
        is_restricted: false,
        expires_at: None,
        reminded_at: None,
        created_by: Some(permit.actor),
        created_at: act.now,
        changed_by: Some(permit.actor),
        changed_at: act.now,
        last_used_at: None,
        last_used_job: String::new(),
        last_used_by: String::new(),
        deleted_at: None,
        deleted_by: None,
    };
    if insert_if_new!(db, secrets::table, &row)? == 0 {
        return Err(SecretError::Taken);
    }
    versions::add(db, act, &row, permit.actor, &new.value)?;
    let event = SecretEvent::Added { secret: id, name: new.name.to_string() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    Ok(row)
}

fn put_in_place(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: SecretId,
    value: &SecretValue,
) -> Result<Secret, SecretError> {
    let mut secret = to_change(db, permit, id)?;
    secret.version = secret.versions + 1;
    versions::add(db, act, &secret, permit.actor, value)?;
    diesel::update(secrets::table.find(id))
        .set((
            secrets::version.eq(secret.version),
            secrets::versions.eq(secret.version),
            secrets::changed_by.eq(permit.actor),
            secrets::changed_at.eq(act.now),
        ))
        .execute(db)?;
    let event = SecretEvent::Replaced { secret: id, version: secret.version, name: secret.name.to_string() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    Ok(secret)
}

/// The living secret, held until the transaction ends, so that no two changes get one number.
pub(super) fn to_change(db: &mut Db, permit: &Permit<ChangeSecrets>, id: SecretId) -> Result<Secret, SecretError> {
    let living = secrets::table
        .filter(secrets::id.eq(id))
        .filter(secrets::workspace_id.eq(permit.workspace))
        .filter(secrets::deleted_at.is_null());
    let found: Vec<Secret> = load_to_change!(db, living.select(Secret::as_select()))?;
    found.into_iter().next().ok_or(SecretError::Gone)
}

fn told(db: &mut Db, act: &Act, permit: &Permit<ChangeSecrets>, kept: Kept) -> QueryResult<()> {
    let Kept { added, replaced } = kept;
    let letter = |place, path| SecretLetter::Kept { added, replaced, place, path };
    tell(db, act, permit.workspace, Some(permit.actor), letter)
}
