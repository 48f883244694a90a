//! What an administrator of the instance does to an organization: suspends it, opens it again, deletes it.
//!
//! Rule: whoever belongs to it is told the reason. A suspended organization is shut for everybody and its keys are
//! refused, but nothing in it changes; one that an administrator deleted is shut the same way until it is erased, so that
//! no Owner brings it back.

use diesel::prelude::*;

use super::closing::When;
use super::organizations::queue;
use crate::access::Role;
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{invitations, organizations};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::mail::OrganizationNews;
use crate::workspaces::members::{hold_any, tell_all};
use crate::workspaces::{WorkspaceError, workspace::Organization};
use diesel::QueryResult;

const TOLD: &[Role] = &[Role::Owner, Role::Admin];

/// Shuts it. [`WorkspaceError::NotThere`]: it is shut already.
pub fn suspend(
    db: &mut Db,
    act: &Act,
    administrator: AccountId,
    id: WorkspaceId,
    reason: &str,
) -> Result<(), WorkspaceError> {
    let organization = hold_any(db, id)?;
    if organization.is_closing() || organization.is_suspended() {
        return Err(WorkspaceError::NotThere);
    }
    shut(db, act, &organization, reason)?;
    record(db, act, administrator, id, OrganizationEvent::Suspended { organization: id })?;
    Ok(tell_all(db, act, id, TOLD, None, &OrganizationNews::Suspended { reason: reason.to_owned() })?)
}

/// Opens it again, also when it was deleted by an administrator and is not erased yet.
pub fn reinstate(
    db: &mut Db,
    act: &Act,
    administrator: AccountId,
    id: WorkspaceId,
    reason: &str,
) -> Result<(), WorkspaceError> {
    let organization = hold_any(db, id)?;
    if !organization.is_suspended() || organization.erase_at.is_some_and(|at| at <= act.now) {
        return Err(WorkspaceError::NotThere);
    }
    diesel::update(organizations::table.find(id))
        .set((
            organizations::suspended_at.eq(None::<Timestamp>),
            organizations::suspended_because.eq(None::<String>),
            organizations::erase_at.eq(None::<Timestamp>),
            organizations::closed_by.eq(None::<AccountId>),
        ))
        .execute(db)?;
    record(db, act, administrator, id, OrganizationEvent::Reinstated { organization: id })?;
    Ok(tell_all(db, act, id, TOLD, None, &OrganizationNews::Reinstated { reason: reason.to_owned() })?)
}

/// Deletes it, whether it is open or suspended. Gives back when it is erased.
pub fn delete(
    db: &mut Db,
    act: &Act,
    administrator: AccountId,
    id: WorkspaceId,
    reason: &str,
    when: When,
) -> Result<Timestamp, WorkspaceError> {
    let organization = hold_any(db, id)?;
    if organization.is_closing() {
        return Err(WorkspaceError::NotThere);
    }
    let erase_at = when.erase_at(act.now);
    shut(db, act, &organization, reason)?;
    diesel::update(organizations::table.find(id)).set(organizations::erase_at.eq(erase_at)).execute(db)?;
    diesel::delete(invitations::table.filter(invitations::workspace_id.eq(id))).execute(db)?;
    record(db, act, administrator, id, OrganizationEvent::Deleted { organization: id, erase_at })?;
    tell_all(db, act, id, TOLD, None, &OrganizationNews::Deleted { reason: reason.to_owned(), erase_at })?;
    queue(db, act, id, erase_at)?;
    Ok(erase_at)
}

fn shut(db: &mut Db, act: &Act, organization: &Organization, reason: &str) -> QueryResult<()> {
    let since = organization.suspended_at.unwrap_or(act.now);
    diesel::update(organizations::table.find(organization.workspace_id))
        .set((organizations::suspended_at.eq(since), organizations::suspended_because.eq(reason)))
        .execute(db)?;
    Ok(())
}

/// In its own chain, for its members, and in the record of the instance.
fn record(db: &mut Db, act: &Act, by: AccountId, id: WorkspaceId, event: OrganizationEvent) -> QueryResult<()> {
    let event = Event::Organization(event);
    activity::record(db, act, id, Some(by), &event)?;
    activity::record_instance(db, act, Some(by), None, &event)
}
