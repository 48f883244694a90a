//! API keys: what lets a program into a project, or into a workspace's account API.
//!
//! Rule: a key's value is shown to whoever made it, once. Kept are its digest and what recognises it; a development key
//! also lies sealed, because local tools ask for it again. Nobody makes or changes a key above their own rights, and a
//! revoked key is refused from the very next request: nothing here is kept longer than it is true.

mod changing;
mod development;
mod last_used;
mod maker;
mod making;
mod upkeep;
mod verify;

use diesel::prelude::*;

use super::key_role::KeyRole;
use crate::db::schema::api_keys;
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, ApiKeyId, ProjectId, WorkspaceId};
use crate::kernel::time::{Timestamp, days, hours};
use crate::text_enum;

pub use changing::{rename, restore, revoke, unset_development};
pub use development::{Broken, development, reveal_development};
pub use last_used::KeyUses;
pub use maker::{Maker, maker_came_back, maker_changed};
pub use making::{LONGEST_OVERLAP, Made, NewKey, Stamp, create, longest_days, rotate, sealed_place};
pub use upkeep::{FinishRevoking, RemindOfKeys};
pub use verify::{Refused, Verified, verify, verify_at};

/// How long a revoked key can be had back.
pub const UNDO: std::time::Duration = hours(1);
/// After so long without a use a key is marked.
pub const UNUSED: std::time::Duration = days(90);
/// So many keys a project may have, and so many a workspace.
pub const MOST: i64 = 250;
/// An expired key stays in the list for so long.
const KEPT_AFTER_EXPIRY: std::time::Duration = days(30);

text_enum! {
    /// Why a key is disabled.
    pub enum Because {
        /// It is not.
        Nothing = "",
        /// It will be gone for good after [`UNDO`].
        Revoked = "revoked",
        /// Whoever made it may no longer make one like it.
        MakerLostRights = "maker_lost_rights",
    }
}

/// A key as stored, without what only a look-up needs.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub number: i64,
    pub workspace_id: WorkspaceId,
    /// `None`: a workspace key.
    pub project_id: Option<ProjectId>,
    pub name: String,
    pub role: KeyRole,
    /// `ks_2`
    pub prefix: String,
    pub last_four: String,
    pub is_development: bool,
    /// One a line; empty is anywhere.
    pub networks: String,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub last_used_address: String,
    pub last_used_agent: String,
    /// The key that takes its place; until it ends both work.
    pub succeeded_by: Option<ApiKeyId>,
    pub disabled_at: Option<Timestamp>,
    pub disabled_because: Because,
}

impl ApiKey {
    /// `ks_2…6f1d`
    pub fn recognised_by(&self) -> String {
        format!("{}…{}", self.prefix, self.last_four)
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// When it is gone for good, if it was revoked.
    pub fn gone_at(&self) -> Option<Timestamp> {
        self.disabled_at.filter(|_| self.disabled_because == Because::Revoked).map(|at| at.plus(UNDO))
    }

    /// Neither used nor made for long.
    pub fn is_unused(&self, now: Timestamp) -> bool {
        now.since(self.last_used_at.unwrap_or(self.created_at)) >= UNUSED
    }
}

/// As it completes "This key can …".
pub fn can(role: KeyRole, project: Option<ProjectId>) -> String {
    let words = match (project, role) {
        (Some(_), role) => role.can(),
        (None, KeyRole::Admin) => "read the account, its keys, storage and teams, and get its secrets",
        (None, _) => "read the account, its keys, storage and teams",
    };
    words.to_owned()
}

/// Why a key was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key or its place is gone")]
    Gone,
    #[error("this is above the maker's own rights")]
    AboveRights,
    /// The workspace's policy lets no key live longer than this, in days.
    #[error("a key may live {0} days at most")]
    TooLong(i64),
    /// More are not needed by anybody and would flood Owners with mails.
    #[error("a place has at most {MOST} keys")]
    TooMany,
    #[error("it was rotated before")]
    WasRotated,
    #[error(transparent)]
    Database(#[from] DbError),
}

/// The keys of a project, the newest first; revoked ones stay while they can be had back.
pub fn of_project(db: &mut Db, project: ProjectId) -> QueryResult<Vec<ApiKey>> {
    api_keys::table
        .filter(api_keys::project_id.eq(project))
        .filter(api_keys::revoked_at.is_null())
        .order(api_keys::id.desc())
        .select(ApiKey::as_select())
        .load(db)
}

/// The keys of a workspace as a whole.
pub fn of_workspace(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Vec<ApiKey>> {
    api_keys::table
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::project_id.is_null())
        .filter(api_keys::revoked_at.is_null())
        .order(api_keys::id.desc())
        .select(ApiKey::as_select())
        .load(db)
}

/// The one or the other.
pub fn of_place(db: &mut Db, workspace: WorkspaceId, project: Option<ProjectId>) -> QueryResult<Vec<ApiKey>> {
    match project {
        Some(project) => of_project(db, project),
        None => of_workspace(db, workspace),
    }
}

/// One of them. A key of another place is none.
pub fn one(
    db: &mut Db,
    workspace: WorkspaceId,
    project: Option<ProjectId>,
    id: ApiKeyId,
) -> QueryResult<Option<ApiKey>> {
    let key: Option<ApiKey> = api_keys::table
        .find(id)
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::revoked_at.is_null())
        .select(ApiKey::as_select())
        .first(db)
        .optional()?;
    Ok(key.filter(|key| key.project_id == project))
}

/// The same by its number, for clients that know keys by number only.
pub fn by_number(db: &mut Db, project: ProjectId, number: i64) -> QueryResult<Option<ApiKey>> {
    api_keys::table
        .filter(api_keys::number.eq(number))
        .filter(api_keys::project_id.eq(project))
        .filter(api_keys::revoked_at.is_null())
        .select(ApiKey::as_select())
        .first(db)
        .optional()
}
