//! Which workspace has which plan.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::plan::Plans;
use crate::db::schema::workspaces;
use crate::db::{Db, DbError};
use crate::kernel::id::WorkspaceId;

/// The id of a workspace's plan, to be looked up with [`Plans::of`]. None when there is no such workspace.
pub fn plan_of(db: &mut Db, workspace: WorkspaceId) -> Result<Option<String>, DbError> {
    workspaces::table.find(workspace).select(workspaces::plan).first(db).optional()
}

/// Ids of plans that workspaces have and the file has not, each with how many: they count as having the first.
pub fn unknown_plans(db: &mut Db, plans: &Plans) -> Result<Vec<(String, i64)>, DbError> {
    let known: Vec<&str> = plans.all().map(|plan| plan.id.as_str()).collect();
    workspaces::table
        .filter(workspaces::plan.ne_all(known))
        .group_by(workspaces::plan)
        .select((workspaces::plan, count_star()))
        .order(workspaces::plan)
        .load(db)
}
