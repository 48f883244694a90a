//! The one way to change anything: a transaction that takes the write lock first and is tried again when it lost a race.

use std::error::Error;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{Connection, QueryResult};

use super::Db;

/// How often a transaction that lost against another is tried again.
const TRIES: u32 = 5;

/// Runs `work` in one transaction and commits when it returns `Ok`.
///
/// On SQLite it begins with `BEGIN IMMEDIATE`, because a read that turns into a write later fails under load. On
/// PostgreSQL a serialization failure (40001) or a deadlock (40P01) is tried again, which is why `work` is an `Fn`.
/// Inside another `write` it is a savepoint. A panic leaves the transaction open; the pool then drops the connection.
pub fn write<T, E>(db: &mut Db, work: impl Fn(&mut Db) -> Result<T, E>) -> Result<T, E>
where
    E: From<DieselError> + Error + 'static,
{
    if is_in_transaction(db) {
        return db.transaction(|db| work(db));
    }
    let mut tries = 0;
    loop {
        begin(db)?;
        let outcome = work(db).and_then(|value| commit(db).map(|()| value).map_err(E::from));
        match outcome {
            Ok(value) => return Ok(value),
            Err(error) => {
                if is_in_transaction(db) {
                    rollback(db)?;
                }
                tries += 1;
                if tries >= TRIES || !is_lost_race(&error) {
                    return Err(error);
                }
            }
        }
    }
}

fn begin(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Pg(c) => AnsiTransactionManager::begin_transaction(c),
        Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }
}

fn commit(db: &mut Db) -> QueryResult<()> {
    crate::on_each!(db, |c| AnsiTransactionManager::commit_transaction(c))
}

fn rollback(db: &mut Db) -> QueryResult<()> {
    crate::on_each!(db, |c| AnsiTransactionManager::rollback_transaction(c))
}

/// Also true when the state cannot be told, so that such a connection is never used again.
pub(super) fn is_in_transaction(db: &mut Db) -> bool {
    let depth = crate::on_each!(db, |c| AnsiTransactionManager::transaction_manager_status_mut(c).transaction_depth());
    !matches!(depth, Ok(None))
}

/// Looks for the database's own error at any depth, so that a domain's error may wrap it.
fn is_lost_race(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(DieselError::DatabaseError(kind, information)) = error.downcast_ref::<DieselError>() {
            return matches!(kind, DatabaseErrorKind::SerializationFailure)
                || information.message().contains("deadlock detected");
        }
        next = error.source();
    }
    false
}
