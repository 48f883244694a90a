//! A project as stored.

use std::time::Duration;

use diesel::prelude::*;

use crate::db::dialect::like_letters;
use crate::db::functions::lower;
use crate::db::schema::{accounts, organizations, projects, workspaces};
use crate::db::{Db, in_parts};
use crate::kernel::cursor::Cursor;
use crate::kernel::id::{AccountId, ProjectId, WorkspaceId};
use crate::kernel::time::{Timestamp, seconds};
use crate::text_enum;
use diesel::QueryResult;

/// Above every project's replay window.
pub const LONGEST_REPLAY_SECONDS: i64 = 30 * 86_400;
pub const LONGEST_REPLAY: Duration = seconds(LONGEST_REPLAY_SECONDS.unsigned_abs());

text_enum! {
    pub enum Visibility {
        /// Members of the workspace.
        Private = "private",
        /// Everybody who is signed in may see its overview.
        Public = "public",
    }
}

text_enum! {
    /// What becomes of a file whose signature is not valid.
    pub enum Signing {
        /// It is kept, and marked with what is wrong.
        Mark = "mark",
        RejectInvalid = "reject_invalid",
        /// Unsigned files are refused too.
        RequireValid = "require_valid",
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = projects)]
pub struct Project {
    pub id: ProjectId,
    /// For clients that know it by number.
    pub number: i64,
    pub workspace_id: WorkspaceId,
    /// The second word of its addresses.
    pub slug: String,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub signing: Signing,
    /// How old a signed file may be, at most [`LONGEST_REPLAY_SECONDS`]; `None` takes any age.
    pub replay_seconds: Option<i64>,
    /// Counts every saved change, so that two open tabs cannot overwrite each other.
    pub revision: i64,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// The live project at this address.
pub fn at(db: &mut Db, workspace: WorkspaceId, slug: &str) -> QueryResult<Option<Project>> {
    projects::table
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::slug.eq(slug))
        .filter(projects::deleted_at.is_null())
        .select(Project::as_select())
        .first(db)
        .optional()
}

/// The live project at this address, if everybody may see it. One of somebody who is suspended or leaving is hidden.
pub fn public_at(db: &mut Db, workspace: &str, slug: &str) -> QueryResult<Option<Project>> {
    projects::table
        .inner_join(workspaces::table.left_join(organizations::table))
        .left_join(accounts::table.on(accounts::id.eq(projects::workspace_id)))
        .filter(workspaces::name.eq(workspace))
        .filter(projects::slug.eq(slug))
        .filter(projects::deleted_at.is_null())
        .filter(projects::visibility.eq(Visibility::Public))
        .filter(organizations::erase_at.is_null())
        .filter(organizations::suspended_at.is_null())
        .filter(accounts::status.is_null().or(accounts::status.eq("active")))
        .select(Project::as_select())
        .first(db)
        .optional()
}

/// The words of those, deleted ones too, that were made after this moment, and when.
pub fn made_since(db: &mut Db, workspace: WorkspaceId, since: Timestamp) -> QueryResult<Vec<(String, Timestamp)>> {
    projects::table
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::created_at.gt(since))
        .select((projects::slug, projects::created_at))
        .load(db)
}

/// The live project of this number.
pub fn by_number(db: &mut Db, number: i64) -> QueryResult<Option<Project>> {
    projects::table
        .filter(projects::number.eq(number))
        .filter(projects::deleted_at.is_null())
        .select(Project::as_select())
        .first(db)
        .optional()
}

/// The live projects of these workspaces, the newest first, `most` of them.
pub fn of_workspaces(db: &mut Db, workspaces: &[WorkspaceId], most: i64) -> QueryResult<Vec<Project>> {
    let mut newest: Vec<Project> = in_parts(workspaces, |part| {
        projects::table
            .filter(projects::workspace_id.eq_any(part))
            .filter(projects::deleted_at.is_null())
            .order(projects::id.desc())
            .select(Project::as_select())
            .limit(most)
            .load(db)
    })?;
    newest.sort_by_key(|project| std::cmp::Reverse(project.id));
    newest.truncate(usize::try_from(most).unwrap_or_default());
    Ok(newest)
}

/// Those of these projects that live in this workspace.
pub fn some_of(db: &mut Db, workspace: WorkspaceId, ids: Vec<ProjectId>) -> QueryResult<Vec<Project>> {
    projects::table
        .filter(projects::id.eq_any(ids))
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::deleted_at.is_null())
        .order(projects::id.desc())
        .select(Project::as_select())
        .load(db)
}

/// Of these projects those in the trash.
pub fn deleted_of(db: &mut Db, workspace: WorkspaceId, ids: Vec<ProjectId>) -> QueryResult<Vec<Project>> {
    projects::table
        .filter(projects::id.eq_any(ids))
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::deleted_at.is_not_null())
        .order(projects::id.desc())
        .select(Project::as_select())
        .load(db)
}

/// Keeps of a query what has all these words in its name or its address.
macro_rules! called_so {
    ($found:ident, $words:expr) => {
        for word in $words.split_whitespace().take(4) {
            let like = format!("%{}%", like_letters(word));
            let is_named = lower(projects::name).like(like.clone()).escape('!');
            $found = $found.filter(is_named.or(projects::slug.like(like).escape('!')));
        }
    };
}

/// A project in the trash, and who put it there.
pub type Deleted = (Project, Option<AccountId>);

/// Which part of the trash is asked for.
#[derive(Clone, Debug)]
pub struct AskedDeleted {
    /// In lower case; empty is all of it.
    pub words: String,
    /// Deleted after this.
    pub since: Timestamp,
    /// Behind this one.
    pub after: Option<Cursor>,
    pub most: i64,
}

/// A part of a workspace's deleted projects, those deleted last first.
pub fn deleted(db: &mut Db, workspace: WorkspaceId, asked: &AskedDeleted) -> QueryResult<Vec<Deleted>> {
    let mut found = projects::table
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::deleted_at.gt(asked.since))
        .order((projects::deleted_at.desc(), projects::id.desc()))
        .select((Project::as_select(), projects::deleted_by))
        .limit(asked.most)
        .into_boxed();
    called_so!(found, asked.words);
    if let Some(Cursor { value, id }) = &asked.after {
        let at = Timestamp::from_micros(*value);
        found = found
            .filter(projects::deleted_at.le(at))
            .filter(projects::deleted_at.lt(at).or(projects::id.lt(id.clone())));
    }
    found.load(db)
}

/// A part of a workspace's live projects, the newest first: those whose names or addresses have these words in them
/// (lower case), and that are older than `before`.
pub fn of_workspace(
    db: &mut Db,
    workspace: WorkspaceId,
    words: &str,
    before: Option<ProjectId>,
    most: i64,
) -> QueryResult<Vec<Project>> {
    let mut found = projects::table
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::deleted_at.is_null())
        .order(projects::id.desc())
        .select(Project::as_select())
        .limit(most)
        .into_boxed();
    called_so!(found, words);
    if let Some(before) = before {
        found = found.filter(projects::id.lt(before));
    }
    found.load(db)
}
