//! The four tables of this room: events, and their sums by day, month and project.
//!
//! Rule: sums only ever grow by what [`insert_new`] found to be new, in the same transaction.

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::upsert::excluded;

use super::Kind;
use super::event::Event;
use super::month::{ProjectUsage, Spent};
use crate::db::schema::{usage_days, usage_events, usage_months, usage_projects, workspaces};
use crate::db::{Db, DbError, in_parts};
use crate::kernel::id::WorkspaceId;
use crate::kernel::time::Timestamp;

/// Rows in one INSERT. SQLite takes 32,766 values in a statement, PostgreSQL 65,535; more rows gain nothing.
const ROWS: usize = 200;

/// What the meter reads of a workspace before it counts.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Metered {
    pub id: WorkspaceId,
    pub plan: String,
    pub minutes_rank: i64,
}

/// Those of `ids` that exist, locked in the order of their ids: two batches never wait for each other in a circle.
pub(super) fn lock_workspaces(db: &mut Db, ids: &[WorkspaceId]) -> Result<Vec<Metered>, DbError> {
    let query = workspaces::table.filter(workspaces::id.eq_any(ids)).order(workspaces::id).select((
        workspaces::id,
        workspaces::plan,
        workspaces::minutes_rank,
    ));
    crate::load_to_change!(db, query)
}

pub(super) fn set_rank(db: &mut Db, workspace: WorkspaceId, rank: i64) -> Result<(), DbError> {
    diesel::update(workspaces::table.find(workspace)).set(workspaces::minutes_rank.eq(rank)).execute(db)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = usage_events, treat_none_as_default_value = false)]
struct EventRow<'a> {
    source: &'a str,
    event_id: &'a str,
    workspace_id: WorkspaceId,
    kind: Kind,
    seconds: i64,
    ended_at: Timestamp,
    job: &'a str,
    project: &'a str,
    api_key: &'a str,
    member: &'a str,
    received_at: Timestamp,
}

/// Stores those whose (source, id) was never seen and returns these keys. An insert that another transaction is making
/// at this instant is waited for, so that of two only one is new.
pub(super) fn insert_new(db: &mut Db, events: &[&Event], now: Timestamp) -> Result<HashSet<(String, String)>, DbError> {
    let mut new = HashSet::with_capacity(events.len());
    for part in events.chunks(ROWS) {
        let rows: Vec<EventRow<'_>> = part
            .iter()
            .map(|event| EventRow {
                source: &event.source,
                event_id: &event.id,
                workspace_id: event.workspace,
                kind: event.kind,
                seconds: event.seconds,
                ended_at: event.ended_at,
                job: &event.job,
                project: &event.project,
                api_key: &event.key,
                member: &event.member,
                received_at: now,
            })
            .collect();
        let keys: Vec<(String, String)> = crate::on_each!(db, |c| diesel::insert_into(usage_events::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .returning((usage_events::source, usage_events::event_id))
            .load(c))?;
        new.extend(keys);
    }
    Ok(new)
}

/// The stored events of one source that bear these ids.
pub(super) fn stored(db: &mut Db, source: &str, ids: &[&str]) -> Result<Vec<Event>, DbError> {
    use usage_events::{api_key, ended_at, event_id, job, kind, member, project, seconds, workspace_id};
    // In the order of `Event`'s fields.
    usage_events::table
        .filter(usage_events::source.eq(source))
        .filter(event_id.eq_any(ids))
        .select((usage_events::source, event_id, workspace_id, kind, seconds, ended_at, job, project, api_key, member))
        .load(db)
}

/// Adds to the sums by day.
pub(super) fn add_days(db: &mut Db, sums: &BTreeMap<(WorkspaceId, i64, Kind), i64>) -> Result<(), DbError> {
    use usage_days::{day, kind, seconds, workspace_id};
    let rows: Vec<_> = sums
        .iter()
        .map(|(key, sum)| (workspace_id.eq(key.0), day.eq(key.1), kind.eq(key.2), seconds.eq(*sum)))
        .collect();
    for part in rows.chunks(ROWS) {
        crate::on_each!(db, |c| diesel::insert_into(usage_days::table)
            .values(part)
            .on_conflict((workspace_id, day, kind))
            .do_update()
            .set(seconds.eq(seconds + excluded(seconds)))
            .execute(c))?;
    }
    Ok(())
}

/// Adds to the sums by month and returns what they are now.
pub(super) fn add_months(
    db: &mut Db,
    sums: &BTreeMap<(WorkspaceId, i64), Spent>,
) -> Result<Vec<(WorkspaceId, i64, Spent)>, DbError> {
    use usage_months::{cpu_seconds, gpu_seconds, month, workspace_id};
    let rows: Vec<_> = sums
        .iter()
        .map(|(key, sum)| {
            (workspace_id.eq(key.0), month.eq(key.1), cpu_seconds.eq(sum.cpu_seconds), gpu_seconds.eq(sum.gpu_seconds))
        })
        .collect();
    let mut totals = Vec::with_capacity(rows.len());
    for part in rows.chunks(ROWS) {
        let part: Vec<(WorkspaceId, i64, i64, i64)> =
            crate::on_each!(db, |c| diesel::insert_into(usage_months::table)
                .values(part)
                .on_conflict((workspace_id, month))
                .do_update()
                .set((
                    cpu_seconds.eq(cpu_seconds + excluded(cpu_seconds)),
                    gpu_seconds.eq(gpu_seconds + excluded(gpu_seconds)),
                ))
                .returning((workspace_id, month, cpu_seconds, gpu_seconds))
                .load(c))?;
        totals.extend(
            part.into_iter().map(|(id, index, cpu, gpu)| (id, index, Spent { cpu_seconds: cpu, gpu_seconds: gpu })),
        );
    }
    Ok(totals)
}

/// Adds to the sums by project.
pub(super) fn add_projects(db: &mut Db, sums: &BTreeMap<(WorkspaceId, i64, &str), Spent>) -> Result<(), DbError> {
    use usage_projects::{cpu_seconds, gpu_seconds, month, project, workspace_id};
    let rows: Vec<_> = sums
        .iter()
        .map(|(key, sum)| {
            (
                workspace_id.eq(key.0),
                month.eq(key.1),
                project.eq(key.2),
                cpu_seconds.eq(sum.cpu_seconds),
                gpu_seconds.eq(sum.gpu_seconds),
            )
        })
        .collect();
    for part in rows.chunks(ROWS) {
        crate::on_each!(db, |c| diesel::insert_into(usage_projects::table)
            .values(part)
            .on_conflict((workspace_id, month, project))
            .do_update()
            .set((
                cpu_seconds.eq(cpu_seconds + excluded(cpu_seconds)),
                gpu_seconds.eq(gpu_seconds + excluded(gpu_seconds)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Sums of the days from `first` up to but not including `end`.
pub(super) fn days(
    db: &mut Db,
    workspace: WorkspaceId,
    first: i64,
    end: i64,
) -> Result<Vec<(i64, Kind, i64)>, DbError> {
    usage_days::table
        .filter(usage_days::workspace_id.eq(workspace))
        .filter(usage_days::day.ge(first))
        .filter(usage_days::day.lt(end))
        .select((usage_days::day, usage_days::kind, usage_days::seconds))
        .load(db)
}

/// Sums by month index, newest first.
pub(super) fn months(db: &mut Db, workspace: WorkspaceId, limit: i64) -> Result<Vec<(i64, Spent)>, DbError> {
    let rows: Vec<(i64, i64, i64)> = usage_months::table
        .filter(usage_months::workspace_id.eq(workspace))
        .order(usage_months::month.desc())
        .limit(limit)
        .select((usage_months::month, usage_months::cpu_seconds, usage_months::gpu_seconds))
        .load(db)?;
    Ok(rows.into_iter().map(|(month, cpu, gpu)| (month, Spent { cpu_seconds: cpu, gpu_seconds: gpu })).collect())
}

/// The sums of one month, of those of `workspaces` that used anything.
pub(super) fn month_of(
    db: &mut Db,
    workspaces: &[WorkspaceId],
    month: i64,
) -> Result<Vec<(WorkspaceId, Spent)>, DbError> {
    let rows: Vec<(WorkspaceId, i64, i64)> = in_parts(workspaces, |part| {
        usage_months::table
            .filter(usage_months::workspace_id.eq_any(part))
            .filter(usage_months::month.eq(month))
            .select((usage_months::workspace_id, usage_months::cpu_seconds, usage_months::gpu_seconds))
            .load(db)
    })?;
    Ok(rows.into_iter().map(|(id, cpu, gpu)| (id, Spent { cpu_seconds: cpu, gpu_seconds: gpu })).collect())
}

/// One project's part of a month, if it used anything.
pub(super) fn project(
    db: &mut Db,
    workspace: WorkspaceId,
    month: i64,
    project: &str,
) -> Result<Option<Spent>, DbError> {
    let found: Option<(i64, i64)> = usage_projects::table
        .find((workspace, month, project))
        .select((usage_projects::cpu_seconds, usage_projects::gpu_seconds))
        .first(db)
        .optional()?;
    Ok(found.map(|(cpu_seconds, gpu_seconds)| Spent { cpu_seconds, gpu_seconds }))
}

/// The same by the events themselves: of those that ended from `since` up to but not including `end`.
pub(super) fn project_between(
    db: &mut Db,
    workspace: WorkspaceId,
    project: &str,
    since: Timestamp,
    end: Timestamp,
) -> Result<Spent, DbError> {
    let sql = "SELECT kind, CAST(SUM(seconds) AS BIGINT) AS seconds FROM usage_events
        WHERE workspace_id = $1 AND ended_at >= $2 AND ended_at < $3 AND project = $4 GROUP BY kind";
    let query = diesel::sql_query(sql)
        .bind::<Text, _>(workspace)
        .bind::<BigInt, _>(since)
        .bind::<BigInt, _>(end)
        .bind::<Text, _>(project);
    let sums: Vec<OfKind> = crate::on_each!(db, |c| query.load(c))?;
    let mut spent = Spent::default();
    for OfKind { kind, seconds } in sums {
        spent.add(kind, seconds);
    }
    Ok(spent)
}

#[derive(QueryableByName)]
struct OfKind {
    #[diesel(sql_type = Text)]
    kind: Kind,
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

/// Sums by project, in the order of their names.
pub(super) fn projects(db: &mut Db, workspace: WorkspaceId, month: i64) -> Result<Vec<ProjectUsage>, DbError> {
    let rows: Vec<(String, i64, i64)> = usage_projects::table
        .filter(usage_projects::workspace_id.eq(workspace))
        .filter(usage_projects::month.eq(month))
        .order(usage_projects::project)
        .select((usage_projects::project, usage_projects::cpu_seconds, usage_projects::gpu_seconds))
        .load(db)?;
    let as_usage = |(project, cpu_seconds, gpu_seconds)| ProjectUsage {
        project,
        spent: Spent { cpu_seconds, gpu_seconds },
        until: None,
    };
    Ok(rows.into_iter().map(as_usage).collect())
}
