//! The administrators' list of organizations, and what they see of one.
//!
//! Rule: a page costs the same however many there are. It is a stretch of one index, found by where the page before
//! ended; members and minutes are counted for the rows of the page alone.

use diesel::prelude::*;

use crate::db::schema::{organizations, workspaces};
use crate::db::{Db, DbError};
use crate::kernel::id::WorkspaceId;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;
use crate::usage::month::{self, Spent};
use crate::workspaces::summary;

/// One organization as a row.
#[derive(Clone, Debug)]
pub struct Row {
    pub organization: Listed,
    pub members: i64,
    pub spent: Spent,
}

#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    pub id: WorkspaceId,
    pub name: String,
    pub title: String,
    /// The version of the picture.
    pub photo: Option<String>,
    pub plan: String,
    pub created_at: Timestamp,
    pub suspended_at: Option<Timestamp>,
    pub suspended_because: Option<String>,
    pub erase_at: Option<Timestamp>,
}

impl Listed {
    /// Neither closing nor suspended.
    pub fn is_open(&self) -> bool {
        self.erase_at.is_none() && self.suspended_at.is_none()
    }
}

macro_rules! listed {
    () => {
        organizations::table.inner_join(workspaces::table).select((
            workspaces::id,
            workspaces::name,
            organizations::title,
            organizations::photo,
            workspaces::plan,
            organizations::created_at,
            organizations::suspended_at,
            organizations::suspended_because,
            organizations::erase_at,
        ))
    };
}

/// Those of this region whose names begin so (empty: all) and that are older than `before`, the newest first.
pub fn page(
    db: &mut Db,
    beginning: &str,
    before: Option<WorkspaceId>,
    this_month: Month,
    most: i64,
) -> Result<Vec<Row>, DbError> {
    let mut found = listed!().order(organizations::workspace_id.desc()).limit(most).into_boxed();
    if !beginning.is_empty() {
        // No name has a tilde: what begins so lies between these two.
        found = found
            .filter(workspaces::name.ge(beginning.to_owned()))
            .filter(workspaces::name.lt(format!("{beginning}~")));
    }
    if let Some(before) = before {
        found = found.filter(organizations::workspace_id.lt(before));
    }
    let listed: Vec<Listed> = found.load(db)?;
    let ids: Vec<WorkspaceId> = listed.iter().map(|one| one.id).collect();
    let heads = summary::heads(db, &ids)?;
    let minutes = month::of_many(db, &ids, this_month)?;
    let row = |organization: Listed| Row {
        members: heads.get(&organization.id).map_or(0, |heads| heads.members),
        spent: minutes.iter().find(|(id, _)| *id == organization.id).map_or_else(Spent::default, |(_, spent)| *spent),
        organization,
    };
    Ok(listed.into_iter().map(row).collect())
}

/// One of them.
pub fn one(db: &mut Db, id: WorkspaceId) -> QueryResult<Option<Listed>> {
    listed!().filter(organizations::workspace_id.eq(id)).first(db).optional()
}
