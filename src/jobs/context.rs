//! What a running job is given.

use super::Failure;
use super::queue::{self, Taken};
use crate::crypto::act::Act;
use crate::db::{Db, DbError, Store};
use crate::kernel::clock::Clock;
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::region::Region;

/// One run of one job. `act` holds the circumstances at its start; a long job takes fresh ones from [`JobContext::act`].
pub struct JobContext<'a> {
    pub store: &'a Store,
    pub region: Region,
    pub act: Act,
    pub id: JobId,
    pub account: Option<AccountId>,
    /// 1 the first time.
    pub attempt: i64,
    pub(super) taken: &'a Taken,
    pub(super) clock: &'a Clock,
}

impl JobContext<'_> {
    /// The circumstances of this very moment.
    pub fn act(&self) -> Act {
        Act { now: self.clock.now(), ..self.act.clone() }
    }

    /// Works part by part until one finds nothing left. Each is a transaction of its own, so that nobody waits behind a
    /// long one; what was done stays done when a later one fails. A part says how much it found.
    pub fn in_parts(&self, part: impl Fn(&mut Db) -> Result<usize, DbError>) -> Result<(), Failure> {
        while self.store.write_now(&part)? > 0 {}
        Ok(())
    }

    /// Tells the page that watches how far it is, and renews the lease. A job that takes minutes calls this often.
    /// Fails when another worker has taken the job over meanwhile: then this run must stop.
    pub fn progress(&mut self, done: i64, total: i64) -> Result<(), Failure> {
        let now = self.clock.now();
        let is_ours = self.store.write_now(|db| queue::report(db, self.taken, done, total, now))?;
        if is_ours { Ok(()) } else { Err(Failure::Retry("Another worker has taken this job over.".to_owned())) }
    }
}
