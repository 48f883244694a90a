//! A new organization: its name held in the directory, then its rows in its region, then the name confirmed.
//!
//! Rule: each step may be the last one that runs; [`super::lapse`] asks the region and settles what is left half-way.

use diesel::prelude::*;

use super::WorkspaceError;
use super::workspace::WorkspaceKind;
use crate::access::Role;
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{accounts, members, organizations, workspaces};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::names::Username;
use crate::kernel::region::Region;
use crate::kernel::time::hours;
use crate::load_to_change;
use crate::regions::{Regions, directory};
use crate::sessions::account::Status;
use crate::sessions::throttle::{self, Limit, TooMany};

/// How long a creation that never ends keeps its name from others.
const HELD_FOR: std::time::Duration = hours(1);

/// By one account.
const CREATIONS: Limit = Limit { name: "organizations", most: 20, within: hours(24) };

/// What was typed, checked. The creator becomes its Owner, and it lives where they do.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Given beforehand, because its picture is stored under it before there is an organization to show it.
    pub id: WorkspaceId,
    pub name: Username,
    pub title: String,
    pub owner: AccountId,
    pub plan: String,
    /// The version of the picture; `None` shows initials.
    pub photo: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    Yes(WorkspaceId),
    NameTaken,
    /// One person makes only so many: names are few.
    TooMany(TooMany),
}

/// Creates it, on this thread.
pub fn create(regions: &Regions, region: Region, act: &Act, new: &NewOrganization) -> Result<Created, WorkspaceError> {
    let store = regions.store(region).ok_or(WorkspaceError::NotThere)?;
    let id = new.id;
    let held_until = act.now.plus(HELD_FOR);
    let counted = regions.directory.write_now(|db| throttle::count(db, act, CREATIONS, new.owner.as_str()))?;
    if let Err(too_many) = counted {
        return Ok(Created::TooMany(too_many));
    }
    let is_held = regions
        .directory
        .write_now(|db| directory::hold_organization(db, &act.keyring, &new.name, id, region, act.now, held_until))?;
    if !is_held {
        return Ok(Created::NameTaken);
    }
    store.write_now(|db| insert(db, act, new))?;
    regions.directory.write_now(|db| directory::confirm_organization(db, id))?;
    Ok(Created::Yes(id))
}

/// The part in the region.
pub fn insert(db: &mut Db, act: &Act, new: &NewOrganization) -> Result<(), WorkspaceError> {
    let id = new.id;
    hold_active(db, new.owner)?;
    diesel::insert_into(workspaces::table)
        .values((
            workspaces::id.eq(id),
            workspaces::name.eq(new.name.as_str()),
            workspaces::kind.eq(WorkspaceKind::Organization),
            workspaces::plan.eq(&new.plan),
            workspaces::minutes_rank.eq(0_i64),
            workspaces::created_at.eq(act.now),
        ))
        .execute(db)?;
    // The Owner comes first: an organization is never without one, not even for the length of a statement.
    diesel::insert_into(members::table)
        .values((
            members::workspace_id.eq(id),
            members::account_id.eq(new.owner),
            members::role.eq(Role::Owner),
            members::is_away.eq(false),
            members::joined_at.eq(act.now),
        ))
        .execute(db)?;
    diesel::insert_into(organizations::table)
        .values((
            organizations::workspace_id.eq(id),
            organizations::title.eq(&new.title),
            organizations::photo.eq(&new.photo),
            organizations::requires_mfa.eq(false),
            organizations::networks.eq(""),
            organizations::owners.eq(1_i64),
            organizations::revision.eq(0_i64),
            organizations::created_by.eq(new.owner),
            organizations::created_at.eq(act.now),
        ))
        .execute(db)?;
    activity::record(db, act, id, Some(new.owner), &Event::Organization(OrganizationEvent::Created))?;
    Ok(())
}

/// Keeps an account from closing until this transaction ends: one that is closing joins nothing.
pub(super) fn hold_active(db: &mut Db, account: AccountId) -> Result<(), WorkspaceError> {
    let active = accounts::table.filter(accounts::id.eq(account)).filter(accounts::status.eq(Status::Active));
    let found: Vec<AccountId> = load_to_change!(db, active.select(accounts::id))?;
    if found.is_empty() { Err(WorkspaceError::NotThere) } else { Ok(()) }
}
