//! The organizations of an account with their sizes, as clients list them that know them by number.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::access::Role;
use crate::db::schema::{members, organizations, workspaces};
use crate::db::{Db, in_parts};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use diesel::QueryResult;

/// One that is not closing.
#[derive(Clone, Debug, Queryable)]
pub struct Summary {
    pub id: WorkspaceId,
    pub name: String,
    pub plan: String,
    pub title: String,
    pub requires_mfa: bool,
    /// The account's own.
    pub role: Role,
    pub created_at: Timestamp,
}

/// How many people are in an organization, and how many of them look after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    pub members: i64,
    /// Owners and Admins.
    pub admins: i64,
}

/// By name.
pub fn of_account(db: &mut Db, account: AccountId) -> QueryResult<Vec<Summary>> {
    members::table
        .inner_join(workspaces::table.inner_join(organizations::table))
        .filter(members::account_id.eq(account))
        .filter(members::is_away.eq(false))
        .filter(organizations::erase_at.is_null())
        .order(workspaces::name)
        .select((
            workspaces::id,
            workspaces::name,
            workspaces::plan,
            organizations::title,
            organizations::requires_mfa,
            members::role,
            organizations::created_at,
        ))
        .load(db)
}

/// What people call an organization that is not closing; `None` for whatever else this is.
pub fn open_title(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Option<String>> {
    organizations::table
        .find(workspace)
        .filter(organizations::erase_at.is_null())
        .select(organizations::title)
        .first(db)
        .optional()
}

pub fn heads(db: &mut Db, of: &[WorkspaceId]) -> QueryResult<HashMap<WorkspaceId, Heads>> {
    let counts: Vec<(WorkspaceId, Role, i64)> = in_parts(of, |part| {
        members::table
            .filter(members::workspace_id.eq_any(part))
            .group_by((members::workspace_id, members::role))
            .select((members::workspace_id, members::role, diesel::dsl::count_star()))
            .load(db)
    })?;
    let mut heads: HashMap<WorkspaceId, Heads> = HashMap::new();
    for (id, role, count) in counts {
        let of_one = heads.entry(id).or_default();
        of_one.members += count;
        of_one.admins += if role <= Role::Admin { count } else { 0 };
    }
    Ok(heads)
}
