//! Who somebody is in a workspace, read anew for every request: a demotion counts from the next one.

use diesel::prelude::*;

use super::workspace::{Organization, Workspace, WorkspaceKind};
use crate::access::{Membership, Role};
use crate::db::Db;
use crate::db::schema::{members, organizations, workspaces};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::on_each;
use diesel::QueryResult;

/// A workspace and what the account is in it.
#[derive(Clone, Debug)]
pub struct Place {
    pub workspace: Workspace,
    /// None: it is the account's own.
    pub organization: Option<Organization>,
    pub membership: Membership,
}

/// Whether somebody who belongs to a place gets in now. The one answer for pages, tools and other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    Open,
    /// On its way to be erased: as if it were not there.
    Closing,
    /// An administrator shut it, for this reason.
    Suspended(&'a str),
    /// With a second factor only, and this person has none.
    FactorWanted,
}

impl<'a> Entry<'a> {
    fn of(erase_at: Option<Timestamp>, shut_because: Option<&'a str>, wants_factor: bool) -> Self {
        match (erase_at, shut_because) {
            (Some(_), _) => Self::Closing,
            (None, Some(reason)) => Self::Suspended(reason),
            (None, None) if wants_factor => Self::FactorWanted,
            (None, None) => Self::Open,
        }
    }
}

impl Place {
    /// One's own is always open.
    pub fn entry(&self, has_mfa: bool) -> Entry<'_> {
        self.organization.as_ref().map_or(Entry::Open, |one| {
            Entry::of(one.erase_at, one.suspended_because.as_deref(), one.requires_mfa && !has_mfa)
        })
    }
}

/// The one workspace that passes, as this account sees it.
macro_rules! place_where {
    ($db:expr, $account:expr, $filter:expr) => {{
        let found: Option<(Workspace, Option<Organization>)> = on_each!($db, |c| workspaces::table
            .left_join(organizations::table)
            .filter($filter)
            .select((Workspace::as_select(), Option::<Organization>::as_select()))
            .first(c))
        .optional()?;
        match found {
            Some((workspace, organization)) => within($db, workspace, organization, $account),
            None => Ok(None),
        }
    }};
}

/// The workspace of this name as this account sees it. `None` for whoever is not in it: to them it does not exist.
pub fn at(db: &mut Db, name: &str, account: AccountId) -> QueryResult<Option<Place>> {
    place_where!(db, account, workspaces::name.eq(name))
}

/// The same by id.
pub fn of(db: &mut Db, workspace: WorkspaceId, account: AccountId) -> QueryResult<Option<Place>> {
    place_where!(db, account, workspaces::id.eq(workspace))
}

fn within(
    db: &mut Db,
    workspace: Workspace,
    organization: Option<Organization>,
    account: AccountId,
) -> QueryResult<Option<Place>> {
    let role = match workspace.kind {
        WorkspaceKind::Personal => (workspace.id == account.personal_workspace()).then_some(Role::Owner),
        WorkspaceKind::Organization => role_of(db, workspace.id, account)?,
    };
    let place = |role| {
        let membership = Membership { workspace: workspace.id, account, role };
        Place { workspace, organization, membership }
    };
    Ok(role.map(place))
}

/// The role of somebody who is here, if they are.
pub fn role_of(db: &mut Db, workspace: WorkspaceId, account: AccountId) -> QueryResult<Option<Role>> {
    on_each!(db, |c| members::table
        .find((workspace, account))
        .filter(members::is_away.eq(false))
        .select(members::role)
        .first(c))
    .optional()
}

/// An organization somebody belongs to, as the switcher and the list of organizations show it.
#[derive(Clone, Debug, Queryable)]
pub struct Mine {
    pub id: WorkspaceId,
    pub name: String,
    pub plan: String,
    pub title: String,
    pub photo: Option<String>,
    pub role: Role,
    pub joined_at: Timestamp,
    pub erase_at: Option<Timestamp>,
    /// Whether members without a second factor are let in nowhere there.
    pub requires_mfa: bool,
    /// Why, when an administrator suspended it.
    pub suspended_because: Option<String>,
    pub created_at: Timestamp,
}

impl Mine {
    /// As [`Place::entry`].
    pub fn entry(&self, has_mfa: bool) -> Entry<'_> {
        Entry::of(self.erase_at, self.suspended_because.as_deref(), self.requires_mfa && !has_mfa)
    }

    /// Neither closing nor suspended: it is listed, also for whoever has to set up a second factor first.
    pub fn is_listed(&self) -> bool {
        matches!(self.entry(true), Entry::Open)
    }
}

/// The organizations of an account, by name.
pub fn organizations_of(db: &mut Db, account: AccountId) -> QueryResult<Vec<Mine>> {
    on_each!(db, |c| members::table
        .inner_join(workspaces::table.inner_join(organizations::table))
        .filter(members::account_id.eq(account))
        .filter(members::is_away.eq(false))
        .order(workspaces::name)
        .select((
            workspaces::id,
            workspaces::name,
            workspaces::plan,
            organizations::title,
            organizations::photo,
            members::role,
            members::joined_at,
            organizations::erase_at,
            organizations::requires_mfa,
            organizations::suspended_because,
            organizations::created_at,
        ))
        .load(c))
}
