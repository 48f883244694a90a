//! What people see of the queue and may do to it: watch a job, retry or discard one that failed.

use std::time::Duration;

use diesel::prelude::*;

use super::{Job, State};
use crate::crypto::act::Act;
use crate::db::dialect::like_letters;
use crate::db::functions::lower;
use crate::db::schema::jobs;
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::time::{Timestamp, days};

/// How long a finished job can still be looked at.
const REMEMBERED: Duration = days(1);

#[derive(Clone, Debug, Queryable)]
pub struct Progress {
    pub name: String,
    pub account: Option<AccountId>,
    pub state: State,
    pub done: i64,
    /// 0 until the job knows.
    pub total: i64,
    pub error: String,
    pub finished_at: Option<Timestamp>,
}

pub fn progress_of(db: &mut Db, id: JobId) -> QueryResult<Option<Progress>> {
    let columns = (jobs::name, jobs::account_id, jobs::state, jobs::done, jobs::total, jobs::error, jobs::finished_at);
    jobs::table.find(id).select(columns).first(db).optional()
}

/// What a job of this kind was asked to do; `None` when there is no such job (any more).
pub fn request_of<J: Job>(db: &mut Db, id: JobId) -> QueryResult<Option<J::Request>> {
    let request: Option<String> =
        jobs::table.find(id).filter(jobs::name.eq(J::NAME)).select(jobs::request).first(db).optional()?;
    let read =
        |text: String| serde_json::from_str(&text).map_err(|error| DbError::DeserializationError(Box::new(error)));
    request.map(read).transpose()
}

#[derive(Clone, Debug, Queryable)]
pub struct DeadJob {
    pub id: JobId,
    pub name: String,
    pub account: Option<AccountId>,
    pub error: String,
    pub attempts: i64,
    pub created_at: Timestamp,
    /// When it failed for good.
    pub died_at: Timestamp,
    /// What it was asked to do, as JSON.
    pub request: String,
}

/// What all jobs of this kind ask for that are not done, failed ones among them.
pub fn open_requests<J: Job>(db: &mut Db) -> QueryResult<Vec<J::Request>> {
    let open = jobs::table.filter(jobs::name.eq(J::NAME)).filter(jobs::state.ne(State::Done));
    let requests: Vec<String> = open.select(jobs::request).load(db)?;
    // One that cannot be read was written by another program and is dead.
    Ok(requests.iter().filter_map(|request| serde_json::from_str(request).ok()).collect())
}

/// Which of what failed for good.
#[derive(Clone, Debug)]
pub struct AskedDead {
    /// Part of what went wrong, in small letters; empty is all.
    pub words: String,
    /// The last row of the part before.
    pub before: Option<(Timestamp, JobId)>,
    pub most: i64,
}

/// Those asked for, the latest first.
macro_rules! dead {
    ($asked:expr) => {{
        let mut found = jobs::table
            .filter(jobs::state.eq(State::Dead))
            .order((jobs::run_at.desc(), jobs::id.desc()))
            .select((
                jobs::id,
                jobs::name,
                jobs::account_id,
                jobs::error,
                jobs::attempts,
                jobs::created_at,
                jobs::run_at,
                jobs::request,
            ))
            .limit($asked.most)
            .into_boxed();
        if !$asked.words.is_empty() {
            let like = format!("%{}%", like_letters(&$asked.words));
            found = found.filter(lower(jobs::error).like(like).escape('!'));
        }
        if let Some((at, id)) = $asked.before {
            found = found.filter(jobs::run_at.lt(at).or(jobs::run_at.eq(at).and(jobs::id.lt(id))));
        }
        found
    }};
}

/// Jobs that failed for good, the latest first. `before` is the last row of the page shown before.
pub fn dead(db: &mut Db, before: Option<(Timestamp, JobId)>, most: i64) -> QueryResult<Vec<DeadJob>> {
    dead!(AskedDead { words: String::new(), before, most }).load(db)
}

/// Those of one kind.
pub fn dead_of<J: Job>(db: &mut Db, asked: &AskedDead) -> QueryResult<Vec<DeadJob>> {
    dead!(asked).filter(jobs::name.eq(J::NAME)).load(db)
}

/// Those of every kind but one, which has a list of its own.
pub fn dead_but<J: Job>(db: &mut Db, asked: &AskedDead) -> QueryResult<Vec<DeadJob>> {
    dead!(asked).filter(jobs::name.ne(J::NAME)).load(db)
}

/// Gives a failed job all its tries again. False when it is not a failed one (any more).
pub fn retry(db: &mut Db, act: &Act, id: JobId) -> QueryResult<bool> {
    let changed = diesel::update(jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(State::Dead)))
        .set((
            jobs::state.eq(State::Waiting),
            jobs::attempts.eq(0_i64),
            jobs::run_at.eq(act.now),
            jobs::finished_at.eq(None::<Timestamp>),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Removes a failed job; its name, for the record, if there was one.
pub fn discard(db: &mut Db, id: JobId) -> QueryResult<Option<String>> {
    let failed = jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(State::Dead));
    let name: Option<String> = failed.select(jobs::name).first(db).optional()?;
    let removed =
        diesel::delete(jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(State::Dead))).execute(db)?;
    Ok(name.filter(|_| removed == 1))
}

/// How many jobs there are that are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub waiting: i64,
    pub running: i64,
    pub dead: i64,
}

pub fn standing(db: &mut Db) -> QueryResult<Standing> {
    let mut count = |state: State| jobs::table.filter(jobs::state.eq(state)).count().get_result(db);
    Ok(Standing { waiting: count(State::Waiting)?, running: count(State::Running)?, dead: count(State::Dead)? })
}

/// Forgets what was finished more than a day ago. Failed jobs stay until somebody decides.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let old = jobs::table.filter(jobs::state.eq(State::Done)).filter(jobs::run_at.lt(now.minus(REMEMBERED)));
    diesel::delete(old).execute(db)
}
