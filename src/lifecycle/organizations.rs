//! Deleting an organization: closed at once for everybody in it, erased when the grace period ends.
//!
//! Rule: closing kills every invitation and queues the erasure in one transaction. Until that is due an Owner can bring
//! it back as it was. The region's rows go first, then its picture and the name in the directory; a process that dies in
//! between is finished by the next try.

use std::path::PathBuf;

use diesel::prelude::*;

use super::closing::When;
use super::consequences::{self, CountError, Line};
use super::doctor::examination;
use super::erasing::NAME_HELD_DAYS;
use super::erasures::{self, Erased};
use super::steps;
use crate::access::action::DeleteOrganization;
use crate::access::{Permit, Role};
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{invitations, members, organizations};
use crate::files::{Files, hold};
use crate::jobs::{self, Failure, Job, JobContext, Options};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days};
use crate::mail::OrganizationNews;
use crate::photos;
use crate::regions::{Regions, directory};
use crate::workspaces::members::{hold, hold_any, tell, tell_all, username_of};
use crate::workspaces::{WorkspaceError, membership, workspace};

/// An Owner deletes it. Gives back when it is erased.
pub fn close(
    db: &mut Db,
    act: &Act,
    permit: &Permit<DeleteOrganization>,
    when: When,
) -> Result<Timestamp, WorkspaceError> {
    hold(db, permit.workspace)?;
    if membership::role_of(db, permit.workspace, permit.actor)? != Some(Role::Owner) {
        return Err(WorkspaceError::NotThere);
    }
    let erase_at = when.erase_at(act.now);
    close_held(db, act, permit.workspace, permit.actor, erase_at)?;
    Ok(erase_at)
}

/// The same for whoever holds it already; `by` closed it, or closed their account.
pub(super) fn close_held(
    db: &mut Db,
    act: &Act,
    id: WorkspaceId,
    by: AccountId,
    erase_at: Timestamp,
) -> Result<(), WorkspaceError> {
    diesel::update(organizations::table.find(id))
        .set((organizations::erase_at.eq(erase_at), organizations::closed_by.eq(by)))
        .execute(db)?;
    diesel::delete(invitations::table.filter(invitations::workspace_id.eq(id))).execute(db)?;
    activity::record(db, act, id, Some(by), &Event::Organization(OrganizationEvent::Closing { erase_at }))?;
    let news = OrganizationNews::Closing { by: username_of(db, by)?, erase_at };
    tell_all(db, act, id, &[Role::Owner, Role::Admin], None, &news)?;
    queue(db, act, id, erase_at)
}

/// Has it erased then. A second one finds nothing left.
pub(super) fn queue(db: &mut Db, act: &Act, id: WorkspaceId, at: Timestamp) -> Result<(), WorkspaceError> {
    let key = Some(format!("{id}/{}/{}", act.now.as_micros(), at.as_micros()));
    jobs::enqueue::<EraseOrganization>(db, act, &id, Options { key, run_at: Some(at), account: None })?;
    Ok(())
}

/// An Owner keeps it after all. [`WorkspaceError::NotThere`] when it is not closing, or erased already.
pub fn keep(db: &mut Db, act: &Act, permit: &Permit<DeleteOrganization>) -> Result<(), WorkspaceError> {
    let organization = hold_any(db, permit.workspace)?;
    let role = membership::role_of(db, permit.workspace, permit.actor)?;
    // What an administrator deleted, only an administrator brings back.
    if !organization.is_closing() || organization.is_suspended() || role != Some(Role::Owner) {
        return Err(WorkspaceError::NotThere);
    }
    reopen(db, act, permit.workspace, permit.actor)
}

pub(super) fn reopen(db: &mut Db, act: &Act, id: WorkspaceId, by: AccountId) -> Result<(), WorkspaceError> {
    diesel::update(organizations::table.find(id))
        .set((organizations::erase_at.eq(None::<Timestamp>), organizations::closed_by.eq(None::<AccountId>)))
        .execute(db)?;
    activity::record(db, act, id, Some(by), &Event::Organization(OrganizationEvent::ClosingCancelled))?;
    let news = OrganizationNews::ClosingCancelled { by: username_of(db, by)? };
    tell_all(db, act, id, &[Role::Owner, Role::Admin], None, &news)?;
    Ok(())
}

/// What goes with it, counted by the steps that will erase it.
pub fn consequences(db: &mut Db, id: WorkspaceId) -> QueryResult<Vec<Line>> {
    Ok(consequences::lines_of(&steps::count_organization(db, id)?))
}

pub struct EraseOrganization {
    pub regions: Regions,
    pub files: Files,
    /// The log of erasures.
    pub log: PathBuf,
}

impl Job for EraseOrganization {
    const NAME: &'static str = "erase_organization";
    type Request = WorkspaceId;

    fn run(&self, id: WorkspaceId, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        if job.store.write_now(|db| erase_here(db, &act, id))? {
            erase_outside(&self.regions, &self.files, job.region, &act, id)?;
            erasures::write_out(job.store, job.region, &self.log, act.now)?;
        }
        Ok(())
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Database(error) => error.into(),
            other => Self::GiveUp(other.to_string()),
        }
    }
}

/// The part in the region. `false`: it is not due, an Owner kept it.
pub fn erase_here(db: &mut Db, act: &Act, id: WorkspaceId) -> Result<bool, WorkspaceError> {
    let organization = match hold_any(db, id) {
        Ok(organization) => organization,
        Err(WorkspaceError::NotThere) => return Ok(workspace::by_id(db, id)?.is_none()),
        Err(error) => return Err(error),
    };
    if organization.erase_at.is_none_or(|at| at > act.now) {
        return Ok(false);
    }
    erase_held(db, act, id)?;
    Ok(true)
}

pub(super) fn erase_held(db: &mut Db, act: &Act, id: WorkspaceId) -> Result<(), WorkspaceError> {
    let counted = steps::count_organization(db, id)?;
    let lines = consequences::lines_of(&counted);
    let counts = lines.iter().map(|line| (line.what().to_owned(), line.count)).collect();
    let owners: Vec<AccountId> = members::table
        .filter(members::workspace_id.eq(id))
        .filter(members::role.eq(Role::Owner))
        .select(members::account_id)
        .load(db)?;
    let receipt = OrganizationNews::Erased { counts };
    for owner in owners {
        tell(db, act, id, owner, receipt.clone())?;
    }
    steps::erase_organization(db, act, id)?;
    erasures::note(db, id.as_str(), Erased::Organization, act.now)?;
    let counts = counted.iter().map(|(step, count)| (step.name.to_owned(), *count)).collect();
    let event = OrganizationEvent::Erased { organization: id, counts };
    activity::record_instance(db, act, None, None, &Event::Organization(event))?;
    Ok(())
}

/// The picture and the name, after the region has let go of it.
pub fn erase_outside(
    regions: &Regions,
    files: &Files,
    region: Region,
    act: &Act,
    id: WorkspaceId,
) -> Result<(), CountError> {
    // What a backup holds belongs to nobody any more and is swept later.
    if let Some(store) = regions.store(region)
        && let Ok(unheld) = store.read_now(|db| hold::unheld(db, act.now))?
    {
        photos::remove_all(files, region, id, &unheld)?;
    }
    let free_at = act.now.plus(days(NAME_HELD_DAYS));
    regions.directory.write_now(|db| {
        examination::forget(db, id.as_str())?;
        directory::retire(db, &act.keyring, id.as_person(), free_at)
    })?;
    Ok(())
}
