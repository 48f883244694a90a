//! Many reports at the same instant.

use std::sync::Barrier;

use keystead::usage::event::Event;
use keystead::usage::meter::Outcome;

use super::given::{self, event, on_each_database, reported, used, workspace};

#[test]
fn fifty_reports_of_one_event_at_once_count_it_once() {
    on_each_database(|store| {
        given::workspaces(store, 1);
        let start = Barrier::new(50);
        let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
            let race = || {
                start.wait();
                reported(store, &[event("a")])
            };
            let racers: Vec<_> = (0..50).map(|_| scope.spawn(race)).collect();
            racers.into_iter().flat_map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Accepted).count(), 1);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Duplicate).count(), 49);
        assert_eq!(used(store, 0, "2026-11").cpu_seconds, 60);
    });
}

#[test]
fn batches_that_cross_each_other_neither_lose_nor_double() {
    on_each_database(|store| {
        given::workspaces(store, 8);
        let batch: Vec<Event> = (0..120_u8)
            .map(|n| Event { workspace: workspace(n % 8), seconds: i64::from(n) + 1, ..event(&format!("e{n}")) })
            .collect();
        let start = Barrier::new(10);
        let race = |racer: usize| {
            // Each sends the same in its own order and in its own portions.
            let mut batch = batch.clone();
            batch.rotate_left(racer * 11);
            if racer % 2 == 1 {
                batch.reverse();
            }
            start.wait();
            let outcomes = batch.chunks(17 + racer).flat_map(|part| reported(store, part));
            outcomes.filter(|outcome| *outcome == Outcome::Accepted).count()
        };
        let accepted: usize = std::thread::scope(|scope| {
            let race = &race;
            let racers: Vec<_> = (0..10).map(|racer| scope.spawn(move || race(racer))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(accepted, 120);
        let sum: i64 = (0..8).map(|n| used(store, n, "2026-11").cpu_seconds).sum();
        assert_eq!(sum, (1..=120).sum::<i64>());
    });
}

/// Two workspaces claim the same ids, so that their batches meet at the events instead of at the workspace.
#[test]
fn an_id_that_two_workspaces_claim_at_once_counts_for_one_of_them() {
    on_each_database(|store| {
        given::workspaces(store, 8);
        let start = Barrier::new(8);
        let race = |n: u8| {
            let ids: Vec<String> = (0..20).map(|id| format!("e{id}")).collect();
            let mut batch: Vec<Event> = ids.iter().map(|id| Event { workspace: workspace(n), ..event(id) }).collect();
            batch.rotate_left(usize::from(n));
            start.wait();
            reported(store, &batch).iter().filter(|outcome| **outcome == Outcome::Accepted).count()
        };
        let accepted: usize = std::thread::scope(|scope| {
            let race = &race;
            let racers: Vec<_> = (0..8).map(|n| scope.spawn(move || race(n))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(accepted, 20);
        assert_eq!((0..8).map(|n| used(store, n, "2026-11").cpu_seconds).sum::<i64>(), 20 * 60);
    });
}
