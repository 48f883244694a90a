//! A workspace as stored, and the organization that it may be.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{organizations, workspaces};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::text_enum;
use diesel::QueryResult;

text_enum! {
    pub enum WorkspaceKind {
        /// Of one account, whose id and name it bears.
        Personal = "personal",
        Organization = "organization",
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workspaces)]
pub struct Workspace {
    pub id: WorkspaceId,
    /// The first word of its addresses.
    pub name: String,
    pub kind: WorkspaceKind,
    pub plan: String,
    pub created_at: Timestamp,
}

/// What an organization has beside a workspace.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = organizations)]
pub struct Organization {
    pub workspace_id: WorkspaceId,
    /// As people call it.
    pub title: String,
    /// The version of the picture; `None` shows initials.
    pub photo: Option<String>,
    /// Whether members without a second factor get no further than setting one up.
    pub requires_mfa: bool,
    /// The longest life of a key in days; `None` allows keys that never expire.
    pub key_days: Option<i64>,
    /// Networks that keys may be used from, one a line; empty is anywhere.
    pub networks: String,
    /// Counts every saved change, so that two open tabs cannot overwrite each other.
    pub revision: i64,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    /// Closed by an Owner or with its last one; everything in it is erased then.
    pub erase_at: Option<Timestamp>,
    /// An administrator shut it, and said why; its members see that and nothing else of it.
    pub suspended_at: Option<Timestamp>,
    pub suspended_because: Option<String>,
}

/// How many Owners an organization has that can enter it: the database keeps count.
pub fn owners(db: &mut Db, id: WorkspaceId) -> QueryResult<i64> {
    organizations::table.find(id).select(organizations::owners).first(db)
}

impl Organization {
    pub fn is_closing(&self) -> bool {
        self.erase_at.is_some()
    }

    pub fn is_suspended(&self) -> bool {
        self.suspended_at.is_some()
    }
}

pub fn by_id(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Option<Workspace>> {
    workspaces::table.find(workspace).select(Workspace::as_select()).first(db).optional()
}

pub fn by_name(db: &mut Db, name: &str) -> QueryResult<Option<Workspace>> {
    workspaces::table.filter(workspaces::name.eq(name)).select(Workspace::as_select()).first(db).optional()
}
