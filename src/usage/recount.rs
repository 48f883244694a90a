//! Holds the sums of a workspace against its events, and counts them anew.
//!
//! Rule: the events are the truth. Nothing is changed but under the lock under which the meter counts.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::month::Spent;
use super::{Kind, rank, store};
use crate::db::schema::{usage_days, usage_months, usage_projects, workspaces};
use crate::db::{Db, DbError};
use crate::kernel::id::WorkspaceId;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;

/// Workspaces looked at in one go.
const PAGE: i64 = 500;
const DAY: i64 = 86_400_000_000;

/// All sums of some workspaces.
#[derive(Default, PartialEq, Eq)]
struct Sums {
    days: BTreeMap<(WorkspaceId, i64, Kind), i64>,
    months: BTreeMap<(WorkspaceId, i64), Spent>,
    projects: BTreeMap<(WorkspaceId, i64, String), Spent>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    workspace_id: WorkspaceId,
    #[diesel(sql_type = BigInt)]
    day: i64,
    #[diesel(sql_type = Text)]
    kind: Kind,
    #[diesel(sql_type = Text)]
    project: String,
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

/// Of the next workspaces after `after`, those whose sums look wrong; and where to go on, if anywhere.
pub fn suspects(
    db: &mut Db,
    after: &str,
    gpu_weight: impl Fn(&str) -> i64,
) -> Result<(Vec<WorkspaceId>, Option<String>), DbError> {
    let page: Vec<(WorkspaceId, String, i64)> = workspaces::table
        .filter(workspaces::id.gt(after))
        .order(workspaces::id)
        .select((workspaces::id, workspaces::plan, workspaces::minutes_rank))
        .limit(PAGE)
        .load(db)?;
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok((Vec::new(), None)) };
    let (counted, kept) = (counted(db, first.0, last.0)?, kept(db, first.0, last.0)?);
    let wrong = page
        .iter()
        .filter(|(id, plan, rank)| counted.of(*id) != kept.of(*id) || *rank != counted.rank(*id, gpu_weight(plan)));
    Ok((wrong.map(|(id, ..)| *id).collect(), Some(last.0.to_string())))
}

/// Whether the sums of a workspace are wrong, told for certain. With `should_fix` they are right afterwards. Call it
/// inside a transaction.
pub fn recount(
    db: &mut Db,
    workspace: WorkspaceId,
    gpu_weight: impl Fn(&str) -> i64,
    should_fix: bool,
) -> Result<bool, DbError> {
    let Some(locked) = store::lock_workspaces(db, &[workspace])?.into_iter().next() else { return Ok(false) };
    let (counted, kept) = (counted(db, workspace, workspace)?, kept(db, workspace, workspace)?);
    let rank = counted.rank(workspace, gpu_weight(&locked.plan));
    let differs = counted != kept || locked.minutes_rank != rank;
    if differs && should_fix {
        diesel::delete(usage_days::table.filter(usage_days::workspace_id.eq(workspace))).execute(db)?;
        diesel::delete(usage_months::table.filter(usage_months::workspace_id.eq(workspace))).execute(db)?;
        diesel::delete(usage_projects::table.filter(usage_projects::workspace_id.eq(workspace))).execute(db)?;
        store::add_days(db, &counted.days)?;
        store::add_months(db, &counted.months)?;
        let projects = counted.projects.iter().map(|((id, month, name), spent)| ((*id, *month, name.as_str()), *spent));
        store::add_projects(db, &projects.collect())?;
        store::set_rank(db, workspace, rank)?;
    }
    Ok(differs)
}

/// From the events.
fn counted(db: &mut Db, first: WorkspaceId, last: WorkspaceId) -> Result<Sums, DbError> {
    let sql = format!(
        "SELECT workspace_id, ended_at / {DAY} AS day, kind, project, CAST(SUM(seconds) AS BIGINT) AS seconds
         FROM usage_events WHERE workspace_id >= $1 AND workspace_id <= $2
         GROUP BY workspace_id, ended_at / {DAY}, kind, project"
    );
    let query = diesel::sql_query(sql).bind::<Text, _>(first).bind::<Text, _>(last);
    let rows: Vec<Counted> = crate::on_each!(db, |c| query.load(c))?;
    let mut sums = Sums::default();
    for row in rows {
        let month = Month::of(Timestamp::from_micros(row.day * DAY)).index();
        *sums.days.entry((row.workspace_id, row.day, row.kind)).or_default() += row.seconds;
        sums.months.entry((row.workspace_id, month)).or_default().add(row.kind, row.seconds);
        if !row.project.is_empty() {
            sums.projects.entry((row.workspace_id, month, row.project)).or_default().add(row.kind, row.seconds);
        }
    }
    Ok(sums)
}

/// As the meter left them.
fn kept(db: &mut Db, first: WorkspaceId, last: WorkspaceId) -> Result<Sums, DbError> {
    let days: Vec<(WorkspaceId, i64, Kind, i64)> =
        usage_days::table.filter(usage_days::workspace_id.between(first, last)).load(db)?;
    let months: Vec<(WorkspaceId, i64, i64, i64)> =
        usage_months::table.filter(usage_months::workspace_id.between(first, last)).load(db)?;
    let projects: Vec<(WorkspaceId, i64, String, i64, i64)> =
        usage_projects::table.filter(usage_projects::workspace_id.between(first, last)).load(db)?;
    let spent = |cpu_seconds, gpu_seconds| Spent { cpu_seconds, gpu_seconds };
    Ok(Sums {
        days: days.into_iter().map(|(id, day, kind, seconds)| ((id, day, kind), seconds)).collect(),
        months: months.into_iter().map(|(id, month, cpu, gpu)| ((id, month), spent(cpu, gpu))).collect(),
        projects: projects
            .into_iter()
            .map(|(id, month, name, cpu, gpu)| ((id, month, name), spent(cpu, gpu)))
            .collect(),
    })
}

type OfOne<'a> = (Vec<(i64, Kind, i64)>, Vec<(i64, Spent)>, Vec<(i64, &'a str, Spent)>);

impl Sums {
    /// Those of one workspace, in order.
    fn of(&self, id: WorkspaceId) -> OfOne<'_> {
        let none = String::new();
        let days = self.days.range((id, i64::MIN, Kind::Cpu)..).take_while(|(key, _)| key.0 == id);
        let months = self.months.range((id, i64::MIN)..).take_while(|(key, _)| key.0 == id);
        let projects = self.projects.range((id, i64::MIN, none)..).take_while(|(key, _)| key.0 == id);
        (
            days.map(|(key, seconds)| (key.1, key.2, *seconds)).collect(),
            months.map(|(key, spent)| (key.1, *spent)).collect(),
            projects.map(|(key, spent)| (key.1, key.2.as_str(), *spent)).collect(),
        )
    }

    /// Where the list of accounts by minutes has this workspace.
    fn rank(&self, id: WorkspaceId, gpu_weight: i64) -> i64 {
        let last = self.months.range((id, i64::MIN)..=(id, i64::MAX)).next_back();
        let month = last.and_then(|((_, month), spent)| Some((Month::from_index(*month)?, *spent)));
        month.map_or(0, |(month, spent)| rank::of(month, spent.counted_seconds(gpu_weight)))
    }
}
