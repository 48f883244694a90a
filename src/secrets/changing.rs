//! What can be changed of a secret beside its value: description, expiry, which projects get it, which version counts.

use diesel::prelude::*;

use super::adding::to_change;
use super::telling::{record, tell};
use super::{SecretError, leaks, secret, versions};
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::activity::SecretEvent;
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{projects, secret_projects, secrets};
use crate::kernel::id::{ProjectId, SecretId};
use crate::kernel::names::{BadText, several_lines};
use crate::kernel::time::Timestamp;
use crate::mail::SecretLetter;

/// What the form holds. Checked.
#[derive(Clone, Debug)]
pub struct Changed {
    pub description: String,
    pub expires_at: Option<Timestamp>,
    /// `None`: the jobs of every project get it.
    pub projects: Option<Vec<ProjectId>>,
}

/// Some lines, up to 500 characters; may be empty.
pub fn description(typed: &str) -> Result<String, BadText> {
    several_lines(typed, 500)
}

/// Saves it. Projects of another workspace are left out, and deleted ones that it was not restricted to before.
pub fn save(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: SecretId,
    new: &Changed,
) -> Result<(), SecretError> {
    let old = to_change(db, permit, id)?;
    let before = if old.is_restricted { Some(secret::projects_of(db, id)?) } else { None };
    let after = match &new.projects {
        None => None,
        Some(chosen) => {
            // One in the trash can come back, and is to find the secret as it was.
            let had = before.clone().unwrap_or_default();
            let mine = projects::table
                .filter(projects::id.eq_any(chosen))
                .filter(projects::workspace_id.eq(permit.workspace))
                .filter(projects::deleted_at.is_null().or(projects::id.eq_any(had)));
            Some(mine.order(projects::id).select(projects::id).load::<ProjectId>(db)?)
        }
    };
    let (has_new_expiry, has_new_reach) = (old.expires_at != new.expires_at, before != after);
    let mut fields = Vec::new();
    for (field, is_new) in
        [("description", old.description != new.description), ("expiry", has_new_expiry), ("projects", has_new_reach)]
    {
        fields.extend(is_new.then_some(field));
    }
    if fields.is_empty() {
        return Ok(());
    }
    diesel::update(secrets::table.find(id))
        .set((
            secrets::description.eq(&new.description),
            secrets::expires_at.eq(new.expires_at),
            secrets::reminded_at.eq(if has_new_expiry { None } else { old.reminded_at }),
            secrets::is_restricted.eq(after.is_some()),
            secrets::changed_by.eq(permit.actor),
            secrets::changed_at.eq(act.now),
        ))
        .execute(db)?;
    if has_new_reach {
        diesel::delete(secret_projects::table.filter(secret_projects::secret_id.eq(id))).execute(db)?;
        for project in after.into_iter().flatten() {
            let row = (
                secret_projects::secret_id.eq(id),
                secret_projects::project_id.eq(project),
                secret_projects::workspace_id.eq(permit.workspace),
            );
            diesel::insert_into(secret_projects::table).values(row).execute(db)?;
        }
    }
    let name = old.name.to_string();
    let event = SecretEvent::Changed { secret: id, fields, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    if has_new_expiry || has_new_reach {
        let letter = |place, path| SecretLetter::Changed { name, place, path };
        tell(db, act, permit.workspace, Some(permit.actor), letter)?;
    }
    Ok(())
}

/// Lets an older version, or after that a newer one, be the one that jobs get. It must open.
pub fn roll_back(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: SecretId,
    version: i64,
) -> Result<(), SecretError> {
    let secret = to_change(db, permit, id)?;
    if version == secret.version {
        return Ok(());
    }
    if !versions::of(db, id)?.iter().any(|one| one.version == version) {
        return Err(SecretError::Gone);
    }
    if leaks::bars(db, id, version)? {
        return Err(SecretError::Leaked);
    }
    versions::value(db, act, &secret, version)?.map_err(|_| SecretError::Unreadable)?;
    diesel::update(secrets::table.find(id))
        .set((secrets::version.eq(version), secrets::changed_by.eq(permit.actor), secrets::changed_at.eq(act.now)))
        .execute(db)?;
    let name = secret.name.to_string();
    let event = SecretEvent::RolledBack { secret: id, version, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    let letter = |place, path| SecretLetter::RolledBack { name, version, place, path };
    Ok(tell(db, act, permit.workspace, Some(permit.actor), letter)?)
}
