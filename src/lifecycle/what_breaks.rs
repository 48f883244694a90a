//! What hangs on a member of an organization: what they made there and others may still need.
//!
//! Rule: counts only. Nothing of it goes with them; it stays, made by nobody any more.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{api_keys, hmac_keys, invitations, projects};
use crate::kernel::id::{AccountId, WorkspaceId};

/// How many of what, and what becomes of it. Kinds of which there is nothing are left out.
pub fn count(
    db: &mut Db,
    workspace: WorkspaceId,
    member: AccountId,
) -> QueryResult<Vec<(i64, &'static str, &'static str)>> {
    let keys: i64 = api_keys::table
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::created_by.eq(member))
        .filter(api_keys::revoked_at.is_null())
        .count()
        .get_result(db)?;
    let used: i64 = api_keys::table
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::created_by.eq(member))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::last_used_at.is_not_null())
        .count()
        .get_result(db)?;
    let own = projects::table.filter(projects::workspace_id.eq(workspace)).filter(projects::deleted_at.is_null());
    let made: i64 = own.filter(projects::created_by.eq(member)).count().get_result(db)?;
    let signing: i64 = hmac_keys::table
        .filter(hmac_keys::project_id.eq_any(own.select(projects::id)))
        .filter(hmac_keys::created_by.eq(member))
        .filter(hmac_keys::revoked_at.is_null())
        .count()
        .get_result(db)?;
    let sent: i64 = invitations::table
        .filter(invitations::workspace_id.eq(workspace))
        .filter(invitations::invited_by.eq(member))
        .count()
        .get_result(db)?;
    let lines = [
        (keys, "API keys that they made", "They are disabled at once; an Owner or Admin can enable them"),
        (used, "of these keys have been used", "Programs and devices depend on them"),
        (signing, "HMAC keys that they made", "Devices go on signing with them"),
        (made, "projects that they began", "They stay, with everything in them"),
        (sent, "invitations that they sent", "They can still be accepted"),
    ];
    Ok(lines.into_iter().filter(|(count, ..)| *count > 0).collect())
}
