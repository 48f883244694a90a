//! A secret as stored, without its value.

use std::collections::HashMap;

use diesel::prelude::*;

use super::SecretName;
use crate::db::Db;
use crate::db::dialect::like_letters;
use crate::db::schema::{secret_projects, secrets};
use crate::kernel::id::{AccountId, ProjectId, SecretId, WorkspaceId};
use crate::kernel::time::{Timestamp, days};
use diesel::QueryResult;

/// From then on the list says how long nobody has used it.
const UNUSED_DAYS: u64 = 90;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = secrets)]
pub struct Secret {
    pub id: SecretId,
    /// For clients that know it by number.
    pub number: i64,
    pub workspace_id: WorkspaceId,
    pub name: SecretName,
    pub description: String,
    /// The one that jobs get.
    pub version: i64,
    /// How many there ever were.
    pub versions: i64,
    /// Whether only the jobs of some projects get it.
    pub is_restricted: bool,
    pub expires_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub changed_by: Option<AccountId>,
    pub changed_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub last_used_job: String,
    /// The program that fetched it.
    pub last_used_by: String,
    pub deleted_at: Option<Timestamp>,
    pub deleted_by: Option<AccountId>,
}

impl Secret {
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    pub fn is_unused(&self, now: Timestamp) -> bool {
        now.since(self.last_used_at.unwrap_or(self.created_at)) >= days(UNUSED_DAYS)
    }
}

/// The living secret of this id, in this workspace.
pub fn one(db: &mut Db, workspace: WorkspaceId, id: SecretId) -> QueryResult<Option<Secret>> {
    secrets::table
        .find(id)
        .filter(secrets::workspace_id.eq(workspace))
        .filter(secrets::deleted_at.is_null())
        .select(Secret::as_select())
        .first(db)
        .optional()
}

pub fn by_number(db: &mut Db, workspace: WorkspaceId, number: i64) -> QueryResult<Option<Secret>> {
    secrets::table
        .filter(secrets::number.eq(number))
        .filter(secrets::workspace_id.eq(workspace))
        .filter(secrets::deleted_at.is_null())
        .select(Secret::as_select())
        .first(db)
        .optional()
}

/// A part of a workspace's living secrets by name: those with these words (lower case) in name or description, after
/// the one that is called `after`.
pub fn of_workspace(
    db: &mut Db,
    workspace: WorkspaceId,
    words: &str,
    after: Option<&str>,
    most: i64,
) -> QueryResult<Vec<Secret>> {
    let mut found = secrets::table
        .filter(secrets::workspace_id.eq(workspace))
        .filter(secrets::deleted_at.is_null())
        .order(secrets::name)
        .select(Secret::as_select())
        .limit(most)
        .into_boxed();
    for word in words.split_whitespace().take(4) {
        let (name, like) = (word.to_ascii_uppercase(), format!("%{}%", like_letters(word)));
        let is_named = secrets::name.like(format!("%{}%", like_letters(&name))).escape('!');
        found = found.filter(is_named.or(lower(secrets::description).like(like).escape('!')));
    }
    if let Some(after) = after {
        found = found.filter(secrets::name.gt(after.to_owned()));
    }
    found.load(db)
}

diesel::define_sql_function! {
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The living ones by name, for a paste that is about to be confirmed.
pub fn by_name(db: &mut Db, workspace: WorkspaceId) -> QueryResult<HashMap<SecretName, SecretId>> {
    let all: Vec<(SecretName, SecretId)> = secrets::table
        .filter(secrets::workspace_id.eq(workspace))
        .filter(secrets::deleted_at.is_null())
        .select((secrets::name, secrets::id))
        .load(db)?;
    Ok(all.into_iter().collect())
}

/// The projects whose jobs get it, when it is restricted.
pub fn projects_of(db: &mut Db, id: SecretId) -> QueryResult<Vec<ProjectId>> {
    secret_projects::table
        .filter(secret_projects::secret_id.eq(id))
        .order(secret_projects::project_id)
        .select(secret_projects::project_id)
        .load(db)
}
