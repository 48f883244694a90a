//! How far a drill is: what somebody said is done, and what is done by itself.

use diesel::QueryResult;
use diesel::prelude::*;

use super::keys::{self, Dependent, MOST_KEYS, State};
use super::{Drill, Step};
use crate::db::Db;
use crate::db::schema::{leak_steps, secret_versions};
use crate::kernel::id::AccountId;
use crate::kernel::time::Timestamp;
use crate::secrets::Secret;
use crate::secrets::versions::Entry;

/// Said by a person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = leak_steps)]
pub struct Mark {
    pub step: Step,
    pub note: String,
    pub done_by: Option<AccountId>,
    pub done_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Progress {
    pub marks: Vec<Mark>,
    /// The first version that was made after the leak was marked.
    pub replacement: Option<Entry>,
    /// Nothing hands the value out any more.
    pub is_deleted: bool,
    /// At most [`MOST_KEYS`].
    pub keys: Vec<Dependent>,
    pub has_more_keys: bool,
}

impl Progress {
    pub fn mark(&self, step: Step) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.step == step)
    }

    /// Whether a step is done without anybody saying so.
    pub fn is_done_by_itself(&self, step: Step) -> bool {
        match step {
            Step::Replace => self.replacement.is_some() || self.is_deleted,
            Step::Rotate => !self.has_more_keys && self.keys.iter().all(|key| key.state != State::Live),
            Step::Revoke | Step::Check => false,
        }
    }

    pub fn is_done(&self, step: Step) -> bool {
        self.mark(step).is_some() || self.is_done_by_itself(step)
    }

    pub fn done(&self) -> usize {
        Step::ALL.iter().filter(|step| self.is_done(**step)).count()
    }

    pub fn is_all_done(&self) -> bool {
        self.done() == Step::ALL.len()
    }
}

pub fn progress(db: &mut Db, drill: &Drill, secret: &Secret, now: Timestamp) -> QueryResult<Progress> {
    let marks =
        leak_steps::table.filter(leak_steps::drill_id.eq(drill.id)).select(Mark::as_select()).load::<Mark>(db)?;
    let replacement = secret_versions::table
        .filter(secret_versions::secret_id.eq(secret.id))
        .filter(secret_versions::version.gt(drill.version))
        .filter(secret_versions::made_at.gt(drill.opened_at))
        .order(secret_versions::version)
        .select(Entry::as_select())
        .first(db)
        .optional()?;
    let mut keys = keys::of(db, drill, secret, now)?;
    let most = usize::try_from(MOST_KEYS).unwrap_or(usize::MAX);
    let has_more_keys = keys.len() > most;
    keys.truncate(most);
    Ok(Progress { marks, replacement, is_deleted: secret.deleted_at.is_some(), keys, has_more_keys })
}
