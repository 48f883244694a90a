//! What one job fetches its environment with.
//!
//! Rule: for one job, once, for minutes. The digest is kept; a token that was used is told from one that never was by
//! nobody.

use std::time::Duration;

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, Token, TokenDigest};
use crate::db::Db;
use crate::db::schema::{accounts, environment_tokens, organizations, projects, workspaces};
use crate::kernel::id::{ProjectId, ServiceTokenId, WorkspaceId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, hours};
use diesel::QueryResult;

/// What a token is for. Checked: the job's name may be shown to others.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = environment_tokens)]
pub struct Granted {
    pub workspace_id: WorkspaceId,
    pub project_id: Option<ProjectId>,
    /// As the platform calls it.
    pub job: String,
    /// Whether it also gets the project's development key.
    pub is_privileged: bool,
}

/// The program that asked for a token: what it got ends with its own.
#[derive(Clone, Debug)]
pub struct Asker {
    pub id: ServiceTokenId,
    pub name: String,
}

/// Makes a token that nobody asked for by a service token.
pub fn issue(
    db: &mut Db,
    act: &Act,
    region: Region,
    granted: &Granted,
    valid_for: Duration,
) -> QueryResult<Option<(PlainToken, Timestamp)>> {
    issue_to(db, act, region, granted, valid_for, None)
}

/// Makes a token and hands out its only copy. `None`: the workspace or the project is not there, or shut.
pub fn issue_to(
    db: &mut Db,
    act: &Act,
    region: Region,
    granted: &Granted,
    valid_for: Duration,
    asker: Option<&Asker>,
) -> QueryResult<Option<(PlainToken, Timestamp)>> {
    if !is_open(db, granted)? {
        return Ok(None);
    }
    let (token, digest) = Token::mint(&act.chance, region.letter());
    let expires_at = act.now.plus(valid_for);
    diesel::insert_into(environment_tokens::table)
        .values((
            granted,
            environment_tokens::digest.eq(&digest),
            environment_tokens::created_at.eq(act.now),
            environment_tokens::expires_at.eq(expires_at),
            environment_tokens::service_token_id.eq(asker.map(|asker| asker.id)),
            environment_tokens::service_token.eq(asker.map_or("", |asker| &asker.name)),
        ))
        .execute(db)?;
    Ok(Some((token, expires_at)))
}

/// The row of a token that was not used and is not too old.
macro_rules! good {
    ($digest:expr, $now:expr) => {
        environment_tokens::table
            .find($digest.as_str())
            .filter(environment_tokens::used_at.is_null())
            .filter(environment_tokens::expires_at.gt($now))
    };
}

/// A token that was neither used nor is too old.
pub struct Good {
    pub service_token: Option<ServiceTokenId>,
}

/// Whether it is worth asking for the environment, for whoever would open a write for just any text, and the service
/// token that must be live for it. What uses the token up decides anew.
pub fn look(db: &mut Db, digest: &TokenDigest, now: Timestamp) -> QueryResult<Option<Good>> {
    let service_token = good!(digest, now).select(environment_tokens::service_token_id).first(db).optional()?;
    Ok(service_token.map(|service_token| Good { service_token }))
}

/// Uses a token up; what it is for, and the name of the service token that asked for it. Of many at once, one gets through.
pub(super) fn take(db: &mut Db, act: &Act, digest: &TokenDigest) -> QueryResult<Option<(Granted, String)>> {
    if diesel::update(good!(digest, act.now)).set(environment_tokens::used_at.eq(act.now)).execute(db)? == 0 {
        return Ok(None);
    }
    let stored = environment_tokens::table.find(digest.as_str());
    let (granted, asker): (Granted, String) =
        stored.select((Granted::as_select(), environment_tokens::service_token)).first(db)?;
    // Deleted, closed or suspended since.
    Ok(if is_open(db, &granted)? { Some((granted, asker)) } else { None })
}

/// Whether jobs may run for this workspace and in this project now.
fn is_open(db: &mut Db, granted: &Granted) -> QueryResult<bool> {
    let open = workspaces::table
        .left_join(organizations::table)
        .left_join(accounts::table.on(accounts::id.eq(workspaces::id)))
        .filter(workspaces::id.eq(granted.workspace_id))
        .filter(organizations::erase_at.is_null())
        .filter(organizations::suspended_at.is_null())
        .filter(accounts::status.is_null().or(accounts::status.eq("active")));
    if open.count().get_result::<i64>(db)? == 0 {
        return Ok(false);
    }
    let Some(project) = granted.project_id else { return Ok(true) };
    let live = projects::table
        .find(project)
        .filter(projects::workspace_id.eq(granted.workspace_id))
        .filter(projects::deleted_at.is_null());
    Ok(live.count().get_result::<i64>(db)? == 1)
}

/// Takes away what is of no more use.
pub(super) fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let old = environment_tokens::table.filter(environment_tokens::expires_at.le(now.minus(hours(1))));
    diesel::delete(old).execute(db)
}
