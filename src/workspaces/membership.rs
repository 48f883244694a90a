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
}

impl Mine {
    /// Neither closing nor suspended.
    pub fn is_open(&self) -> bool {
        self.erase_at.is_none() && self.suspended_because.is_none()
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
        ))
        .load(c))
}
