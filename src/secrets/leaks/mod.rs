//! Leak drills: what is done after the value of a secret got out, step by step, and the record of it.
//!
//! Rule: a version that leaked never becomes the one that jobs get again, unless it was a false alarm. Jobs go on getting
//! it until it is replaced, unless somebody chose to keep it from them.

mod keys;
mod marking;
mod places;
mod progress;

use std::collections::HashSet;

use diesel::QueryResult;
use diesel::prelude::*;

use super::{Secret, SecretName};
use crate::db::Db;
use crate::db::schema::{leak_drills, secrets};
use crate::kernel::id::{AccountId, LeakDrillId, SecretId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::text_enum;

pub use keys::{Dependent, MOST_KEYS, State};
pub use marking::{close, mark, open, withhold};
pub use places::{MOST_FETCHES, Place, Places, of_version};
pub use progress::{Mark, Progress, progress};

/// More are not listed at once.
const MOST: i64 = 50;

text_enum! {
    /// In the order in which they are to be done.
    pub enum Step {
        /// Where the value came from, so that it is worth nothing.
        Revoke = "revoke",
        /// Here: done by itself.
        Replace = "replace",
        /// The keys that whoever had the value may have reached: done by itself, or when somebody says so.
        Rotate = "rotate",
        /// What was done with it by others.
        Check = "check",
    }
}

/// One leak. Kept as long as its secret.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = leak_drills)]
pub struct Drill {
    pub id: LeakDrillId,
    pub secret_id: SecretId,
    pub workspace_id: WorkspaceId,
    /// The one whose value got out.
    pub version: i64,
    /// Whether jobs do not get it.
    pub is_withheld: bool,
    pub is_false_alarm: bool,
    pub opened_by: Option<AccountId>,
    pub opened_at: Timestamp,
    pub closed_by: Option<AccountId>,
    pub closed_at: Option<Timestamp>,
    /// Why it was closed before all was done; else empty.
    pub reason: String,
}

impl Drill {
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// Whether what jobs get is what got out.
    pub fn is_present(&self, secret: &Secret) -> bool {
        secret.version == self.version && !self.is_false_alarm
    }
}

/// A drill of this workspace with its secret, which may be deleted meanwhile.
pub fn one(db: &mut Db, workspace: WorkspaceId, id: LeakDrillId) -> QueryResult<Option<(Drill, Secret)>> {
    leak_drills::table
        .inner_join(secrets::table)
        .filter(leak_drills::id.eq(id))
        .filter(leak_drills::workspace_id.eq(workspace))
        .select((Drill::as_select(), Secret::as_select()))
        .first(db)
        .optional()
}

/// The drills of a workspace that are not closed, the newest first.
pub fn open_ones(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Vec<(Drill, SecretName)>> {
    leak_drills::table
        .inner_join(secrets::table)
        .filter(leak_drills::workspace_id.eq(workspace))
        .filter(leak_drills::closed_at.is_null())
        .order(leak_drills::id.desc())
        .select((Drill::as_select(), secrets::name))
        .limit(MOST)
        .load(db)
}

/// The drills of a secret, the newest first.
pub fn of_secret(db: &mut Db, secret: SecretId) -> QueryResult<Vec<Drill>> {
    leak_drills::table
        .filter(leak_drills::secret_id.eq(secret))
        .order(leak_drills::id.desc())
        .select(Drill::as_select())
        .limit(MOST)
        .load(db)
}

/// The secrets of a workspace of which jobs get a version that got out.
pub fn leaked(db: &mut Db, workspace: WorkspaceId) -> QueryResult<HashSet<SecretId>> {
    let ids: Vec<SecretId> = leak_drills::table
        .inner_join(secrets::table)
        .filter(leak_drills::workspace_id.eq(workspace))
        .filter(leak_drills::is_false_alarm.eq(false))
        .filter(leak_drills::version.eq(secrets::version))
        .select(leak_drills::secret_id)
        .load(db)?;
    Ok(ids.into_iter().collect())
}

/// Whether this version may not be the one that jobs get.
pub(super) fn bars(db: &mut Db, secret: SecretId, version: i64) -> QueryResult<bool> {
    let leaks = leak_drills::table
        .filter(leak_drills::secret_id.eq(secret))
        .filter(leak_drills::version.eq(version))
        .filter(leak_drills::is_false_alarm.eq(false));
    Ok(leaks.count().get_result::<i64>(db)? > 0)
}

/// What jobs of a workspace do not get although it is theirs.
pub(super) fn withheld(db: &mut Db, workspace: WorkspaceId) -> QueryResult<HashSet<(SecretId, i64)>> {
    let found: Vec<(SecretId, i64)> = leak_drills::table
        .filter(leak_drills::workspace_id.eq(workspace))
        .filter(leak_drills::is_withheld.eq(true))
        .filter(leak_drills::is_false_alarm.eq(false))
        .select((leak_drills::secret_id, leak_drills::version))
        .load(db)?;
    Ok(found.into_iter().collect())
}
