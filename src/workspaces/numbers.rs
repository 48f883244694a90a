//! Whole numbers for the clients that know accounts, organizations, projects, keys and samples by number only.
//!
//! Rule: a thing's number never changes and is never given to another, not even after the thing is gone.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::schema::numbers;
use crate::db::{Db, in_parts};
use crate::insert_if_new;
use diesel::QueryResult;

/// The number of a thing, given at the first asking. Within a transaction that writes.
pub fn of(db: &mut Db, id: &str) -> QueryResult<i64> {
    insert_if_new!(db, numbers::table, numbers::id.eq(id))?;
    numbers::table.filter(numbers::id.eq(id)).select(numbers::number).first(db)
}

/// Those of these things that have one already. Within any transaction.
pub fn known(db: &mut Db, ids: &[String]) -> QueryResult<HashMap<String, i64>> {
    let found: Vec<(String, i64)> = in_parts(ids, |part| {
        numbers::table.filter(numbers::id.eq_any(part)).select((numbers::id, numbers::number)).load(db)
    })?;
    Ok(found.into_iter().collect())
}

/// Whose number this is; the id may be of any kind of thing.
pub fn whose(db: &mut Db, number: i64) -> QueryResult<Option<String>> {
    numbers::table.find(number).select(numbers::id).first(db).optional()
}
