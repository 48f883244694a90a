//! Who follows whom: a person another person, or an organization.

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::follows;
use crate::insert_if_new;
use crate::kernel::id::{AccountId, WorkspaceId};
use diesel::QueryResult;

/// Begins or ends it; doing it twice changes nothing.
pub fn set(db: &mut Db, act: &Act, follower: AccountId, whom: WorkspaceId, is_following: bool) -> QueryResult<()> {
    if is_following {
        let row = (follows::follower_id.eq(follower), follows::followed_id.eq(whom), follows::since.eq(act.now));
        insert_if_new!(db, follows::table, &row)?;
    } else {
        diesel::delete(follows::table.find((follower, whom))).execute(db)?;
    }
    Ok(())
}

pub fn is_following(db: &mut Db, follower: AccountId, whom: WorkspaceId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(follows::table.find((follower, whom)))).get_result(db)
}

pub fn count(db: &mut Db, whom: WorkspaceId) -> QueryResult<i64> {
    follows::table.filter(follows::followed_id.eq(whom)).count().get_result(db)
}
