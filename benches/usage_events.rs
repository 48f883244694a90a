//! Usage events in batches against one row and one commit at a time: `cargo bench --bench usage_events`.
//!
//! On SQLite, and on PostgreSQL with `KEYSTEAD_BENCH_POSTGRES=postgres://user@host/` (a database is made there and
//! dropped). The aim, at least four times as many a second, is for SQLite.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use keystead::db::schema::{usage_events, workspaces};
use keystead::db::{Db, DbError, Store, migrate, store};
use keystead::kernel::id::{Id, WorkspaceId};
use keystead::kernel::time::{Timestamp, minutes};
use keystead::on_each;
use keystead::usage::Kind;
use keystead::usage::event::Event;
use keystead::usage::meter::{Outcome, report};

/// 20 November 2026, 12:00.
const NOW: Timestamp = Timestamp::from_seconds(1_795_176_000);
const WORKSPACES: u8 = 50;
const SINGLE: u64 = 2_000;
const BATCHED: u64 = 50_000;
const BATCH: usize = 1_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    measure("SQLite", &folder.path().join("eu.sqlite").to_string_lossy());
    let Some(server) = setting("KEYSTEAD_BENCH_POSTGRES") else { return };
    let command = |text: &str| {
        let mut db = store::open(&format!("{server}postgres").parse().unwrap()).unwrap();
        on_each!(&mut db, |c| c.batch_execute(text)).unwrap();
    };
    command("DROP DATABASE IF EXISTS keystead_bench_usage");
    command("CREATE DATABASE keystead_bench_usage");
    measure("PostgreSQL", &format!("{server}keystead_bench_usage"));
    command("DROP DATABASE keystead_bench_usage WITH (FORCE)");
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment where to run")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn measure(database: &str, url: &str) {
    let url = url.parse().unwrap();
    migrate::migrate(&url, migrate::Kind::Region, NOW).unwrap();
    let store = Store::new(url, 2);
    store.write_now(|db| (0..WORKSPACES).try_for_each(|n| insert_workspace(db, n))).unwrap();

    // The yardstick does nothing but keep the event: no sums, no look-up.
    let single = per_second(SINGLE, || {
        for n in 0..SINGLE {
            store.write_now(|db| insert_row(db, &event("single", n))).unwrap();
        }
    });
    let batched = per_second(BATCHED, || {
        let events: Vec<Event> = (0..BATCHED).map(|n| event("batched", n)).collect();
        for batch in events.chunks(BATCH) {
            let outcomes = store.write_now::<_, DbError>(|db| report(db, NOW, |_| 3, batch)).unwrap();
            assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Accepted));
        }
    });
    println!("{database}: {single:.0} a second as single rows, {batched:.0} in batches of {BATCH}");
    println!(
        "{database}: usage events in batches ÷ single-row transactions = {:.1} (aim: at least 4)",
        batched / single
    );
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn per_second(count: u64, work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    count as f64 / started.elapsed().as_secs_f64()
}

fn workspace(n: u8) -> WorkspaceId {
    WorkspaceId::from_parts(NOW, [n; 10])
}

fn insert_workspace(db: &mut Db, n: u8) -> Result<(), DbError> {
    diesel::insert_into(workspaces::table)
        .values((
            workspaces::id.eq(workspace(n)),
            workspaces::name.eq(format!("person-{n}")),
            workspaces::kind.eq("personal"),
            workspaces::plan.eq("free"),
            workspaces::minutes_rank.eq(0),
            workspaces::created_at.eq(NOW),
        ))
        .execute(db)
        .map(|_| ())
}

fn insert_row(db: &mut Db, event: &Event) -> Result<(), DbError> {
    diesel::insert_into(usage_events::table)
        .values((
            usage_events::source.eq(&event.source),
            usage_events::event_id.eq(&event.id),
            usage_events::workspace_id.eq(event.workspace),
            usage_events::kind.eq(event.kind),
            usage_events::seconds.eq(event.seconds),
            usage_events::ended_at.eq(event.ended_at),
            usage_events::job.eq(&event.job),
            usage_events::project.eq(&event.project),
            usage_events::api_key.eq(&event.key),
            usage_events::member.eq(&event.member),
            usage_events::received_at.eq(NOW),
        ))
        .execute(db)
        .map(|_| ())
}

/// Spread over two months, as a platform's would be that catches up.
fn event(source: &str, n: u64) -> Event {
    Event {
        source: source.to_owned(),
        id: format!("job-{n}/1"),
        workspace: workspace(u8::try_from(n % u64::from(WORKSPACES)).unwrap()),
        kind: if n.is_multiple_of(3) { Kind::Gpu } else { Kind::Cpu },
        seconds: 1 + i64::try_from(n % 3_600).unwrap(),
        ended_at: NOW.minus(minutes(n * 61 % 86_400)),
        job: format!("job-{n}"),
        project: format!("project-{}", n % 4),
        key: String::new(),
        member: String::new(),
    }
}
