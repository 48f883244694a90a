//! Taking a job with a lease, renewing it, and putting the job back with its outcome.
//!
//! Rule: a run may only be settled by the holder of the lease. Whoever lost it lost the right to say what happened.

use std::time::Duration;

use diesel::prelude::*;

use super::{Failure, State};
use crate::crypto::chance::Chance;
use crate::db::schema::jobs;
use crate::db::{Db, dialect};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::time::{Timestamp, hours, minutes, seconds};

/// How long a worker may stay silent before another takes its job over.
pub const LEASE: Duration = minutes(5);
/// Tries within about two and a half hours, then a person has to look.
pub const MOST_ATTEMPTS: i64 = 12;
const FIRST_PAUSE: Duration = seconds(5);
const LONGEST_PAUSE: Duration = hours(1);
const LONGEST_ERROR: usize = 500;

/// A job in somebody's hands.
pub struct Taken {
    pub id: JobId,
    pub name: String,
    pub request: String,
    pub account: Option<AccountId>,
    pub attempt: i64,
    /// Unlike any other run's, the same worker's earlier ones included.
    holder: String,
}

/// Whether there is anything to take. Locks nothing.
pub fn has_due(db: &mut Db, now: Timestamp) -> QueryResult<bool> {
    for state in [State::Running, State::Waiting] {
        let due = jobs::table.filter(jobs::state.eq(state)).filter(jobs::run_at.le(now)).select(jobs::id).limit(1);
        if due.first::<JobId>(db).optional()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the job that has been due longest. Those whose lease has expired come first.
pub fn take(db: &mut Db, worker: &str, now: Timestamp) -> QueryResult<Option<Taken>> {
    for state in [State::Running, State::Waiting] {
        while let Some(id) = dialect::due_job(db, state.as_str(), now.as_micros())? {
            let id: JobId = id.parse().map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
            let columns = (jobs::name, jobs::request, jobs::account_id, jobs::attempts);
            let (name, request, account, before): (String, String, Option<AccountId>, i64) =
                jobs::table.find(id).select(columns).first(db)?;
            if before >= MOST_ATTEMPTS {
                // Each time it was tried, the process died with it.
                let error = format!("It was begun {before} times and never finished.");
                let outcome = Outcome { state: State::Dead, run_at: now, error };
                write_outcome(db, id, None, &outcome, now)?;
                continue;
            }
            let attempt = before + 1;
            let holder = format!("{worker}/{attempt}/{}", now.as_micros());
            diesel::update(jobs::table.find(id))
                .set((
                    jobs::state.eq(State::Running),
                    jobs::attempts.eq(attempt),
                    jobs::run_at.eq(now.plus(LEASE)),
                    jobs::lease_until.eq(Some(now.plus(LEASE))),
                    jobs::lease_holder.eq(Some(&holder)),
                ))
                .execute(db)?;
            return Ok(Some(Taken { id, name, request, account, attempt, holder }));
        }
    }
    Ok(None)
}

/// Notes how far the job is and renews its lease. False when it is no longer this run's.
pub fn report(db: &mut Db, taken: &Taken, done: i64, total: i64, now: Timestamp) -> QueryResult<bool> {
    let ours = jobs::table
        .filter(jobs::id.eq(taken.id))
        .filter(jobs::state.eq(State::Running))
        .filter(jobs::lease_holder.eq(&taken.holder));
    let changed = diesel::update(ours)
        .set((
            jobs::done.eq(done),
            jobs::total.eq(total),
            jobs::run_at.eq(now.plus(LEASE)),
            jobs::lease_until.eq(Some(now.plus(LEASE))),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// What becomes of a job after a run.
pub struct Outcome {
    pub state: State,
    run_at: Timestamp,
    pub error: String,
}

impl Outcome {
    pub fn of(result: Result<(), Failure>, attempt: i64, chance: &Chance, now: Timestamp) -> Self {
        match result {
            Ok(()) => Self { state: State::Done, run_at: now, error: String::new() },
            Err(Failure::Retry(error)) if attempt < MOST_ATTEMPTS => {
                let error = cut(&error);
                Self { state: State::Waiting, run_at: now.plus(pause(attempt, chance)), error }
            }
            Err(Failure::Retry(error) | Failure::GiveUp(error)) => {
                Self { state: State::Dead, run_at: now, error: cut(&error) }
            }
        }
    }
}

/// Writes the outcome of a run. False when the job is no longer this run's: then nothing was written.
pub fn settle(db: &mut Db, taken: &Taken, outcome: &Outcome, now: Timestamp) -> QueryResult<bool> {
    write_outcome(db, taken.id, Some(&taken.holder), outcome, now)
}

fn write_outcome(db: &mut Db, id: JobId, holder: Option<&str>, outcome: &Outcome, now: Timestamp) -> QueryResult<bool> {
    let finished_at = matches!(outcome.state, State::Done | State::Dead).then_some(now);
    let values = (
        jobs::state.eq(outcome.state),
        jobs::run_at.eq(outcome.run_at),
        jobs::lease_until.eq(None::<Timestamp>),
        jobs::lease_holder.eq(None::<String>),
        jobs::error.eq(&outcome.error),
        jobs::finished_at.eq(finished_at),
    );
    let job = jobs::table.filter(jobs::id.eq(id));
    let changed = match holder {
        Some(holder) => {
            diesel::update(job.filter(jobs::state.eq(State::Running)).filter(jobs::lease_holder.eq(holder)))
                .set(values)
                .execute(db)?
        }
        None => diesel::update(job).set(values).execute(db)?,
    };
    Ok(changed == 1)
}

/// 5 s, 10 s, 20 s … up to an hour; between half and all of it, so that what failed together does not return together.
fn pause(attempt: i64, chance: &Chance) -> Duration {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(20);
    let whole = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    let [a, b] = chance.bytes::<2>();
    whole / 2 + (whole / 2) * u32::from(u16::from_be_bytes([a, b])) / u32::from(u16::MAX)
}

/// One line, of a length that fits a table.
fn cut(error: &str) -> String {
    error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_are_never_the_whole_crowd_at_once() {
        let chance = Chance::seeded(7);
        for attempt in 1..=MOST_ATTEMPTS {
            let whole = seconds((5 << (attempt - 1)).min(3600));
            let pause = pause(attempt, &chance);
            assert!((whole / 2..=whole).contains(&pause), "{attempt}: {pause:?}");
        }
    }

    #[test]
    fn an_error_becomes_one_short_line() {
        let text = cut(&format!("a\r\nb{}", "x".repeat(1000)));
        assert!(text.starts_with("a  bxx"));
        assert_eq!(text.len(), LONGEST_ERROR);
    }
}
