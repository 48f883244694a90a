//! The engine that does work later: a queue in each region's database, and workers that take from it.
//!
//! Rule: a job is enqueued in the transaction of the change that needs it, so neither is there without the other. It may
//! run more than once (a process can die after the work and before the tick), so every job must be safe to repeat.
//! This room knows no concrete job; each stands in the room whose work it does.

mod context;
mod desk;
mod queue;
mod registry;
pub mod schedule;
mod worker;

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::crypto::act::Act;
use crate::db::schema::jobs;
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::time::Timestamp;
use crate::text_enum;

pub use context::JobContext;
pub use desk::{
    AskedDead, DeadJob, Progress, Standing, dead, dead_but, dead_of, discard, open_requests, progress_of, request_of,
    retry, standing, sweep,
};
pub use queue::{LEASE, MOST_ATTEMPTS};
pub use registry::Registry;
pub use worker::Worker;

/// One kind of work. The handler owns what it needs; the request is what differs from one time to the next.
pub trait Job: Send + Sync + 'static {
    /// Stored with each job and part of its key: never changed once released.
    const NAME: &'static str;
    /// Stored as JSON in plain text: ids and counts, never a secret and nothing personal.
    type Request: Serialize + DeserializeOwned + Send;

    fn run(&self, request: Self::Request, job: &mut JobContext<'_>) -> Result<(), Failure>;
}

/// Why a job did not do its work. The texts are shown to administrators: no secrets and no addresses in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Worth trying again after a while.
    #[error("{0}")]
    Retry(String),
    /// Trying again cannot help.
    #[error("{0}")]
    GiveUp(String),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Retry(format!("The database failed: {error}"))
    }
}

text_enum! {
    pub enum State {
        Waiting = "waiting",
        /// Taken by a worker whose lease runs until `run_at`.
        Running = "running",
        Done = "done",
        /// Failed for good; stays until an administrator retries or discards it.
        Dead = "dead",
    }
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A second job of this kind with the same key is not enqueued, as long as the first is remembered.
    pub key: Option<String>,
    /// At once when absent.
    pub run_at: Option<Timestamp>,
    /// Whose job this is: it goes when the account goes.
    pub account: Option<AccountId>,
}

/// Puts a job into the queue of this region. `None` when one with this key is there already.
pub fn enqueue<J: Job>(db: &mut Db, act: &Act, request: &J::Request, options: Options) -> QueryResult<Option<JobId>> {
    let id = act.id::<JobId>();
    let request = serde_json::to_string(request).map_err(|error| DbError::SerializationError(Box::new(error)))?;
    let new = (
        jobs::id.eq(id),
        jobs::name.eq(J::NAME),
        jobs::key.eq(options.key.map(|key| format!("{}:{key}", J::NAME))),
        jobs::account_id.eq(options.account),
        jobs::request.eq(request),
        jobs::state.eq(State::Waiting),
        jobs::run_at.eq(options.run_at.unwrap_or(act.now)),
        jobs::attempts.eq(0_i64),
        jobs::error.eq(""),
        jobs::done.eq(0_i64),
        jobs::total.eq(0_i64),
        jobs::created_at.eq(act.now),
    );
    let added = crate::insert_if_new!(db, jobs::table, &new)?;
    Ok((added == 1).then_some(id))
}
