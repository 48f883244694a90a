//! Which jobs got a secret: its access log.

use std::time::Duration;

use diesel::prelude::*;

use super::tokens::Granted;
use super::{Secret, versions};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{secret_uses, secrets};
use crate::insert_if_new;
use crate::kernel::id::{AccountId, Id, ProjectId, SecretId, SecretUseId, WorkspaceId};
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::{Timestamp, days};
use diesel::QueryResult;

/// How long it is remembered who got a secret.
const REMEMBERED: Duration = days(400);
/// Swept at a time, so that no transaction takes long.
const BATCH: i64 = 500;
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
    /// The name of the service token that the job was started with; may be empty.
    pub service_token: String,
    /// Who had it fetched outside of the platform's jobs: the person, or whoever made the key.
    pub account_id: Option<AccountId>,
    /// What that key was called then.
    pub key_name: Option<String>,
}

/// Who had it fetched: a service token for a job of the platform, else a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Whom {
    pub service_token: String,
    pub account_id: Option<AccountId>,
    pub key_name: Option<String>,
}

/// Notes that all of these went to one job.
pub(super) fn note(db: &mut Db, act: &Act, granted: &Granted, whom: &Whom, all: &[Secret]) -> QueryResult<()> {
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
            service_token: whom.service_token.clone(),
            account_id: whom.account_id,
            key_name: whom.key_name.clone(),
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

/// The last use of each version that is kept and was used. One step into an index for each, however long the log.
pub fn last_of_versions(db: &mut Db, secret: SecretId) -> QueryResult<Vec<(i64, Timestamp)>> {
    let mut last = Vec::new();
    for kept in versions::of(db, secret)? {
        let latest: Option<Timestamp> = secret_uses::table
            .filter(secret_uses::secret_id.eq(secret))
            .filter(secret_uses::version.eq(kept.version))
            .order(secret_uses::at.desc())
            .select(secret_uses::at)
            .first(db)
            .optional()?;
        last.extend(latest.map(|at| (kept.version, at)));
    }
    Ok(last)
}

/// Those since then. Ids begin with their time, so that the index of the log is enough to find the first of them.
macro_rules! since {
    ($secret:expr, $since:expr) => {
        secret_uses::table
            .filter(secret_uses::secret_id.eq($secret))
            .filter(secret_uses::id.ge(SecretUseId::from_parts($since, [0; 10])))
            .filter(secret_uses::at.ge($since))
    };
}

pub(super) fn count_since(db: &mut Db, secret: SecretId, since: Timestamp) -> QueryResult<i64> {
    since!(secret, since).count().get_result(db)
}

pub(super) fn jobs_since(db: &mut Db, secret: SecretId, since: Timestamp) -> QueryResult<Vec<(String, i64)>> {
    since!(secret, since)
        .group_by(secret_uses::job)
        .order((diesel::dsl::max(secret_uses::at).desc(), secret_uses::job))
        .select((secret_uses::job, diesel::dsl::count_star()))
        .limit(MOST_JOBS)
        .load(db)
}

/// Takes some of those away that are too old; how many.
pub(super) fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let old: Vec<SecretUseId> = secret_uses::table
        .filter(secret_uses::at.le(now.minus(REMEMBERED)))
        .order(secret_uses::at)
        .select(secret_uses::id)
        .limit(BATCH)
        .load(db)?;
    diesel::delete(secret_uses::table.filter(secret_uses::id.eq_any(old))).execute(db)
}
