//! Organizations in a few words and figures.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::access::Role;
use crate::db::schema::{members, organizations};
use crate::db::{Db, in_parts};
use crate::kernel::id::WorkspaceId;
use diesel::QueryResult;

/// How many people are in an organization, and how many of them look after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    pub members: i64,
    /// Owners and Admins.
    pub admins: i64,
}

/// What people call an organization that is neither closing nor suspended; `None` for whatever else this is.
pub fn open_title(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Option<String>> {
    organizations::table
        .find(workspace)
        .filter(organizations::erase_at.is_null())
        .filter(organizations::suspended_at.is_null())
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
