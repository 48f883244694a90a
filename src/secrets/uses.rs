//! Which jobs got a secret: its access log.

use std::time::Duration;

use diesel::prelude::*;

use super::Secret;
use super::tokens::Granted;
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{secret_uses, secrets};
use crate::insert_if_new;
use crate::kernel::id::{ProjectId, SecretId, SecretUseId, WorkspaceId};
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::{Timestamp, days};
use diesel::QueryResult;

/// How long it is remembered who got a secret.
pub(super) const REMEMBERED: Duration = days(400);
/// More jobs are not named before a deletion.
const MOST_JOBS: i64 = 20;

/// One time a job got it.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
// Several go in at once, each with all of its columns.
#[diesel(table_name = secret_uses, treat_none_as_default_value = false)]
pub struct Use {
    pub id: SecretUseId,
    pub secret_id: SecretId,
    pub workspace_id: WorkspaceId,
    pub version: i64,
    pub project_id: Option<ProjectId>,
    pub job: String,
    /// What fetched it, by its own account.
    pub program: String,
    pub address: String,
    pub at: Timestamp,
}

/// Notes that all of these went to one job.
pub(super) fn note(db: &mut Db, act: &Act, granted: &Granted, all: &[Secret]) -> QueryResult<()> {
    let program = agent_in_words(&act.origin.agent);
    let rows: Vec<Use> = all
        .iter()
        .map(|secret| Use {
            id: act.id(),
            secret_id: secret.id,
            workspace_id: secret.workspace_id,
            version: secret.version,
            project_id: granted.project_id,
            job: granted.job.clone(),
            program: program.clone(),
            address: act.origin.address_text(),
            at: act.now,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    insert_if_new!(db, secret_uses::table, &rows)?;
    let used = secrets::table.filter(secrets::id.eq_any(all.iter().map(|secret| secret.id)));
    diesel::update(used)
        .set((
            secrets::last_used_at.eq(act.now),
            secrets::last_used_job.eq(&granted.job),
            secrets::last_used_by.eq(&program),
        ))
        .execute(db)?;
    Ok(())
}

/// A part of it, the latest first: those before `before`.
pub fn of(db: &mut Db, secret: SecretId, before: Option<SecretUseId>, most: i64) -> QueryResult<Vec<Use>> {
    let mut found = secret_uses::table
        .filter(secret_uses::secret_id.eq(secret))
        .order(secret_uses::id.desc())
        .select(Use::as_select())
        .limit(most)
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(secret_uses::id.lt(before));
    }
    found.load(db)
}

/// The last use of each version that was used.
pub fn last_of_versions(db: &mut Db, secret: SecretId) -> QueryResult<Vec<(i64, Option<Timestamp>)>> {
    secret_uses::table
        .filter(secret_uses::secret_id.eq(secret))
        .group_by(secret_uses::version)
        .select((secret_uses::version, diesel::dsl::max(secret_uses::at)))
        .load(db)
}

pub(super) fn count_since(db: &mut Db, secret: SecretId, since: Timestamp) -> QueryResult<i64> {
    let lately = secret_uses::table.filter(secret_uses::secret_id.eq(secret)).filter(secret_uses::at.ge(since));
    lately.count().get_result(db)
}

pub(super) fn jobs_since(db: &mut Db, secret: SecretId, since: Timestamp) -> QueryResult<Vec<(String, i64)>> {
    secret_uses::table
        .filter(secret_uses::secret_id.eq(secret))
        .filter(secret_uses::at.ge(since))
        .group_by(secret_uses::job)
        .order((diesel::dsl::max(secret_uses::at).desc(), secret_uses::job))
        .select((secret_uses::job, diesel::dsl::count_star()))
        .limit(MOST_JOBS)
        .load(db)
}
