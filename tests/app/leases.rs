//! Two programs on one database: each job runs once, and what a dead one had in hand is done by another.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use keystead::jobs::{Failure, LEASE, MOST_ATTEMPTS, Registry, State};
use keystead::kernel::time::{hours, seconds};

use crate::jobs::{Scripted, queued, seen};
use crate::support::stores::{Given, on_each_database};

#[test]
fn two_workers_run_each_job_once() {
    on_each_database(|given| {
        let job = Scripted::obedient();
        for request in 0..200 {
            queued(given, request);
        }
        let start = Barrier::new(4);
        let runs: usize = std::thread::scope(|threads| {
            let work = || {
                let worker = given.worker(Registry::new().with(job.clone()));
                start.wait();
                worker.run_due().unwrap()
            };
            let hands: Vec<_> = (0..4).map(|_| threads.spawn(work)).collect();
            hands.into_iter().map(|hand| hand.join().unwrap()).sum()
        });
        assert_eq!(runs, 200);
        assert_eq!(job.runs(), (0..200).collect::<Vec<_>>());
    });
}

/// Runs `jobs` jobs through the loop that `serve` and `work` run, and stops it when the last one says so.
async fn looped(given: &Given, jobs: i64, script: impl Fn() + Send + Sync + 'static) -> Vec<i64> {
    let (last, finished) = tokio::sync::oneshot::channel();
    let (last, left) = (Mutex::new(Some(last)), AtomicI64::new(jobs));
    let job = Scripted::new(move |_, _| {
        script();
        if left.fetch_sub(1, Ordering::SeqCst) == 1 {
            last.lock().unwrap().take().unwrap().send(()).unwrap();
        }
        Ok(())
    });
    for request in 0..jobs {
        queued(given, request);
    }
    let worker = Arc::new(given.worker(Registry::new().with(job.clone())));
    worker.run_until(async { finished.await.unwrap() }).await;
    job.runs()
}

#[test]
fn the_loop_has_two_hands_and_puts_down_nothing_half_done() {
    on_each_database(|given| {
        // Were there one hand only, the first job would wait for the second for ever; a third hand would be seen.
        let (two, at_once, most) = (Barrier::new(2), AtomicI64::new(0), Arc::new(AtomicI64::new(0)));
        let seen_most = Arc::clone(&most);
        let script = move || {
            most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            two.wait();
            at_once.fetch_sub(1, Ordering::SeqCst);
        };
        let runs = actix_web::rt::System::new().block_on(looped(given, 6, script));
        assert_eq!(runs, [0, 1, 2, 3, 4, 5]);
        assert_eq!(seen_most.load(Ordering::SeqCst), 2);
        given.clock.advance(hours(1));
        let worker = given.worker(Registry::new().with(Scripted::obedient()));
        assert_eq!(worker.run_due().unwrap(), 0, "both hands have settled what they did");
    });
}

#[test]
fn a_job_whose_worker_died_is_taken_over_when_its_lease_ends() {
    on_each_database(|given| {
        let other = Scripted::obedient();
        let successor = Arc::new(given.worker(Registry::new().with(other.clone())));
        let id = queued(given, 1);
        // While the first worker still has it in hand, time passes as if it had been killed.
        let (clock, heir, was_late) = (given.clock.clone(), Arc::clone(&successor), Arc::new(AtomicBool::new(false)));
        let late = Arc::clone(&was_late);
        let job = Scripted::new(move |_, job| {
            assert_eq!(heir.run_due().unwrap(), 0, "it is in somebody's hands");
            clock.advance(LEASE);
            assert_eq!(heir.run_due().unwrap(), 1, "the lease is over");
            late.store(job.progress(1, 2).is_err(), Ordering::SeqCst);
            Err(Failure::GiveUp("I was still at it.".to_owned()))
        });
        assert_eq!(given.worker(Registry::new().with(job)).run_due().unwrap(), 1);
        assert!(was_late.load(Ordering::SeqCst), "who lost the lease is told to stop");
        assert_eq!(other.runs(), [1]);
        assert_eq!(seen(given, id).state, State::Done, "and what he says does not count any more");
    });
}

#[test]
fn progress_renews_the_lease() {
    on_each_database(|given| {
        let other = Scripted::obedient();
        let successor = Arc::new(given.worker(Registry::new().with(other.clone())));
        let (clock, heir) = (given.clock.clone(), Arc::clone(&successor));
        let job = Scripted::new(move |_, job| {
            for done in 0..5 {
                clock.advance(LEASE.saturating_sub(seconds(1)));
                job.progress(done, 5)?;
                assert_eq!(heir.run_due().unwrap(), 0);
            }
            Ok(())
        });
        let id = queued(given, 1);
        given.worker(Registry::new().with(job)).run_due().unwrap();
        assert!(other.runs().is_empty());
        assert_eq!(seen(given, id).state, State::Done);
    });
}

/// Taking without settling is what a killed process leaves behind: here each process falls while the next one, an hour
/// later, already has the job in hand. It ends when nobody is given the job any more.
fn fall(given: &Given) {
    let heir = given.again();
    let job = Scripted::new(move |_, _| {
        heir.clock.advance(hours(1));
        fall(&heir);
        Ok(())
    });
    given.worker(Registry::new().with(job)).run_due().unwrap();
}

#[test]
fn a_job_that_kills_every_process_is_dead_in_the_end() {
    on_each_database(|given| {
        let id = queued(given, 1);
        fall(given);
        let progress = seen(given, id);
        assert_eq!(progress.state, State::Dead);
        assert_eq!(progress.error, format!("It was begun {MOST_ATTEMPTS} times and never finished."));
    });
}
