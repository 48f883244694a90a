//! The one shape of every query of the list: a bounded source, and conditions on what it yields.
//!
//! Rule: the source ends with a `LIMIT`, so the database can read no further, and no condition outside can talk it into
//! another index. Left to guess from its statistics, or from none, a database sooner or later reads a million rows to
//! find twenty-five. The text is the same for both databases.

use std::fmt::Write as _;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::db::Db;
use crate::kernel::cursor::Cursor;
use crate::on_each;
use crate::sessions::account::Status;

use super::order::{Reading, Sort};

const COLUMNS: &str = "account_id, status, has_mfa, plan, created_at, last_seen_at, minutes_rank, words";

/// A statement and its bound values.
#[derive(Clone, Debug, Default)]
pub(super) struct Sql {
    text: String,
    bound: Vec<Value>,
}

#[derive(Clone, Debug)]
enum Value {
    Number(i64),
    Text(String),
}

impl Sql {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn number(&mut self, value: i64) {
        self.bind(Value::Number(value));
    }

    pub fn text(&mut self, value: &str) {
        self.bind(Value::Text(value.to_owned()));
    }

    fn bind(&mut self, value: Value) {
        self.bound.push(value);
        let _ = write!(self.text, "${}", self.bound.len());
    }

    fn load<R>(self, db: &mut Db) -> QueryResult<Vec<R>>
    where
        R: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
    {
        on_each!(db, |c| {
            let mut query = sql_query(self.text).into_boxed();
            for value in self.bound {
                query = match value {
                    Value::Number(number) => query.bind::<BigInt, _>(number),
                    Value::Text(text) => query.bind::<Text, _>(text),
                };
            }
            query.load(c)
        })
    }
}

/// From a value on, until before another, of the column that a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub from: Option<i64>,
    pub until: Option<i64>,
}

impl Bounds {
    pub fn push(self, sql: &mut Sql, sort: Sort) {
        for (operator, bound) in [(">=", self.from), ("<", self.until)] {
            if let Some(value) = bound {
                sql.push(&format!(" AND {} {operator} ", sort.column()));
                sql.number(value);
            }
        }
    }
}

/// The next `most` entries of one status, along the index of `reading.sort`, within `bounds` of that same column.
pub(super) fn along(status: Status, reading: &Reading, bounds: Bounds, most: i64) -> Sql {
    along_to(None, status, reading, bounds, most)
}

/// The same, up to a place and with it.
pub(super) fn along_to(end: Option<&Cursor>, status: Status, reading: &Reading, bounds: Bounds, most: i64) -> Sql {
    let mut sql = Sql::default();
    sql.push(&format!("SELECT {COLUMNS} FROM listed_accounts WHERE status = "));
    sql.text(status.as_str());
    bounds.push(&mut sql, reading.sort);
    reading.push_from(&mut sql);
    if let Some(place) = end {
        reading.push_to(&mut sql, place);
    }
    sql.push(&format!("{} LIMIT ", reading.order_by(reading.sort.column())));
    sql.number(most);
    sql
}

/// These accounts.
pub(super) fn of_ids(ids: &[String]) -> Sql {
    let mut sql = Sql::default();
    sql.push(&format!("SELECT {COLUMNS} FROM listed_accounts WHERE account_id IN ("));
    for (index, id) in ids.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " });
        sql.text(id);
    }
    sql.push(") LIMIT ");
    sql.number(i64::try_from(ids.len()).unwrap_or(i64::MAX));
    sql
}

/// Puts a source into a larger statement. It must come first, because its values are numbered from one.
fn nested(before: &str, source: Sql, conditions: impl FnOnce(&mut Sql)) -> Sql {
    let mut sql = Sql { text: format!("{before} FROM ({}) AS near WHERE 1 = 1", source.text), bound: source.bound };
    conditions(&mut sql);
    sql
}

/// The places of the rows that pass, in the order of `reading`.
pub(super) fn places(
    db: &mut Db,
    source: Sql,
    conditions: impl FnOnce(&mut Sql),
    reading: &Reading,
    limit: usize,
) -> QueryResult<Vec<Cursor>> {
    #[derive(QueryableByName)]
    struct Place {
        #[diesel(sql_type = Text)]
        account_id: String,
        #[diesel(sql_type = BigInt)]
        place: i64,
    }
    let column = reading.sort.column();
    let mut sql = nested(&format!("SELECT account_id, {column} AS place"), source, conditions);
    sql.push(&format!("{} LIMIT ", reading.order_by(column)));
    sql.number(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows: Vec<Place> = sql.load(db)?;
    Ok(rows.into_iter().map(|row| Cursor { value: row.place, id: row.account_id }).collect())
}

/// The last place of a source, if it yields as much as its limit `most`: where reading on would begin.
pub(super) fn last_place(
    db: &mut Db,
    end: Option<&Cursor>,
    status: Status,
    reading: &Reading,
    bounds: Bounds,
    most: i64,
) -> QueryResult<Option<Cursor>> {
    let mut source = along_to(end, status, reading, bounds, 1);
    source.push(" OFFSET ");
    source.number(most - 1);
    Ok(places(db, source, |_| (), reading, 1)?.pop())
}

/// How many rows pass, counted up to `most`.
pub(super) fn count(db: &mut Db, source: Sql, conditions: impl FnOnce(&mut Sql), most: i64) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let mut sql = nested("SELECT count(*) AS count FROM (SELECT 1 AS one", source, conditions);
    sql.push(" LIMIT ");
    sql.number(most);
    sql.push(") AS counted");
    let rows: Vec<Count> = sql.load(db)?;
    Ok(rows.first().and_then(|row| usize::try_from(row.count).ok()).unwrap_or(0))
}
