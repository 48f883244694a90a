//! The queue: what runs, when, how often, and what people see of it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use keystead::db::DbError;
use keystead::jobs::schedule::Period;
use keystead::jobs::{
    self, Failure, Job, JobContext, MOST_ATTEMPTS, Options, Progress, Registry, State, dead, discard, enqueue,
    progress_of, retry,
};
use keystead::kernel::id::JobId;
use keystead::kernel::time::{days, hours, minutes, seconds};

use crate::support::stores::{Given, account, on_each_database};

type Script = Arc<dyn Fn(i64, &mut JobContext<'_>) -> Result<(), Failure> + Send + Sync>;

/// Does what a test tells it and notes each run.
#[derive(Clone)]
pub struct Scripted {
    pub runs: Arc<Mutex<Vec<i64>>>,
    pub script: Script,
}

impl Scripted {
    pub fn new(script: impl Fn(i64, &mut JobContext<'_>) -> Result<(), Failure> + Send + Sync + 'static) -> Self {
        Self { runs: Arc::default(), script: Arc::new(script) }
    }

    pub fn obedient() -> Self {
        Self::new(|_, _| Ok(()))
    }

    /// Sorted: jobs of one instant run in any order.
    pub fn runs(&self) -> Vec<i64> {
        let mut runs = self.runs.lock().unwrap().clone();
        runs.sort_unstable();
        runs
    }
}

impl Job for Scripted {
    const NAME: &'static str = "scripted";
    type Request = i64;

    fn run(&self, request: i64, job: &mut JobContext<'_>) -> Result<(), Failure> {
        self.runs.lock().unwrap().push(request);
        (self.script)(request, job)
    }
}

pub fn queued(given: &Given, request: i64) -> JobId {
    given.write(|db| enqueue::<Scripted>(db, &given.act(), &request, Options::default())).unwrap()
}

pub fn seen(given: &Given, id: JobId) -> Progress {
    given.read(|db| progress_of(db, id)).unwrap()
}

#[test]
fn a_job_runs_once_and_is_done() {
    on_each_database(|given| {
        let job = Scripted::obedient();
        let worker = given.worker(Registry::new().with(job.clone()));
        let id = queued(given, 7);
        assert_eq!(seen(given, id).state, State::Waiting);
        assert_eq!(worker.run_due().unwrap(), 1);
        assert_eq!(worker.run_due().unwrap(), 0);
        assert_eq!(job.runs(), [7]);
        assert_eq!(seen(given, id).state, State::Done);
    });
}

#[test]
fn a_job_of_a_change_that_was_rolled_back_never_runs() {
    on_each_database(|given| {
        let job = Scripted::obedient();
        let outcome: Result<(), DbError> = given.store.write_now(|db| {
            enqueue::<Scripted>(db, &given.act(), &1, Options::default())?;
            Err(DbError::RollbackTransaction)
        });
        assert!(outcome.is_err());
        assert_eq!(given.worker(Registry::new().with(job)).run_due().unwrap(), 0);
    });
}

#[test]
fn a_key_is_enqueued_once_and_does_not_spoil_the_transaction() {
    on_each_database(|given| {
        let options = || Options { key: Some("a".to_owned()), ..Options::default() };
        let (first, second, other) = given.write(|db| {
            let act = given.act();
            let first = enqueue::<Scripted>(db, &act, &1, options())?;
            let second = enqueue::<Scripted>(db, &act, &2, options())?;
            Ok((first, second, enqueue::<Scripted>(db, &act, &3, Options::default())?))
        });
        assert!(first.is_some() && second.is_none() && other.is_some());
        let job = Scripted::obedient();
        given.worker(Registry::new().with(job.clone())).run_due().unwrap();
        assert_eq!(job.runs(), [1, 3]);
    });
}

#[test]
fn a_job_waits_for_its_time() {
    on_each_database(|given| {
        let job = Scripted::obedient();
        let worker = given.worker(Registry::new().with(job.clone()));
        let later = given.clock.now().plus(hours(1));
        given.write(|db| {
            let options = Options { run_at: Some(later), ..Options::default() };
            enqueue::<Scripted>(db, &given.act(), &1, options)
        });
        assert_eq!(worker.run_due().unwrap(), 0);
        given.clock.advance(hours(1));
        assert_eq!(worker.run_due().unwrap(), 1);
    });
}

#[test]
fn a_failing_job_pauses_longer_each_time_and_dies_after_its_tries() {
    on_each_database(|given| {
        let job = Scripted::new(|_, _| Err(Failure::Retry("Not today.".to_owned())));
        let worker = given.worker(Registry::new().with(job.clone()));
        let id = queued(given, 1);
        for attempt in 1..=MOST_ATTEMPTS {
            assert_eq!(worker.run_due().unwrap(), 1, "attempt {attempt}");
            assert_eq!(worker.run_due().unwrap(), 0, "no try without a pause");
            given.clock.advance(seconds(2));
            assert_eq!(worker.run_due().unwrap(), 0, "the shortest pause is longer");
            given.clock.advance(hours(1));
        }
        assert_eq!(worker.run_due().unwrap(), 0);
        let dead = given.read(|db| dead(db, None, 10));
        assert_eq!((dead[0].id, dead[0].error.as_str(), dead[0].attempts), (id, "Not today.", MOST_ATTEMPTS));
    });
}

#[test]
fn a_job_that_gives_up_is_not_tried_again_until_somebody_says_so() {
    on_each_database(|given| {
        let allowed = Arc::new(AtomicI64::new(0));
        let gate = Arc::clone(&allowed);
        let job = Scripted::new(move |_, _| match gate.load(Ordering::SeqCst) {
            0 => Err(Failure::GiveUp("Never.".to_owned())),
            _ => Ok(()),
        });
        let worker = given.worker(Registry::new().with(job));
        let id = queued(given, 1);
        worker.run_due().unwrap();
        given.clock.advance(days(30));
        assert_eq!(worker.run_due().unwrap(), 0);
        assert_eq!(seen(given, id).state, State::Dead, "a failed job is not swept away");
        allowed.store(1, Ordering::SeqCst);
        assert!(given.write(|db| retry(db, &given.act(), id)));
        assert!(!given.write(|db| retry(db, &given.act(), id)), "it is no failed job any more");
        assert_eq!(worker.run_due().unwrap(), 1);
        assert_eq!(seen(given, id).state, State::Done);
        assert_eq!(seen(given, id).error, "");
    });
}

#[test]
fn a_discarded_job_is_gone() {
    on_each_database(|given| {
        let job = Scripted::new(|_, _| Err(Failure::GiveUp("Never.".to_owned())));
        let id = queued(given, 1);
        assert_eq!(given.write(|db| discard(db, id)), None, "only failed jobs are discarded");
        given.worker(Registry::new().with(job)).run_due().unwrap();
        assert_eq!(given.write(|db| discard(db, id)).as_deref(), Some("scripted"));
        assert!(given.read(|db| progress_of(db, id)).is_none());
    });
}

#[test]
fn a_panic_is_a_failure_of_the_job_and_of_nothing_else() {
    on_each_database(|given| {
        let job = Scripted::new(|request, _| {
            assert!(request != 1, "on purpose");
            Ok(())
        });
        let worker = given.worker(Registry::new().with(job.clone()));
        let first = queued(given, 1);
        queued(given, 2);
        assert_eq!(worker.run_due().unwrap(), 2);
        assert_eq!(job.runs(), [1, 2]);
        let progress = seen(given, first);
        assert_eq!((progress.state, progress.error.as_str()), (State::Waiting, "The job panicked."));
    });
}

#[test]
fn a_panic_in_the_middle_of_a_change_leaves_nothing_of_it() {
    on_each_database(|given| {
        let job = Scripted::new(|request, job| {
            let act = job.act();
            job.store.write_now(|db| {
                enqueue::<Scripted>(db, &act, &(request + 1), Options::default())?;
                assert!(request != 1, "on purpose");
                Ok::<(), DbError>(())
            })?;
            Ok(())
        });
        let worker = given.worker(Registry::new().with(job.clone()));
        queued(given, 1);
        assert_eq!(worker.run_due().unwrap(), 1);
        assert_eq!(job.runs(), [1]);
    });
}

#[test]
fn a_request_nobody_can_read_is_dead_and_an_unknown_job_waits_for_a_newer_program() {
    struct Texts;
    impl Job for Texts {
        const NAME: &'static str = "scripted";
        type Request = String;
        fn run(&self, _: String, _: &mut JobContext<'_>) -> Result<(), Failure> {
            Ok(())
        }
    }
    on_each_database(|given| {
        let id = queued(given, 1);
        given.worker(Registry::new()).run_due().unwrap();
        assert_eq!(seen(given, id).state, State::Waiting);
        given.clock.advance(minutes(1));
        given.worker(Registry::new().with(Texts)).run_due().unwrap();
        let progress = seen(given, id);
        assert_eq!((progress.state, progress.error.as_str()), (State::Dead, "The request cannot be read."));
    });
}

#[test]
fn a_page_can_watch_how_far_a_job_is() {
    on_each_database(|given| {
        let job = Scripted::new(|_, job| {
            job.progress(3, 8)?;
            let seen = job.store.read_now(|db| progress_of(db, job.id))?.unwrap();
            assert_eq!((seen.state, seen.done, seen.total), (State::Running, 3, 8));
            job.progress(8, 8)
        });
        let id = given.write(|db| {
            let options = Options { account: Some(account(1)), ..Options::default() };
            enqueue::<Scripted>(db, &given.act(), &1, options)
        });
        given.worker(Registry::new().with(job)).run_due().unwrap();
        let seen = seen(given, id.unwrap());
        assert_eq!((seen.state, seen.done, seen.account), (State::Done, 8, Some(account(1))));
    });
}

#[test]
fn what_is_finished_is_forgotten_after_a_day() {
    on_each_database(|given| {
        let worker = given.worker(Registry::new().with(Scripted::obedient()));
        let id = queued(given, 1);
        worker.run_due().unwrap();
        given.clock.advance(hours(23));
        worker.run_due().unwrap();
        assert!(given.read(|db| progress_of(db, id)).is_some());
        given.clock.advance(hours(2));
        worker.run_due().unwrap();
        assert!(given.read(|db| progress_of(db, id)).is_none());
    });
}

#[test]
fn a_recurring_job_runs_once_a_period_however_many_programs_there_are() {
    on_each_database(|given| {
        let job = Scripted::obedient();
        let registry = || Registry::new().with(job.clone()).every::<Scripted>(Period::Hour, || 5);
        let (one, two) = (given.worker(registry()), given.worker(registry()));
        for _ in 0..3 {
            one.run_due().unwrap();
            two.run_due().unwrap();
        }
        assert_eq!(job.runs(), [5]);
        given.clock.advance(hours(1));
        two.run_due().unwrap();
        one.run_due().unwrap();
        assert_eq!(job.runs(), [5, 5]);
    });
}

#[test]
fn failed_jobs_are_listed_page_by_page_the_latest_first() {
    on_each_database(|given| {
        let job = Scripted::new(|_, _| Err(Failure::GiveUp("Never.".to_owned())));
        let worker = given.worker(Registry::new().with(job));
        let mut all = Vec::new();
        for request in 0..5 {
            all.insert(0, queued(given, request));
            worker.run_due().unwrap();
            given.clock.advance(seconds(i64::from(request % 2 == 0).unsigned_abs()));
        }
        let mut listed = Vec::new();
        let mut before = None;
        loop {
            let page = given.read(|db| jobs::dead(db, before, 2));
            let Some(last) = page.last() else { break };
            before = Some((last.died_at, last.id));
            listed.extend(page.iter().map(|job| job.id));
        }
        listed.sort_by(|a, b| b.cmp(a));
        all.sort_by(|a, b| b.cmp(a));
        assert_eq!(listed, all);
    });
}
