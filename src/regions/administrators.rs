//! Who may enter the administration of the whole instance.
//!
//! Rule: the directory decides. A region's `is_administrator` only says whether to show the way there.

use diesel::prelude::*;

use crate::db::dialect::lock_key;
use crate::db::schema::administrators;
use crate::db::{Db, DbError};
use crate::insert_if_new;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use diesel::QueryResult;

#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = administrators)]
pub struct Administrator {
    pub account_id: AccountId,
    pub region: Region,
    pub granted_by: Option<AccountId>,
    pub granted_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    #[error("the last administrator cannot be withdrawn")]
    Last,
    #[error("the directory failed: {0}")]
    Database(#[from] DbError),
}

pub fn is_one(db: &mut Db, account: AccountId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(administrators::table.find(account))).get_result(db)
}

pub fn of_account(db: &mut Db, account: AccountId) -> QueryResult<Option<Administrator>> {
    administrators::table.find(account).select(Administrator::as_select()).first(db).optional()
}

pub fn all(db: &mut Db) -> QueryResult<Vec<Administrator>> {
    administrators::table.order(administrators::granted_at).select(Administrator::as_select()).load(db)
}

pub fn count(db: &mut Db) -> QueryResult<i64> {
    administrators::table.count().get_result(db)
}

/// Doing it twice changes nothing.
pub fn make(db: &mut Db, new: &Administrator) -> QueryResult<()> {
    insert_if_new!(db, administrators::table, new)?;
    Ok(())
}

/// Never the last one, also when two are withdrawn in the same instant. Gives what was taken away, so that of two who
/// ask at once only one can give it back.
pub fn withdraw(db: &mut Db, account: AccountId) -> Result<Option<Administrator>, WithdrawError> {
    lock_key(db, "administrators")?;
    let rights = of_account(db, account)?;
    if rights.is_some() && count(db)? == 1 {
        return Err(WithdrawError::Last);
    }
    diesel::delete(administrators::table.find(account)).execute(db)?;
    Ok(rights)
}
