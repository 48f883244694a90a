//! The one way to change anything: a transaction that takes the write lock first and is tried again when it lost a race.

use std::cell::RefCell;
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
    write_any(db, &work)
}

/// The same behind a reference, so that it is compiled once for each kind of outcome and not for each change.
fn write_any<T, E>(db: &mut Db, work: &dyn Fn(&mut Db) -> Result<T, E>) -> Result<T, E>
where
    E: From<DieselError> + Error + 'static,
{
    let settled = Settled::begin();
    if is_in_transaction(db) {
        let outcome = db.transaction(work);
        if outcome.is_err() {
            settled.forget();
        }
        return outcome;
    }
    let mut tries = 0;
    loop {
        begin(db)?;
        let outcome = work(db).and_then(|value| commit(db).map(|()| value).map_err(E::from));
        match outcome {
            Ok(value) => {
                settled.act();
                return Ok(value);
            }
            Err(error) => {
                settled.forget();
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

thread_local! {
    /// What waits for the transactions on this thread to be committed, the outer ones first.
    static WAITING: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// Does this once what is being written is committed, and never when it is not: for what no rollback takes back.
pub fn after_commit(work: impl FnOnce() + 'static) {
    WAITING.with_borrow_mut(|waiting| waiting.push(Box::new(work)));
}

/// Where the part of one transaction begins among what waits.
struct Settled(usize);

impl Settled {
    fn begin() -> Self {
        Self(WAITING.with_borrow(Vec::len))
    }

    fn forget(&self) {
        WAITING.with_borrow_mut(|waiting| waiting.truncate(self.0));
    }

    fn act(&self) {
        let own: Vec<_> = WAITING.with_borrow_mut(|waiting| waiting.split_off(self.0.min(waiting.len())));
        for work in own {
            work();
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
