//! Deleting a secret: jobs stop getting it at once, for 30 days it can be had back, then a job erases it.

use std::time::Duration;

use diesel::prelude::*;

use super::adding::{hold, to_change};
use super::room::fits;
use super::telling::{record, tell};
use super::{MOST, MOST_WITH_DELETED, Secret, SecretError, uses};
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::activity::SecretEvent;
use crate::crypto::act::Act;
use crate::db::schema::{leak_drills, leak_steps, numbers, secret_projects, secret_uses, secret_versions, secrets};
use crate::db::{Db, DbError};
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::{SecretId, WorkspaceId};
use crate::kernel::time::{Timestamp, days};
use crate::load_to_change;
use crate::mail::SecretLetter;
use diesel::QueryResult;

/// How long a deleted secret can be had back.
pub const KEPT_DAYS: u64 = 30;
pub const KEPT: Duration = days(KEPT_DAYS);
/// At a time, so that no transaction takes long.
const BATCH: i64 = 50;

/// What deleting it would take along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequences {
    pub versions: i64,
    /// Of the last 30 days.
    pub fetches: i64,
    /// The jobs that fetched it in these days, the latest first, and how often.
    pub jobs: Vec<(String, i64)>,
}

pub fn consequences(db: &mut Db, act: &Act, id: SecretId) -> QueryResult<Consequences> {
    let since = act.now.minus(KEPT);
    Ok(Consequences {
        versions: secret_versions::table.filter(secret_versions::secret_id.eq(id)).count().get_result(db)?,
        fetches: uses::count_since(db, id, since)?,
        jobs: uses::jobs_since(db, id, since)?,
    })
}

/// Takes it out of every environment. Until when it can be had back.
pub fn delete(db: &mut Db, act: &Act, permit: &Permit<ChangeSecrets>, id: SecretId) -> Result<Timestamp, SecretError> {
    let secret = to_change(db, permit, id)?;
    diesel::update(secrets::table.find(id))
        .set((secrets::deleted_at.eq(act.now), secrets::deleted_by.eq(permit.actor)))
        .execute(db)?;
    let (name, erase_at) = (secret.name.to_string(), act.now.plus(KEPT));
    let event = SecretEvent::Deleted { secret: id, erase_at, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    let letter = |place, path| SecretLetter::Deleted { name, erase_at, place, path };
    tell(db, act, permit.workspace, Some(permit.actor), letter)?;
    Ok(erase_at)
}

/// Those that can be had back, the one deleted last first.
pub fn of_workspace(db: &mut Db, workspace: WorkspaceId, now: Timestamp) -> QueryResult<Vec<Secret>> {
    secrets::table
        .filter(secrets::workspace_id.eq(workspace))
        .filter(secrets::deleted_at.gt(now.minus(KEPT)))
        .order((secrets::deleted_at.desc(), secrets::id.desc()))
        .select(Secret::as_select())
        .limit(MOST_WITH_DELETED)
        .load(db)
}

/// Brings it back with its versions, unless another took its name meanwhile.
pub fn restore(db: &mut Db, act: &Act, permit: &Permit<ChangeSecrets>, id: SecretId) -> Result<Secret, SecretError> {
    // Else somebody could add one of the same name at the same time.
    hold(db, permit.workspace)?;
    let deleted = secrets::table
        .filter(secrets::id.eq(id))
        .filter(secrets::workspace_id.eq(permit.workspace))
        .filter(secrets::deleted_at.gt(act.now.minus(KEPT)));
    let found: Vec<Secret> = load_to_change!(db, deleted.select(Secret::as_select()))?;
    let secret = found.into_iter().next().ok_or(SecretError::Gone)?;
    let living =
        secrets::table.filter(secrets::workspace_id.eq(permit.workspace)).filter(secrets::deleted_at.is_null());
    if living.count().get_result::<i64>(db)? >= MOST {
        return Err(SecretError::TooMany);
    }
    if living.filter(secrets::name.eq(&secret.name)).count().get_result::<i64>(db)? > 0 {
        return Err(SecretError::Taken);
    }
    diesel::update(secrets::table.find(id))
        .set((
            secrets::deleted_at.eq(None::<Timestamp>),
            secrets::deleted_by.eq(None::<crate::kernel::id::AccountId>),
            secrets::changed_by.eq(permit.actor),
            secrets::changed_at.eq(act.now),
        ))
        .execute(db)?;
    fits(db, permit.workspace)?;
    let name = secret.name.to_string();
    let event = SecretEvent::Restored { secret: id, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    let letter = |place, path| SecretLetter::Restored { name, place, path };
    tell(db, act, permit.workspace, Some(permit.actor), letter)?;
    Ok(secret)
}

/// Erases what has been deleted for long enough.
pub struct PurgeSecrets;

impl Job for PurgeSecrets {
    const NAME: &'static str = "purge_secrets";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        job.in_parts(|db| purge_some(db, &act))
    }
}

fn purge_some(db: &mut Db, act: &Act) -> Result<usize, DbError> {
    let due = secrets::table
        .filter(secrets::deleted_at.le(act.now.minus(KEPT)))
        .order(secrets::id)
        .select((secrets::id, secrets::workspace_id))
        .limit(BATCH);
    let due: Vec<(SecretId, WorkspaceId)> = load_to_change!(db, due)?;
    for (id, workspace) in &due {
        let drills = leak_drills::table.filter(leak_drills::secret_id.eq(id));
        diesel::delete(leak_steps::table.filter(leak_steps::drill_id.eq_any(drills.select(leak_drills::id))))
            .execute(db)?;
        diesel::delete(drills).execute(db)?;
        diesel::delete(secret_uses::table.filter(secret_uses::secret_id.eq(id))).execute(db)?;
        diesel::delete(secret_projects::table.filter(secret_projects::secret_id.eq(id))).execute(db)?;
        diesel::delete(secret_versions::table.filter(secret_versions::secret_id.eq(id))).execute(db)?;
        diesel::delete(numbers::table.filter(numbers::id.eq(id.as_str()))).execute(db)?;
        diesel::delete(secrets::table.find(id)).execute(db)?;
        record(db, act, *workspace, None, SecretEvent::Erased { secret: *id })?;
    }
    Ok(due.len())
}
