//! What people do with a sample: leave it out for a while, take it back in, delete it.

use diesel::prelude::*;

use super::{Sample, removal, spent};
use crate::access::Permit;
use crate::access::action::SendSamples;
use crate::activity::{self, Event, ProjectEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{numbers, projects, samples};
use crate::kernel::id::{ProjectId, SampleId};
use crate::kernel::time::Timestamp;
use crate::load_to_change;
use diesel::QueryResult;

/// Whether the sample is there. Nothing changes, and nothing is recorded, where it stands so already.
pub fn set_disabled(
    db: &mut Db,
    act: &Act,
    permit: &Permit<SendSamples>,
    project: ProjectId,
    id: SampleId,
    is_disabled: bool,
) -> QueryResult<bool> {
    let Some(sample) = mine(db, permit, project, id)? else { return Ok(false) };
    if sample.disabled_at.is_some() == is_disabled {
        return Ok(true);
    }
    let at: Option<Timestamp> = is_disabled.then_some(act.now);
    diesel::update(samples::table.find(id)).set(samples::disabled_at.eq(at)).execute(db)?;
    let event = ProjectEvent::SampleSwitched { project, sample: id, is_disabled, name: sample.file_name };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Project(event))?;
    Ok(true)
}

/// For good. Its bytes go too, unless another sample has the same. `None`: it was gone already.
pub fn delete(
    db: &mut Db,
    act: &Act,
    permit: &Permit<SendSamples>,
    project: ProjectId,
    id: SampleId,
) -> QueryResult<Option<Sample>> {
    let Some(sample) = mine(db, permit, project, id)? else { return Ok(None) };
    diesel::delete(numbers::table.filter(numbers::id.eq(id.as_str()))).execute(db)?;
    diesel::delete(samples::table.find(id)).execute(db)?;
    spent::note(db, &sample, act.now)?;
    removal::let_go_of_one(db, act, project, &sample.content_hash)?;
    let event = ProjectEvent::SampleDeleted { project, sample: id, name: sample.file_name.clone() };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Project(event))?;
    Ok(Some(sample))
}

fn mine(db: &mut Db, permit: &Permit<SendSamples>, project: ProjectId, id: SampleId) -> QueryResult<Option<Sample>> {
    let project = projects::table
        .filter(projects::id.eq(project))
        .filter(projects::workspace_id.eq(permit.workspace))
        .filter(projects::deleted_at.is_null());
    let here =
        samples::table.filter(samples::id.eq(id)).filter(samples::project_id.eq_any(project.select(projects::id)));
    let found: Vec<Sample> = load_to_change!(db, here.select(Sample::as_select()))?;
    Ok(found.into_iter().next())
}
