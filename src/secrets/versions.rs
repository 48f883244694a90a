//! The values a secret has had, each sealed to its place.
//!
//! Rule: what does not open is told to the operator by its own message, and to nobody else but as "cannot be read".

use diesel::prelude::*;
use zeroize::Zeroizing;

use super::{Secret, SecretValue};
use crate::crypto::act::Act;
use crate::crypto::keyring::{Context, Keyring, OpenError};
use crate::db::Db;
use crate::db::schema::{secret_versions, secrets};
use crate::kernel::id::{AccountId, SecretId, WorkspaceId};
use crate::kernel::time::Timestamp;
use diesel::QueryResult;

/// Older ones are let go when a new one comes.
pub const KEPT: i64 = 20;

/// One of them, without its value.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = secret_versions)]
pub struct Entry {
    pub version: i64,
    pub made_by: Option<AccountId>,
    pub made_at: Timestamp,
}

/// Why a stored value cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("its row is gone")]
    Missing,
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("it is no text")]
    NoText,
}

#[derive(Insertable)]
#[diesel(table_name = secret_versions)]
struct Row {
    secret_id: SecretId,
    version: i64,
    workspace_id: WorkspaceId,
    sealed: Vec<u8>,
    made_by: Option<AccountId>,
    made_at: Timestamp,
}

/// Adds the value of `secret.version`, and lets go of what is too old.
pub(super) fn add(db: &mut Db, act: &Act, secret: &Secret, by: AccountId, value: &SecretValue) -> QueryResult<()> {
    let sealed = act.keyring.seal(&act.chance, place_of(secret, secret.version), value.expose().as_bytes());
    let row = Row {
        secret_id: secret.id,
        version: secret.version,
        workspace_id: secret.workspace_id,
        sealed,
        made_by: Some(by),
        made_at: act.now,
    };
    diesel::insert_into(secret_versions::table).values(&row).execute(db)?;
    let old = secret_versions::table
        .filter(secret_versions::secret_id.eq(secret.id))
        .filter(secret_versions::version.le(secret.version - KEPT));
    diesel::delete(old).execute(db)?;
    Ok(())
}

/// Those that are kept, the newest first.
pub fn of(db: &mut Db, secret: SecretId) -> QueryResult<Vec<Entry>> {
    secret_versions::table
        .filter(secret_versions::secret_id.eq(secret))
        .order(secret_versions::version.desc())
        .select(Entry::as_select())
        .load(db)
}

/// The value of one version.
pub(super) fn value(db: &mut Db, act: &Act, secret: &Secret, version: i64) -> QueryResult<Result<SecretValue, Broken>> {
    let sealed: Option<Vec<u8>> =
        secret_versions::table.find((secret.id, version)).select(secret_versions::sealed).first(db).optional()?;
    Ok(open(&act.keyring, secret, version, sealed.as_deref()))
}

/// Opens what stands at this place, and tells the operator when it does not open.
pub(super) fn open(
    keyring: &Keyring,
    secret: &Secret,
    version: i64,
    sealed: Option<&[u8]>,
) -> Result<SecretValue, Broken> {
    let opened = sealed.ok_or(Broken::Missing).and_then(|sealed| Ok(keyring.open(place_of(secret, version), sealed)?));
    let value = opened.and_then(|bytes: Zeroizing<Vec<u8>>| SecretValue::of_sealed(&bytes).ok_or(Broken::NoText));
    if let Err(why) = &value {
        let is_tampering = !matches!(why, Broken::Sealed(OpenError::UnknownMasterKey(_)));
        tracing::error!(secret = %secret.id, version, error = %why, tampering = is_tampering, "a secret does not open");
    }
    value
}

/// Living secrets whose present value is not there: for `doctor`.
pub fn missing(db: &mut Db) -> QueryResult<Vec<(SecretId, i64)>> {
    let present = secret_versions::table
        .filter(secret_versions::secret_id.eq(secrets::id))
        .filter(secret_versions::version.eq(secrets::version));
    secrets::table
        .filter(secrets::deleted_at.is_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(present)))
        .select((secrets::id, secrets::version))
        .load(db)
}

fn place_of(secret: &Secret, version: i64) -> Context<'_> {
    sealed_place(&secret.id, &secret.workspace_id, secret.name.as_str(), version)
}

/// Table, row, owner, name and version: what is moved to any other does not open.
pub fn sealed_place<'a>(id: &'a SecretId, workspace: &'a WorkspaceId, name: &'a str, version: i64) -> Context<'a> {
    Context {
        table: "secret_versions",
        row: id.as_str(),
        owner: workspace.as_str(),
        name,
        // There are never so many; a number that was tampered with opens nothing.
        version: u32::try_from(version).unwrap_or(0),
    }
}
