//! What the two databases truly spell differently: a handful of verbs, each with one meaning.
//!
//! Rule: fewer than ten. A query that both understand does not belong here.

use diesel::sql_types::{BigInt, Text};
use diesel::{OptionalExtension, QueryResult, QueryableByName, RunQueryDsl};

use super::Db;

/// Inserts rows and leaves those alone whose key is there already; the number of new rows.
///
/// On PostgreSQL a unique violation poisons the whole transaction, so "insert and look at the error" is no choice there.
#[macro_export]
macro_rules! insert_if_new {
    ($db:expr, $table:expr, $rows:expr) => {
        $crate::on_each!($db, |c| diesel::RunQueryDsl::execute(
            diesel::insert_into($table).values($rows).on_conflict_do_nothing(),
            c
        ))
    };
}

/// Loads rows that are about to change, and on PostgreSQL keeps others from changing them until the transaction ends;
/// SQLite's one writer is alone anyway. Order the query by key, so that two transactions never wait for each other.
#[macro_export]
macro_rules! load_to_change {
    ($db:expr, $query:expr) => {
        match $db {
            $crate::db::Db::Pg(c) => diesel::RunQueryDsl::load(diesel::QueryDsl::for_no_key_update($query), c),
            $crate::db::Db::Sqlite(c) => diesel::RunQueryDsl::load($query, c),
        }
    };
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts one more under `key` and returns the count of the window that is running, begun anew when the last one ended.
/// One statement, so that replicas cannot lose a count between reading and writing. Times in microseconds.
pub fn count_up(db: &mut Db, key: &str, by: i64, now: i64, window_ends_at: i64) -> QueryResult<i64> {
    const SQL: &str = "INSERT INTO throttles (key, count, window_ends_at) VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE SET
          count = CASE WHEN throttles.window_ends_at <= $4 THEN excluded.count ELSE throttles.count + excluded.count END,
          window_ends_at = CASE WHEN throttles.window_ends_at <= $4 THEN excluded.window_ends_at ELSE throttles.window_ends_at END
        RETURNING count";
    let query = diesel::sql_query(SQL)
        .bind::<Text, _>(key)
        .bind::<BigInt, _>(by)
        .bind::<BigInt, _>(window_ends_at)
        .bind::<BigInt, _>(now);
    let row: Count = crate::on_each!(db, |c| query.get_result(c))?;
    Ok(row.count)
}

/// Waits for and takes the lock of one row's key until the transaction ends. On SQLite the transaction holds it already.
pub fn lock_key(db: &mut Db, key: &str) -> QueryResult<()> {
    match db {
        Db::Pg(c) => diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<Text, _>(key)
            .execute(c)
            .map(|_| ()),
        Db::Sqlite(_) => Ok(()),
    }
}

/// The PostgreSQL server's own clock, in microseconds; SQLite has none but this machine's.
pub fn server_clock(db: &mut Db) -> QueryResult<Option<i64>> {
    match db {
        Db::Pg(c) => {
            let query = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT AS count";
            let now: Count = diesel::sql_query(query).get_result(c)?;
            Ok(Some(now.count))
        }
        Db::Sqlite(_) => Ok(None),
    }
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Text)]
    id: String,
}

/// The job in `state` that has been due longest and that no other transaction has in hand; locked until this one ends.
pub fn due_job(db: &mut Db, state: &str, now: i64) -> QueryResult<Option<String>> {
    const SQL: &str = "SELECT id FROM jobs WHERE state = $1 AND run_at <= $2 ORDER BY run_at, id LIMIT 1";
    let found: Option<Due> = match db {
        Db::Pg(c) => diesel::sql_query(format!("{SQL} FOR UPDATE SKIP LOCKED"))
            .bind::<Text, _>(state)
            .bind::<BigInt, _>(now)
            .get_result(c)
            .optional(),
        Db::Sqlite(c) => diesel::sql_query(SQL).bind::<Text, _>(state).bind::<BigInt, _>(now).get_result(c).optional(),
    }?;
    Ok(found.map(|due| due.id))
}

/// A word inside a `LIKE … ESCAPE '!'`: what `LIKE` takes for itself is a letter here.
pub fn like_letters(word: &str) -> String {
    word.chars().flat_map(|c| if "%_!".contains(c) { vec!['!', c] } else { vec![c] }).collect()
}
