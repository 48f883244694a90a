//! Takes due jobs of every region served here and runs them.
//!
//! Rule: whatever a job does, the worker lives on: a panic is a failure of that job. At most two bodies run at once in
//! one process, so that jobs never crowd out pages.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join3;
use tokio::sync::Notify;

use super::queue::{self, Outcome, Taken};
use super::schedule::Period;
use super::{Failure, JobContext, Registry, State, desk};
use crate::crypto::act::Act;
use crate::crypto::chance::Chance;
use crate::crypto::keyring::Keyring;
use crate::db::{DbError, Store};
use crate::kernel::clock::Clock;
use crate::kernel::id::JobId;
use crate::kernel::origin::Origin;
use crate::kernel::region::Region;

/// How long an idle hand sleeps before it looks again. Other processes enqueue too, so nobody can ring for all.
const POLL: Duration = Duration::from_secs(1);
/// The same while a database does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Worker {
    stores: Vec<(Region, Store)>,
    registry: Registry,
    clock: Clock,
    chance: Chance,
    keyring: Arc<Keyring>,
    /// Unlike every other worker's, in this process or another.
    name: String,
    wake: Arc<Notify>,
    is_stopping: AtomicBool,
    /// The last period each recurring thing was enqueued for here. Only saves asking the database every second.
    rounds: Mutex<HashMap<(Region, &'static str), String>>,
}

impl Worker {
    pub fn new(
        stores: Vec<(Region, Store)>,
        registry: Registry,
        clock: Clock,
        chance: Chance,
        keyring: Arc<Keyring>,
    ) -> Self {
        let mut worker = Self {
            stores,
            registry,
            clock,
            chance,
            keyring,
            name: String::new(),
            wake: Arc::default(),
            is_stopping: AtomicBool::new(false),
            rounds: Mutex::default(),
        };
        worker.name = worker.act().id::<JobId>().to_string();
        worker
    }

    /// Shares the bell of this process: whoever enqueues something rings it with `notify_one`.
    #[must_use]
    pub fn woken_by(mut self, bell: Arc<Notify>) -> Self {
        self.wake = bell;
        self
    }

    /// Runs everything that is due now, on this thread, also what that enqueues; how many runs there were.
    pub fn run_due(&self) -> Result<usize, DbError> {
        let mut runs = 0;
        loop {
            let found = self.round()?;
            if found == 0 {
                return Ok(runs);
            }
            runs += found;
        }
    }

    /// Works until `shutdown` resolves, then finishes what is in hand.
    pub async fn run_until(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        let bell = async {
            shutdown.await;
            self.is_stopping.store(true, Ordering::SeqCst);
            self.wake.notify_waiters();
        };
        join3(Self::hand(&self), Self::hand(&self), bell).await;
    }

    /// Something was enqueued in this process: look now instead of within a second.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }

    async fn hand(this: &Arc<Self>) {
        while !this.is_stopping.load(Ordering::SeqCst) {
            let worker = Arc::clone(this);
            let pause = match tokio::task::spawn_blocking(move || worker.round()).await {
                Ok(Ok(0)) => POLL,
                Ok(Ok(_)) => continue,
                Ok(Err(error)) => {
                    tracing::warn!(error = %error, "The job queue cannot be read; trying again soon.");
                    PATIENCE
                }
                // The runtime is going down.
                Err(_) => return,
            };
            // Elapsing is as good as being woken.
            let _ = tokio::time::timeout(pause, this.wake.notified()).await;
        }
    }

    /// One job of each region, after what has come round; how many ran. One region that fails does not stop others.
    fn round(&self) -> Result<usize, DbError> {
        let mut runs = 0;
        let mut failed = None;
        for (region, store) in &self.stores {
            match self.come_round(*region, store).and_then(|()| self.run_one(*region, store)) {
                Ok(ran) => runs += usize::from(ran),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if runs == 0 => Err(error),
            _ => Ok(runs),
        }
    }

    fn run_one(&self, region: Region, store: &Store) -> Result<bool, DbError> {
        let now = self.clock.now();
        if !store.read_now(|db| queue::has_due(db, now))? {
            return Ok(false);
        }
        let Some(taken) = store.write_now(|db| queue::take(db, &self.name, now))? else { return Ok(false) };
        let result = self.run(region, store, &taken);
        let now = self.clock.now();
        let outcome = Outcome::of(result, taken.attempt, &self.chance, now);
        let is_ours = store.write_now(|db| queue::settle(db, &taken, &outcome, now))?;
        report(&taken, &outcome, is_ours);
        Ok(true)
    }

    fn run(&self, region: Region, store: &Store, taken: &Taken) -> Result<(), Failure> {
        let mut context = JobContext {
            store,
            region,
            act: self.act(),
            id: taken.id,
            account: taken.account,
            attempt: taken.attempt,
            taken,
            clock: &self.clock,
        };
        // The context is not used again, so nothing half-done in it can be seen.
        let run = AssertUnwindSafe(|| self.registry.run(&taken.name, &taken.request, &mut context));
        catch_unwind(run).unwrap_or_else(|_| Err(Failure::Retry("The job panicked.".to_owned())))
    }

    /// Enqueues what is recurring, once a period, and sweeps the queue once an hour.
    fn come_round(&self, region: Region, store: &Store) -> Result<(), DbError> {
        const SWEEP: &str = "sweep the queue";
        let act = self.act();
        for recurring in self.registry.recurring() {
            self.once(region, recurring.name, recurring.period, &act, || {
                store.write_now(|db| recurring.enqueue(db, &act)).map(|_| ())
            })?;
        }
        self.once(region, SWEEP, Period::Hour, &act, || store.write_now(|db| desk::sweep(db, act.now)).map(|_| ()))
    }

    fn once(
        &self,
        region: Region,
        what: &'static str,
        period: Period,
        act: &Act,
        work: impl FnOnce() -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let key = period.key(act.now);
        let is_done = self.rounds.lock().unwrap_or_else(PoisonError::into_inner).get(&(region, what)) == Some(&key);
        if !is_done {
            work()?;
            self.rounds.lock().unwrap_or_else(PoisonError::into_inner).insert((region, what), key);
        }
        Ok(())
    }

    fn act(&self) -> Act {
        Act {
            now: self.clock.now(),
            chance: self.chance.clone(),
            keyring: Arc::clone(&self.keyring),
            origin: Origin::program("keystead work"),
        }
    }
}

fn report(taken: &Taken, outcome: &Outcome, is_ours: bool) {
    let (name, id, attempt) = (taken.name.as_str(), taken.id.as_str(), taken.attempt);
    if !is_ours {
        tracing::warn!(job.name = name, job.id = id, attempt, "A job was taken over while it ran here.");
        return;
    }
    metrics::counter!("keystead_job_runs_total", "job" => taken.name.clone(), "outcome" => outcome.state.as_str())
        .increment(1);
    match outcome.state {
        State::Done => tracing::debug!(job.name = name, job.id = id, attempt, "A job is done."),
        State::Dead => {
            tracing::error!(job.name = name, job.id = id, attempt, error = outcome.error, "A job failed for good.");
        }
        State::Waiting | State::Running => {
            tracing::warn!(job.name = name, job.id = id, attempt, error = outcome.error, "A job will be tried again.");
        }
    }
}
