//! Compute minutes on both databases: what is counted, once, where, whatever is repeated or raced.

mod given;
mod races;
mod sums;

use diesel::prelude::*;
use keystead::db::schema::usage_events;
use keystead::db::{Db, DbError};
use keystead::kernel::month::Month;
use keystead::kernel::time::{Timestamp, days, minutes};
use keystead::usage::event::{Event, Refusal};
use keystead::usage::meter::Outcome;
use keystead::usage::month::{self, Spent};
use keystead::usage::{Kind, rank};

use given::{NOW, event, on_each_database, rank_of, read, reported, used, workspace, wrong_sums};

#[test]
fn an_event_counts_once_and_a_repeat_that_differs_is_refused() {
    on_each_database(|store| {
        given::workspaces(store, 2);
        assert_eq!(reported(store, &[event("a")]), [Outcome::Accepted]);
        assert_eq!(reported(store, &[event("a"), event("b")]), [Outcome::Duplicate, Outcome::Accepted]);
        let others = [
            Event { seconds: 61, ..event("a") },
            Event { kind: Kind::Gpu, ..event("a") },
            Event { workspace: workspace(1), ..event("a") },
            Event { ended_at: NOW.minus(minutes(1)), ..event("a") },
            Event { job: "job-2".to_owned(), ..event("a") },
            Event { project: "p".to_owned(), ..event("a") },
            Event { key: "k".to_owned(), ..event("a") },
            Event { member: "m".to_owned(), ..event("a") },
        ];
        assert_eq!(reported(store, &others), [Outcome::Rejected(Refusal::Differs); 8]);
        let elsewhere = Event { source: "runner-2".to_owned(), ..event("a") };
        assert_eq!(reported(store, &[elsewhere]), [Outcome::Accepted], "another source counts its own ids");
        assert_eq!(used(store, 0, "2026-11"), Spent { cpu_seconds: 180, gpu_seconds: 0 });
        assert_eq!(used(store, 1, "2026-11"), Spent::default());
    });
}

#[test]
fn one_batch_may_repeat_itself() {
    on_each_database(|store| {
        given::workspaces(store, 1);
        let differing = Event { seconds: 5, ..event("a") };
        let unknown = Event { workspace: workspace(9), ..event("b") };
        let batch = [event("a"), event("a"), differing.clone(), unknown, event("b"), event("b")];
        let (unknown, differs) = (Outcome::Rejected(Refusal::UnknownWorkspace), Outcome::Rejected(Refusal::Differs));
        let (new, again) = (Outcome::Accepted, Outcome::Duplicate);
        assert_eq!(reported(store, &batch), [new, again, differs, unknown, new, again]);
        assert_eq!(reported(store, &[differing, event("a")]), [differs, again]);
        assert_eq!(used(store, 0, "2026-11").cpu_seconds, 120);
    });
}

#[test]
fn a_bad_event_does_not_keep_the_others_from_counting() {
    on_each_database(|store| {
        given::workspaces(store, 1);
        let batch = [
            Event { seconds: 0, ..event("a") },
            Event { workspace: workspace(9), ..event("b") },
            Event { ended_at: NOW.plus(minutes(6)), ..event("c") },
            event("d"),
        ];
        let refused = [Refusal::NotPositive, Refusal::UnknownWorkspace, Refusal::EndsAhead].map(Outcome::Rejected);
        assert_eq!(reported(store, &batch)[..3], refused);
        assert_eq!(used(store, 0, "2026-11").cpu_seconds, 60);
        assert_eq!(reported(store, &[event("a")]), [Outcome::Accepted], "what was refused left no trace");
        assert_eq!(reported(store, &[]), []);
    });
}

#[test]
fn a_late_event_lands_in_the_month_it_ended_in() {
    on_each_database(|store| {
        given::workspaces(store, 1);
        let ended = |id, text| Event { ended_at: Timestamp::parse_rfc3339(text).unwrap(), ..event(id) };
        let batch = [
            ended("a", "2026-10-31T23:59:59.999999Z"),
            ended("b", "2026-11-01T00:00:00Z"),
            ended("c", "2026-11-01T01:30:00+02:00"),
        ];
        assert_eq!(reported(store, &batch), [Outcome::Accepted; 3]);
        let october = read(store, |db| month::month(db, workspace(0), "2026-10".parse().unwrap()));
        assert_eq!((october.days[30].cpu_seconds, october.total.cpu_seconds), (120, 120));
        let november = read(store, |db| month::month(db, workspace(0), Month::of(NOW)));
        assert_eq!((november.days[0].cpu_seconds, november.total.cpu_seconds), (60, 60));
        let months = read(store, |db| month::months_with_usage(db, workspace(0), 12));
        let names: Vec<String> = months.iter().map(|(month, _)| month.to_string()).collect();
        assert_eq!(names, ["2026-11", "2026-10"]);
    });
}

#[test]
fn the_rank_follows_this_month_and_never_goes_back() {
    on_each_database(|store| {
        given::workspaces(store, 2);
        let november = Month::of(NOW);
        let gpu = |id, n| Event { workspace: workspace(n), kind: Kind::Gpu, ..event(id) };
        let late = Event { ended_at: NOW.minus(days(40)), ..event("late") };
        reported(store, std::slice::from_ref(&late));
        assert_eq!(rank_of(store, 0), rank::of(Month::of(late.ended_at), 60));
        reported(store, &[gpu("a", 0), gpu("b", 1), Event { id: "later".to_owned(), ..late }]);
        assert_eq!(rank_of(store, 0), rank::of(november, 180), "a GPU second counts three times");
        assert_eq!(rank_of(store, 1), rank::of(november, 60), "and once on a plan that says so");
        reported(store, &[event("c")]);
        assert_eq!(rank_of(store, 0), rank::of(november, 240));
        let older = Event { id: "oldest".to_owned(), ended_at: NOW.minus(days(70)), ..event("") };
        reported(store, &[older]);
        assert_eq!(rank_of(store, 0), rank::of(november, 240), "a late event moves nobody back");
    });
}

#[test]
fn projects_are_ranked_by_what_they_used() {
    on_each_database(|store| {
        given::workspaces(store, 1);
        let of = |id, project: &str, kind| Event { project: project.to_owned(), kind, ..event(id) };
        let batch = [of("a", "arm", Kind::Cpu), of("b", "arm", Kind::Cpu), of("c", "belt", Kind::Gpu), event("d")];
        reported(store, &batch);
        let projects = read(store, |db| month::by_project(db, workspace(0), Month::of(NOW), 3));
        let used = projects.iter().map(|used| (used.project.as_str(), used.spent.counted_seconds(3)));
        assert_eq!(used.collect::<Vec<_>>(), [("belt", 180), ("arm", 120)]);
    });
}

#[test]
fn a_sum_that_is_not_that_of_its_events_is_found() {
    on_each_database(|store| {
        given::workspaces(store, 3);
        for n in 0..3 {
            let event = Event { workspace: workspace(n), project: "arm".to_owned(), ..event(&format!("e{n}")) };
            reported(store, &[event]);
        }
        assert_eq!(read(store, wrong_sums), []);
        let spoil = |statement: &str| {
            let spoiled = |db: &mut Db| diesel::sql_query(statement).execute(db);
            store.write_now::<_, DbError>(spoiled).unwrap();
        };
        spoil(&format!("UPDATE usage_months SET gpu_seconds = 1 WHERE workspace_id = '{}'", workspace(0)));
        spoil(&format!("DELETE FROM usage_projects WHERE workspace_id = '{}'", workspace(1)));
        spoil(&format!("UPDATE usage_events SET seconds = 61, project = '' WHERE workspace_id = '{}'", workspace(2)));
        assert_eq!(read(store, wrong_sums), [0, 1, 2].map(workspace));
        spoil(&format!("UPDATE usage_months SET gpu_seconds = 0 WHERE workspace_id = '{}'", workspace(0)));
        assert_eq!(read(store, wrong_sums), [1, 2].map(workspace));
    });
}

#[test]
fn a_thousand_events_are_one_batch() {
    on_each_database(|store| {
        given::workspaces(store, 100);
        let batch: Vec<Event> = (0..1_000_u32)
            .map(|n| Event {
                workspace: workspace(u8::try_from(n % 100).unwrap()),
                ended_at: NOW.minus(days(u64::from(n % 90))),
                project: format!("project-{}", n % 7),
                ..event(&format!("e{n}"))
            })
            .collect();
        assert_eq!(reported(store, &batch), vec![Outcome::Accepted; 1_000]);
        assert_eq!(reported(store, &batch), vec![Outcome::Duplicate; 1_000]);
        let stored: i64 = read(store, |db| usage_events::table.count().get_result(db));
        assert_eq!(stored, 1_000);
    });
}
