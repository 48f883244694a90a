//! Deleted projects: out of sight and reach at once, restorable for 30 days, then erased by a job.
//!
//! Rule: the page that announces a deletion counts with [`STEPS`], and the job erases with the same list, so they cannot
//! disagree. While a project lies here its keys are refused; whoever they belong to is told, there and back.

use std::time::Duration;

use diesel::prelude::*;

use super::consequences::Line;
use super::steps::Kind;
use crate::access::Permit;
use crate::access::action::EditProjects;
use crate::activity::{self, Event, ProjectEvent};
use crate::crypto::act::Act;
use crate::db::schema::{
    api_keys, artifacts, hmac_keys, numbers, projects, samples, secret_projects, spent_signatures,
};
use crate::db::{Db, DbError};
use crate::ingestion::samples::let_go_of_project;
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::{AccountId, ProjectId, WorkspaceId};
use crate::kernel::time::{Timestamp, days};
use crate::load_to_change;
use crate::mail::{Letter, ProjectLetter};
use crate::projects::project::Project;
use crate::projects::{creation, people, place};
use diesel::QueryResult;

/// How long a deleted project can be had back.
pub const KEPT_DAYS: u64 = 30;
pub const KEPT: Duration = days(KEPT_DAYS);
/// At a time, so that no transaction takes long.
const BATCH: i64 = 10;

macro_rules! kinds {
    ($($name:ident: $one:literal, $many:literal, $with:literal;)+) => {
        $(const $name: &Kind = &Kind { one: $one, many: $many, with: $with };)+
        const KINDS: &[&Kind] = &[$($name),+];
    };
}

kinds! {
    PROJECT: "project", "projects", "Its name, description, settings and signing policy";
    SAMPLES: "sample", "samples", "The files that devices and tools sent in, with their labels";
    ARTIFACTS: "artifact", "artifacts", "The registrations of datasets and models; the platform keeps or drops the rest";
    API_KEYS: "API key", "API keys", "Refused at once; programs that use them stop";
    HMAC_KEYS: "HMAC key", "HMAC keys", "Devices that sign with them are no longer believed";
}

/// One table of what a project takes along.
pub struct Step {
    pub name: &'static str,
    kind: &'static Kind,
    is_counted: bool,
    count: fn(&mut Db, ProjectId) -> QueryResult<i64>,
    erase: fn(&mut Db, ProjectId) -> QueryResult<usize>,
}

macro_rules! rows {
    (with $kind:ident, $table:ident, |$project:ident| $filter:expr) => {
        Step { is_counted: false, ..rows!($kind, $table, |$project| $filter) }
    };
    ($kind:ident, $table:ident, |$project:ident| $filter:expr) => {
        Step {
            name: stringify!($table),
            kind: $kind,
            is_counted: true,
            count: |db, $project| $table::table.filter($filter).count().get_result(db),
            erase: |db, $project| diesel::delete($table::table.filter($filter)).execute(db),
        }
    };
}

/// In the order of erasing: what points to something goes before it.
pub const STEPS: &[Step] = &[
    rows!(with SAMPLES, numbers, |project| numbers::id
        .eq_any(samples::table.filter(samples::project_id.eq(project)).select(samples::id))),
    rows!(with SAMPLES, spent_signatures, |project| spent_signatures::project_id.eq(project)),
    rows!(SAMPLES, samples, |project| samples::project_id.eq(project)),
    rows!(ARTIFACTS, artifacts, |project| artifacts::project_id.eq(project)),
    rows!(with API_KEYS, numbers, |project| numbers::id
        .eq_any(api_keys::table.filter(api_keys::project_id.eq(project)).select(api_keys::id))),
    rows!(with HMAC_KEYS, numbers, |project| numbers::id
        .eq_any(hmac_keys::table.filter(hmac_keys::project_id.eq(project)).select(hmac_keys::id))),
    rows!(with PROJECT, numbers, |project| numbers::id.eq(project.as_str().to_owned())),
    // Revoked keys stay as long as the project, because samples name them; the page counts them too.
    rows!(API_KEYS, api_keys, |project| api_keys::project_id.eq(project)),
    rows!(HMAC_KEYS, hmac_keys, |project| hmac_keys::project_id.eq(project)),
    // A secret that only this project's jobs got is kept; nobody's jobs get it until somebody says whose.
    rows!(with PROJECT, secret_projects, |project| secret_projects::project_id.eq(project)),
    rows!(PROJECT, projects, |project| projects::id.eq(project)),
];

/// What deleting a project would take along, as a person reads it.
pub fn consequences(db: &mut Db, project: ProjectId) -> QueryResult<Vec<Line>> {
    let mut counts = Vec::new();
    for step in STEPS.iter().filter(|step| step.is_counted) {
        counts.push((step.kind, (step.count)(db, project)?));
    }
    let count = |kind: &Kind| counts.iter().filter(|(of, _)| *of == kind).map(|(_, count)| count).sum();
    Ok(KINDS.iter().map(|kind| Line { kind, count: count(kind) }).filter(|line| line.count > 0).collect())
}

/// Takes a project out of sight. When it will be erased; `None` when it is gone already.
pub fn delete(
    db: &mut Db,
    act: &Act,
    permit: &Permit<EditProjects>,
    project: ProjectId,
) -> QueryResult<Option<Timestamp>> {
    let live = projects::table
        .filter(projects::id.eq(project))
        .filter(projects::workspace_id.eq(permit.workspace))
        .filter(projects::deleted_at.is_null());
    let found: Vec<Project> = load_to_change!(db, live.select(Project::as_select()))?;
    let Some(found) = found.into_iter().next() else { return Ok(None) };
    diesel::update(projects::table.find(project))
        .set((projects::deleted_at.eq(act.now), projects::deleted_by.eq(permit.actor)))
        .execute(db)?;
    let erase_at = act.now.plus(KEPT);
    let event = ProjectEvent::Deleted { project, erase_at, name: found.name.clone() };
    let letter = |workspace| ProjectLetter::Deleted { name: found.name, workspace, erase_at };
    tell(db, act, permit, event, letter)?;
    Ok(Some(erase_at))
}

/// Brings a project back, with its keys. Its address changes only where another took it before the trash kept them.
/// `None`: too late.
pub fn restore(
    db: &mut Db,
    act: &Act,
    permit: &Permit<EditProjects>,
    project: ProjectId,
) -> QueryResult<Option<Project>> {
    let deleted = projects::table
        .filter(projects::id.eq(project))
        .filter(projects::workspace_id.eq(permit.workspace))
        .filter(projects::deleted_at.gt(act.now.minus(KEPT)));
    let found: Vec<Project> = load_to_change!(db, deleted.select(Project::as_select()))?;
    let Some(mut found) = found.into_iter().next() else { return Ok(None) };
    found.slug = creation::free_slug(db, permit.workspace, &found.slug, Some(project))?;
    diesel::update(projects::table.find(project))
        .set((
            projects::deleted_at.eq(None::<Timestamp>),
            projects::deleted_by.eq(None::<AccountId>),
            projects::slug.eq(&found.slug),
        ))
        .execute(db)?;
    let event = ProjectEvent::Restored { project, name: found.name.clone() };
    let (name, slug) = (found.name.clone(), found.slug.clone());
    tell(db, act, permit, event, |workspace| ProjectLetter::Restored { name, workspace, slug })?;
    Ok(Some(found))
}

/// Records it, and queues a mail to whoever did it and to the workspace's Owners: keys stop or start to work with it.
fn tell(
    db: &mut Db,
    act: &Act,
    permit: &Permit<EditProjects>,
    event: ProjectEvent,
    letter: impl FnOnce(String) -> ProjectLetter,
) -> QueryResult<()> {
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Project(event))?;
    let Some(place) = place::of(db, permit.workspace, None)? else { return Ok(()) };
    let letter = Letter::Project(letter(place.workspace_name));
    people::tell_owners(db, act, permit.workspace, Some(permit.actor), &letter)
}

/// Erases what has been in the trash for long enough.
pub struct PurgeProjects;

impl Job for PurgeProjects {
    const NAME: &'static str = "purge_projects";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        job.in_parts(|db| purge_some(db, &act))
    }
}

fn purge_some(db: &mut Db, act: &Act) -> Result<usize, DbError> {
    let due = projects::table
        .filter(projects::deleted_at.le(act.now.minus(KEPT)))
        .order(projects::id)
        .select((projects::id, projects::workspace_id))
        .limit(BATCH);
    let due: Vec<(ProjectId, WorkspaceId)> = load_to_change!(db, due)?;
    for (project, workspace) in &due {
        let mut counts: Vec<(String, i64)> = Vec::new();
        for step in STEPS {
            let rows = (step.erase)(db, *project)?;
            if step.is_counted {
                counts.push((step.name.to_owned(), i64::try_from(rows).unwrap_or(i64::MAX)));
            }
        }
        let_go_of_project(db, act, *project)?;
        let event = ProjectEvent::Erased { project: *project, counts };
        activity::record(db, act, *workspace, None, &Event::Project(event))?;
    }
    Ok(due.len())
}
