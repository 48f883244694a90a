//! Whatever is sent in whatever order and however often: the sums are those of the distinct accepted events.

use std::collections::{BTreeMap, HashMap};

use keystead::db::Store;
use keystead::kernel::id::WorkspaceId;
use keystead::kernel::month::Month;
use keystead::kernel::time::days;
use keystead::usage::event::{Event, Refusal};
use keystead::usage::meter::Outcome;
use keystead::usage::month::{self, Spent};
use keystead::usage::{Kind, rank};
use proptest::prelude::*;

use super::given::{self, NOW, event, on_each_database, rank_of, read, reported, workspace, wrong_sums};

prop_compose! {
    /// Few ids and few contents, so that repeats and differing repeats are common.
    fn any_event()(
        id in 0..12_u8,
        n in 0..3_u8,
        is_gpu in any::<bool>(),
        seconds in -1..4_i64,
        days_ago in 0..60_u64,
        project in 0..2_u8,
    ) -> Event {
        Event {
            workspace: workspace(n),
            kind: if is_gpu { Kind::Gpu } else { Kind::Cpu },
            seconds: seconds * 100,
            ended_at: NOW.minus(days(days_ago)),
            project: "p".repeat(usize::from(project)),
            ..event(&id.to_string())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_those_of_the_distinct_accepted_events(
        pool in prop::collection::vec(any_event(), 1..20),
        picks in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..15), 1..8),
    ) {
        on_each_database(|store| {
            given::workspaces(store, 2);
            let mut counted: HashMap<String, Event> = HashMap::new();
            for pick in &picks {
                let batch: Vec<Event> = pick.iter().map(|index| index.get(&pool).clone()).collect();
                let expected: Vec<Outcome> = batch.iter().map(|event| expected(&mut counted, event)).collect();
                assert_eq!(reported(store, &batch), expected);
            }
            assert_sums(store, counted.values());
        });
    }
}

/// The rule in its simplest form: one event after the other.
fn expected(counted: &mut HashMap<String, Event>, event: &Event) -> Outcome {
    if let Err(refusal) = event.check(NOW) {
        return Outcome::Rejected(refusal);
    }
    if event.workspace == workspace(2) {
        return Outcome::Rejected(Refusal::UnknownWorkspace);
    }
    match counted.get(&event.id) {
        None => {
            counted.insert(event.id.clone(), event.clone());
            Outcome::Accepted
        }
        Some(before) if before == event => Outcome::Duplicate,
        Some(_) => Outcome::Rejected(Refusal::Differs),
    }
}

fn assert_sums<'a>(store: &Store, counted: impl Iterator<Item = &'a Event>) {
    let mut sums: BTreeMap<(WorkspaceId, Month), Spent> = BTreeMap::new();
    let mut projects: BTreeMap<(WorkspaceId, Month), i64> = BTreeMap::new();
    for event in counted {
        let key = (event.workspace, Month::of(event.ended_at));
        let spent = sums.entry(key).or_default();
        match event.kind {
            Kind::Cpu => spent.cpu_seconds += event.seconds,
            Kind::Gpu => spent.gpu_seconds += event.seconds,
        }
        if !event.project.is_empty() {
            *projects.entry(key).or_default() += event.seconds;
        }
    }
    assert_eq!(read(store, wrong_sums), []);
    for n in 0..2 {
        let id = workspace(n);
        let months = read(store, |db| month::months_with_usage(db, id, 100));
        let ours = sums.iter().filter(|((of, _), _)| *of == id).map(|((_, month), spent)| (*month, *spent));
        assert_eq!(months.iter().rev().copied().collect::<Vec<_>>(), ours.collect::<Vec<_>>());
        for (month, spent) in &months {
            assert_eq!(read(store, |db| month::month(db, id, *month)).total, *spent, "days agree with months");
            let by_project = read(store, |db| month::by_project(db, id, *month, 1));
            let sum: i64 = by_project.iter().map(|used| used.spent.counted_seconds(1)).sum();
            assert_eq!(sum, projects.get(&(id, *month)).copied().unwrap_or(0));
        }
        let weight = if n == 1 { 1 } else { 3 };
        let latest = months.first().map_or(0, |(month, spent)| rank::of(*month, spent.counted_seconds(weight)));
        assert_eq!(rank_of(store, n), latest);
    }
}
