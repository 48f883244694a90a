//! How much a workspace may keep in secrets: so many, and so many bytes.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::{MOST, MOST_BYTES, MOST_WITH_DELETED, SecretError};
use crate::db::Db;
use crate::db::schema::{secret_versions, secrets};
use crate::kernel::id::WorkspaceId;

/// Whether there may be so many more.
pub fn room_for(db: &mut Db, workspace: WorkspaceId, more: i64) -> Result<(), SecretError> {
    let all = secrets::table.filter(secrets::workspace_id.eq(workspace));
    let living: i64 = all.filter(secrets::deleted_at.is_null()).count().get_result(db)?;
    if more > 0 && living + more > MOST {
        return Err(SecretError::TooMany);
    }
    if more > 0 && all.count().get_result::<i64>(db)? + more > MOST_WITH_DELETED {
        return Err(SecretError::TooManyDeleted);
    }
    Ok(())
}

/// Whether what is kept now, with what this transaction added, is not too much.
pub(super) fn fits(db: &mut Db, workspace: WorkspaceId) -> Result<(), SecretError> {
    let all = secret_versions::table
        .inner_join(secrets::table)
        .filter(secret_versions::workspace_id.eq(workspace))
        // Neither database sums what it counts in into the same type; and neither reads a value to tell its length.
        .select(sql::<Nullable<BigInt>>("CAST(SUM(LENGTH(secret_versions.sealed)) AS BIGINT)"));
    let living: Option<i64> = all.clone().filter(secrets::deleted_at.is_null()).first(db)?;
    if living.unwrap_or(0) > MOST_BYTES {
        return Err(SecretError::TooLarge(false));
    }
    let with_deleted: Option<i64> = all.first(db)?;
    if with_deleted.unwrap_or(0) > 2 * MOST_BYTES {
        return Err(SecretError::TooLarge(true));
    }
    Ok(())
}
