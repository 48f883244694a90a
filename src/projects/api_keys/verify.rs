//! Whether a key is let in: one look-up by digest, for every program that shows one.
//!
//! Rule: an unknown key, a revoked one and a disabled one get the same answer. The database is asked each time, at the least
//! whether anything changed, so that a revocation counts from the next request.

use std::net::IpAddr;

use diesel::prelude::*;

use crate::crypto::token::TokenDigest;
use crate::db::schema::{accounts, api_keys, organizations, projects, workspaces};
use crate::db::{Db, DbError, Store};
use crate::kernel::id::{AccountId, ApiKeyId, ProjectId, WorkspaceId};
use crate::kernel::network::Networks;
use crate::kernel::time::Timestamp;
use crate::on_each;
use crate::projects::key_role::{KeyAction, KeyRole};
use diesel::QueryResult;

/// A key that is let in now.
#[derive(Clone, Debug)]
pub struct Verified {
    pub id: ApiKeyId,
    pub number: i64,
    pub name: String,
    pub role: KeyRole,
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    /// `None`: a workspace key.
    pub project: Option<ProjectId>,
    pub project_number: Option<i64>,
    pub project_slug: Option<String>,
    pub created_by: Option<AccountId>,
    pub expires_at: Option<Timestamp>,
    /// As stored; may be late by a minute.
    pub last_used_at: Option<Timestamp>,
}

impl Verified {
    /// Whether a project's key may do this in its project. A workspace key may nothing there.
    pub fn may(&self, action: KeyAction) -> bool {
        self.project.is_some() && self.role.may(action)
    }

    /// Whether it gets the secrets of its workspace outside of jobs.
    pub fn may_fetch_secrets(&self) -> bool {
        self.project.is_none() && self.role == KeyRole::Admin
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Never made, revoked, disabled, or its place is gone.
    Unknown,
    Expired,
    /// It is not to be used from this address.
    Network,
}

impl Refused {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Network => "network",
        }
    }
}

/// A key that was neither revoked nor erased, and everything that decides whether it is let in.
#[derive(Clone, Queryable)]
struct Found {
    key: Key,
    project: Option<(i64, String, Option<Timestamp>)>,
    workspace_name: String,
    organization: Option<(String, Option<Timestamp>, Option<Timestamp>)>,
    /// The owner of a personal workspace.
    status: Option<String>,
}

#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct Key {
    id: ApiKeyId,
    number: i64,
    name: String,
    role: KeyRole,
    workspace_id: WorkspaceId,
    project_id: Option<ProjectId>,
    networks: String,
    created_by: Option<AccountId>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
}

/// Looks a key up by the digest of what [`parse`](crate::crypto::api_key::parse) let through.
pub async fn verify_at(
    store: &Store,
    digest: TokenDigest,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<Result<Verified, Refused>, DbError> {
    Ok(judge(store.glance_again(digest, find).await?, address, now))
}

/// The same on this thread.
pub fn verify(
    db: &mut Db,
    digest: &TokenDigest,
    address: Option<IpAddr>,
    now: Timestamp,
) -> QueryResult<Result<Verified, Refused>> {
    Ok(judge(find(db, digest)?, address, now))
}

fn find(db: &mut Db, digest: &TokenDigest) -> QueryResult<Option<Found>> {
    on_each!(db, |c| api_keys::table
        .inner_join(workspaces::table.left_join(organizations::table))
        .left_join(projects::table)
        .left_join(accounts::table.on(accounts::id.eq(api_keys::workspace_id)))
        .filter(api_keys::digest.eq(digest))
        .filter(api_keys::revoked_at.is_null())
        .select((
            Key::as_select(),
            (projects::number, projects::slug, projects::deleted_at).nullable(),
            workspaces::name,
            (organizations::networks, organizations::erase_at, organizations::suspended_at).nullable(),
            accounts::status.nullable(),
        ))
        .first(c))
    .optional()
}

fn judge(found: Option<Found>, address: Option<IpAddr>, now: Timestamp) -> Result<Verified, Refused> {
    let Found { key, project, workspace_name, organization, status } = found.ok_or(Refused::Unknown)?;
    let is_deleted = project.as_ref().is_some_and(|(_, _, deleted_at)| deleted_at.is_some());
    let is_shut = organization.as_ref().is_some_and(|(_, erase_at, suspended_at)| erase_at.or(*suspended_at).is_some());
    let is_refused = status.is_some_and(|status| status != "active");
    if key.disabled_at.is_some() || is_deleted || is_shut || is_refused {
        return Err(Refused::Unknown);
    }
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(Refused::Expired);
    }
    let policy = organization.map(|(networks, ..)| networks).unwrap_or_default();
    if !Networks::allow(&key.networks, address) || !Networks::allow(&policy, address) {
        return Err(Refused::Network);
    }
    let (project_number, project_slug) = project.map(|(number, slug, _)| (number, slug)).unzip();
    Ok(Verified {
        id: key.id,
        number: key.number,
        name: key.name,
        role: key.role,
        workspace: key.workspace_id,
        workspace_name,
        project: key.project_id,
        project_number,
        project_slug,
        created_by: key.created_by,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
    })
}
