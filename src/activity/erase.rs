//! Forgetting a person without breaking the record.
//!
//! Rule: what is counted and what is erased are the same rows, so each filter stands here once.

use diesel::prelude::*;

use super::chain::Chain;
use crate::db::Db;
use crate::db::schema::{activity_events, activity_heads};
use crate::kernel::id::{AccountId, WorkspaceId};

/// The events of one chain.
macro_rules! of_chain {
    ($chain:expr) => {
        activity_events::table.filter(activity_events::workspace_id.eq($chain.as_str()))
    };
}

/// Events with a personal part that an account did or that were done to it.
macro_rules! personal_of {
    ($account:expr) => {
        activity_events::table
            .filter(activity_events::subject_id.eq($account).or(activity_events::actor_id.eq($account)))
            .filter(activity_events::personal.is_not_null().or(activity_events::salt.is_not_null()))
    };
}

/// How many events a workspace's own chain has.
pub fn chain_length(db: &mut Db, workspace: WorkspaceId) -> QueryResult<i64> {
    of_chain!(Chain::from(workspace)).count().get_result(db)
}

/// Removes the chain of a workspace that is erased itself; how many events that were.
pub fn drop_chain(db: &mut Db, workspace: WorkspaceId) -> QueryResult<usize> {
    let chain = Chain::from(workspace);
    diesel::delete(activity_heads::table.find(chain.as_str())).execute(db)?;
    diesel::delete(of_chain!(chain)).execute(db)
}

/// How many events in chains that stay are personal to this account.
pub fn mentions(db: &mut Db, account: AccountId) -> QueryResult<i64> {
    let own = Chain::from(account.personal_workspace());
    personal_of!(account).filter(activity_events::workspace_id.ne(own.as_str())).count().get_result(db)
}

/// Erases what is personal in every event that this account did or that was done to it, in chains that stay. What stays
/// is that something happened, to whom by id, and when; how many events that were. After [`drop_chain`].
pub fn forget(db: &mut Db, account: AccountId) -> QueryResult<usize> {
    diesel::update(personal_of!(account))
        .set((activity_events::salt.eq(None::<Vec<u8>>), activity_events::personal.eq(None::<String>)))
        .execute(db)
}
