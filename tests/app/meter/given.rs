//! What the tests of the meter begin with.

use diesel::prelude::*;
use keystead::db::schema::workspaces;
use keystead::db::{Db, DbError, Store};
use keystead::kernel::id::{Id, WorkspaceId};
use keystead::kernel::time::Timestamp;
use keystead::usage::Kind;
use keystead::usage::event::Event;
use keystead::usage::meter::{Outcome, report};
use keystead::usage::month::{self, Spent};
use keystead::usage::recount;

use crate::support::stores;

/// 20 November 2026, 09:31.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_167_060);

/// Runs a test on a region's database of its own, on SQLite and on PostgreSQL.
pub fn on_each_database(test: impl Fn(&Store)) {
    stores::on_each_database(|given| test(&given.store));
}

pub fn workspace(n: u8) -> WorkspaceId {
    WorkspaceId::from_parts(NOW, [n; 10])
}

/// The second is on a plan where a GPU second counts once.
pub fn workspaces(store: &Store, count: u8) {
    let insert = |db: &mut Db| {
        for n in 0..count {
            diesel::insert_into(workspaces::table)
                .values((
                    workspaces::id.eq(workspace(n)),
                    workspaces::name.eq(format!("person-{n}")),
                    workspaces::kind.eq("personal"),
                    workspaces::plan.eq(if n == 1 { "light" } else { "free" }),
                    workspaces::minutes_rank.eq(0),
                    workspaces::created_at.eq(NOW),
                ))
                .execute(db)?;
        }
        Ok::<(), DbError>(())
    };
    store.write_now(insert).unwrap();
}

pub fn event(id: &str) -> Event {
    Event {
        source: "runner-1".to_owned(),
        id: id.to_owned(),
        workspace: workspace(0),
        kind: Kind::Cpu,
        seconds: 60,
        ended_at: NOW,
        job: "job-1".to_owned(),
        project: String::new(),
        key: String::new(),
        member: String::new(),
    }
}

pub fn weight(plan: &str) -> i64 {
    if plan == "light" { 1 } else { 3 }
}

pub fn reported(store: &Store, batch: &[Event]) -> Vec<Outcome> {
    store.write_now(|db| report(db, NOW, weight, batch)).unwrap()
}

pub fn read<T>(store: &Store, work: impl FnOnce(&mut Db) -> Result<T, DbError>) -> T {
    store.read_now(work).unwrap()
}

/// Workspaces whose sums are not those of their events.
pub fn wrong_sums(db: &mut Db) -> Result<Vec<WorkspaceId>, DbError> {
    Ok(recount::suspects(db, "", weight)?.0)
}

pub fn used(store: &Store, n: u8, month: &str) -> Spent {
    read(store, |db| month::month(db, workspace(n), month.parse().unwrap())).total
}

pub fn rank_of(store: &Store, n: u8) -> i64 {
    read(store, |db| workspaces::table.find(workspace(n)).select(workspaces::minutes_rank).first(db))
}
