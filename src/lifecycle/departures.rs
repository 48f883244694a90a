//! What becomes of an account's organizations when it closes, and when it comes back.
//!
//! Rule: no organization is left without an Owner who can enter it. Where the account is the only one, whoever closes it
//! says what becomes of each: handed over to a member, or deleted with the account.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::LifecycleError;
use super::closing::{By, Closure};
use super::members::{came_back, went_away};
use super::organizations;
use crate::access::Role;
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::schema::{accounts, members, organizations as table, workspaces};
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::mail::OrganizationNews;
use crate::sessions::account::Status;
use crate::workspaces::WorkspaceError;
use crate::workspaces::members::{hold_any, tell};
use crate::workspaces::workspace::owners;
use diesel::QueryResult;

/// Who may be named on the page; more are too many to choose from.
const MOST_HEIRS: i64 = 20;

/// What becomes of an organization whose only Owner goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    HandOver(AccountId),
    Delete,
}

pub type Fates = BTreeMap<WorkspaceId, Fate>;

/// An organization that would be left without an Owner, and who could become one.
#[derive(Clone, Debug)]
pub struct Orphan {
    pub id: WorkspaceId,
    pub name: String,
    pub title: String,
    pub members: i64,
    /// The account, its username and its name; the highest role first.
    pub heirs: Vec<(AccountId, String, String, Role)>,
}

/// Those that only this account owns and that are not closing already.
pub fn orphans(db: &mut Db, account: AccountId) -> QueryResult<Vec<Orphan>> {
    let owned: Vec<(WorkspaceId, String, String)> = members::table
        .inner_join(workspaces::table.inner_join(table::table))
        .filter(members::account_id.eq(account))
        .filter(members::role.eq(Role::Owner))
        .filter(members::is_away.eq(false))
        .filter(table::owners.eq(1_i64))
        .filter(table::erase_at.is_null())
        .order(workspaces::name)
        .select((workspaces::id, workspaces::name, table::title))
        .load(db)?;
    let mut orphans = Vec::with_capacity(owned.len());
    for (id, name, title) in owned {
        let members = members::table.filter(members::workspace_id.eq(id)).count().get_result(db)?;
        orphans.push(Orphan { id, name, title, members, heirs: heirs(db, id, account)? });
    }
    Ok(orphans)
}

/// Members who could become Owners: here, and with an account that can be used.
fn heirs(db: &mut Db, id: WorkspaceId, but: AccountId) -> QueryResult<Vec<(AccountId, String, String, Role)>> {
    let mut found = Vec::new();
    for role in Role::ALL {
        let left = MOST_HEIRS - i64::try_from(found.len()).unwrap_or(MOST_HEIRS);
        let some: Vec<(AccountId, String, String, Role)> = members::table
            .inner_join(accounts::table)
            .filter(members::workspace_id.eq(id))
            .filter(members::role.eq(role))
            .filter(members::is_away.eq(false))
            .filter(members::account_id.ne(but))
            .filter(accounts::status.eq(Status::Active))
            .order((members::joined_at, members::account_id))
            .select((accounts::id, accounts::username, accounts::name, members::role))
            .limit(left.max(0))
            .load(db)?;
        found.extend(some);
    }
    Ok(found)
}

/// The account goes: away from every organization, those that it alone owns handed over or closed with it.
pub(super) fn depart(
    db: &mut Db,
    act: &Act,
    account: AccountId,
    by: &By,
    fates: &Fates,
    erase_at: Timestamp,
) -> Result<(), LifecycleError> {
    for (id, role) in memberships(db, account, false)? {
        let organization = hold_any(db, id)?;
        if role == Role::Owner && owners(db, id)? == 1 {
            if let Some(at) = organization.erase_at {
                // Stays in it to the end: nobody else could be its Owner any more.
                if at > erase_at {
                    diesel::update(table::table.find(id)).set(table::erase_at.eq(erase_at)).execute(db)?;
                    organizations::queue(db, act, id, erase_at)?;
                }
                continue;
            }
            match fate(db, id, account, by, fates)? {
                Fate::HandOver(heir) => hand_over(db, act, id, heir)?,
                Fate::Delete => {
                    organizations::close_held(db, act, id, account, erase_at)?;
                    continue;
                }
            }
        }
        diesel::update(members::table.find((id, account))).set(members::is_away.eq(true)).execute(db)?;
        let event = OrganizationEvent::MemberWentAway { role: role.as_str() };
        activity::record_about(db, act, id, Some(account), account, &Event::Organization(event))?;
        went_away(db, act, id, account)?;
    }
    Ok(())
}

/// What was chosen. An administrator who chose nothing hands over to the first there is, or deletes.
fn fate(db: &mut Db, id: WorkspaceId, account: AccountId, by: &By, fates: &Fates) -> Result<Fate, LifecycleError> {
    let heirs = heirs(db, id, account)?;
    match (fates.get(&id), by) {
        (Some(Fate::Delete), _) => Ok(Fate::Delete),
        (Some(Fate::HandOver(heir)), _) if heirs.iter().any(|(one, ..)| one == heir) => Ok(Fate::HandOver(*heir)),
        (None, By::Administrator { .. }) => Ok(heirs.first().map_or(Fate::Delete, |(heir, ..)| Fate::HandOver(*heir))),
        (Some(Fate::HandOver(_)) | None, _) => Err(LifecycleError::SoleOwner),
    }
}

pub(super) fn hand_over(db: &mut Db, act: &Act, id: WorkspaceId, heir: AccountId) -> Result<(), WorkspaceError> {
    let row = members::table.find((id, heir));
    let from: Role = row.select(members::role).first(db)?;
    diesel::update(row).set(members::role.eq(Role::Owner)).execute(db)?;
    let event = OrganizationEvent::RoleChanged { from: from.as_str(), to: Role::Owner.as_str() };
    activity::record_about(db, act, id, None, heir, &Event::Organization(event))?;
    tell(db, act, id, heir, OrganizationNews::HandedOver)?;
    Ok(())
}

/// The account comes back: a member as before, and what was closed with it is open again.
pub(super) fn come_back(db: &mut Db, act: &Act, account: AccountId, closure: &Closure) -> Result<(), LifecycleError> {
    for (id, role) in memberships(db, account, true)? {
        hold_any(db, id)?;
        diesel::update(members::table.find((id, account))).set(members::is_away.eq(false)).execute(db)?;
        let event = OrganizationEvent::MemberCameBack { role: role.as_str() };
        activity::record_about(db, act, id, Some(account), account, &Event::Organization(event))?;
        came_back(db, act, id, account, closure.requested_at)?;
    }
    for id in closed_with(db, account, closure.erase_at)? {
        hold_any(db, id)?;
        organizations::reopen(db, act, id, account)?;
    }
    Ok(())
}

/// The account is suspended: it stays a member of its organizations, and what it made there works for nobody.
pub(super) fn stop_keys(db: &mut Db, act: &Act, account: AccountId) -> Result<(), LifecycleError> {
    for (id, _) in memberships(db, account, false)? {
        hold_any(db, id)?;
        went_away(db, act, id, account)?;
    }
    Ok(())
}

/// The account is active again: what its suspension stopped works as before.
pub(super) fn let_keys_in(
    db: &mut Db,
    act: &Act,
    account: AccountId,
    stopped_at: Timestamp,
) -> Result<(), LifecycleError> {
    for (id, _) in memberships(db, account, false)? {
        hold_any(db, id)?;
        came_back(db, act, id, account, stopped_at)?;
    }
    Ok(())
}

/// Organizations that end with the account, to be erased before it.
pub(super) fn ending_with(db: &mut Db, account: AccountId) -> QueryResult<Vec<WorkspaceId>> {
    members::table
        .inner_join(workspaces::table.inner_join(table::table))
        .filter(members::account_id.eq(account))
        .filter(members::role.eq(Role::Owner))
        .filter(members::is_away.eq(false))
        .filter(table::owners.eq(1_i64))
        .filter(table::erase_at.is_not_null())
        .order(workspaces::id)
        .select(workspaces::id)
        .load(db)
}

fn closed_with(db: &mut Db, account: AccountId, erase_at: Timestamp) -> QueryResult<Vec<WorkspaceId>> {
    table::table
        .filter(table::closed_by.eq(account))
        .filter(table::erase_at.eq(erase_at))
        .order(table::workspace_id)
        .select(table::workspace_id)
        .load(db)
}

/// In the order of ids, so that two accounts that close at once never wait for each other.
fn memberships(db: &mut Db, account: AccountId, are_away: bool) -> Result<Vec<(WorkspaceId, Role)>, DbError> {
    members::table
        .filter(members::account_id.eq(account))
        .filter(members::is_away.eq(are_away))
        .order(members::workspace_id)
        .select((members::workspace_id, members::role))
        .load(db)
}
