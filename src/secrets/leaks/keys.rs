//! The keys that whoever had a secret's value may have reached as well: of the projects whose jobs get it, and of the
//! workspace.

use diesel::QueryResult;
use diesel::prelude::*;

use super::Drill;
use crate::db::Db;
use crate::db::schema::{api_keys, projects};
use crate::kernel::id::{ApiKeyId, ProjectId};
use crate::kernel::time::Timestamp;
use crate::projects::api_keys::ApiKey;
use crate::secrets::{Secret, secret};

/// More are not listed one by one.
pub const MOST_KEYS: i64 = 200;

/// What became of a key since the leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Live,
    Rotated,
    Revoked,
    Ended,
}

#[derive(Clone, Debug)]
pub struct Dependent {
    pub id: ApiKeyId,
    pub name: String,
    pub recognised_by: String,
    /// The word of its project's address; `None` for a key of the workspace.
    pub project: Option<String>,
    pub state: State,
}

/// Those that were live when the leak was marked, by place.
pub(super) fn of(db: &mut Db, drill: &Drill, secret: &Secret, now: Timestamp) -> QueryResult<Vec<Dependent>> {
    let mut found = api_keys::table
        .left_join(projects::table)
        .filter(api_keys::workspace_id.eq(drill.workspace_id))
        .filter(api_keys::created_at.le(drill.opened_at))
        .filter(api_keys::revoked_at.is_null().or(api_keys::revoked_at.gt(drill.opened_at)))
        .filter(api_keys::disabled_at.is_null().or(api_keys::disabled_at.gt(drill.opened_at)))
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.gt(drill.opened_at)))
        .filter(projects::deleted_at.is_null())
        .order(api_keys::id)
        .select((ApiKey::as_select(), api_keys::revoked_at.is_not_null(), projects::slug.nullable()))
        .limit(MOST_KEYS + 1)
        .into_boxed();
    if secret.is_restricted {
        let reached: Vec<ProjectId> = secret::projects_of(db, secret.id)?;
        found = found.filter(api_keys::project_id.is_null().or(api_keys::project_id.eq_any(reached)));
    }
    let found: Vec<(ApiKey, bool, Option<String>)> = found.load(db)?;
    let dependent = |(key, is_gone, project): (ApiKey, bool, Option<String>)| Dependent {
        id: key.id,
        recognised_by: key.recognised_by(),
        project,
        state: match &key {
            key if key.succeeded_by.is_some() => State::Rotated,
            key if is_gone || key.is_disabled() => State::Revoked,
            key if key.has_expired(now) => State::Ended,
            _ => State::Live,
        },
        name: key.name,
    };
    let mut all: Vec<Dependent> = found.into_iter().map(dependent).collect();
    all.sort_by(|one, other| one.project.cmp(&other.project));
    Ok(all)
}
