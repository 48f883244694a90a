//! Rows as lines of JSON: each database writes and reads them itself, so that no type of a row is known here.
//!
//! Rule: a line says the same of the same row whichever database wrote it: texts as they are, numbers to the last digit,
//! bytes as hexadecimal digits.

use std::cmp::Ordering;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use serde_json::Value;

use super::catalogue::{Column, Holds, Table};
use super::{CopyError, SOURCE, TARGET};
use crate::db::{Db, DbError, write};

/// Rows read and written in one go.
pub(super) const PAGE: usize = 500;

pub(super) struct Row {
    pub key: Vec<Value>,
    /// All columns, as one array.
    pub line: String,
}

impl Row {
    pub fn name(&self) -> String {
        named(&self.key)
    }
}

fn named(key: &[Value]) -> String {
    let parts: Vec<String> =
        key.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
    parts.join(" ")
}

/// As both databases order them: texts by their bytes.
pub(super) fn order(one: &[Value], other: &[Value]) -> Ordering {
    let by_part = one.iter().zip(other).map(|(one, other)| match (one, other) {
        (Value::String(one), Value::String(other)) => one.as_bytes().cmp(other.as_bytes()),
        _ => one.as_i64().cmp(&other.as_i64()),
    });
    by_part.fold(Ordering::Equal, Ordering::then)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Binary)]
    line: Vec<u8>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// The rows after `after` in the order of the key, as many as a page holds.
pub(super) fn page(
    db: &mut Db,
    end: &'static str,
    table: &Table,
    after: Option<&[Value]>,
) -> Result<Vec<Row>, CopyError> {
    let is_sqlite = db.is_sqlite();
    let key = table.key();
    let names = list(key.iter().map(|(_, column)| quoted(&column.name)));
    let columns = list(table.columns.iter().map(|column| spoken(column, is_sqlite)));
    let line = if is_sqlite {
        format!("CAST(json_array({columns}) AS BLOB)")
    } else {
        format!("convert_to(json_build_array({columns})::text, 'UTF8')")
    };
    let begin = after.map_or_else(String::new, |_| {
        let values = list(key.iter().enumerate().map(|(at, (_, column))| heard("$1", at, column, is_sqlite)));
        format!("WHERE ({names}) > ({values})")
    });
    let name = quoted(&table.name);
    let sql = format!("SELECT {line} AS line FROM {name} {begin} ORDER BY {names} LIMIT {PAGE}");
    let lines: Vec<Line> = match after {
        None => crate::on_each!(db, |c| diesel::sql_query(sql).load(c)),
        Some(after) => {
            let after = Value::from(after).to_string();
            crate::on_each!(db, |c| diesel::sql_query(sql).bind::<Text, _>(&after).load(c))
        }
    }
    .map_err(CopyError::of(end))?;
    let read = |line: Line| row(table, &line.line).map_err(|error| told(table, after, error));
    lines.into_iter().map(read).collect()
}

/// What stands in a column, as a part of JSON. SQLite keeps whatever it was given in any column; what does not belong
/// there becomes a number where none is awaited, or a text where a number is.
fn spoken(column: &Column, is_sqlite: bool) -> String {
    let name = quoted(&column.name);
    match (column.holds, is_sqlite) {
        (Holds::Bytes, true) => {
            format!("CASE typeof({name}) WHEN 'null' THEN NULL WHEN 'blob' THEN lower(hex({name})) ELSE 0 END")
        }
        (Holds::Bytes, false) => format!("encode({name}, 'hex')"),
        (Holds::Text, true) => format!("CASE typeof({name}) WHEN 'blob' THEN 0 ELSE {name} END"),
        (Holds::Number | Holds::Truth, true) => {
            format!("CASE typeof({name}) WHEN 'null' THEN NULL WHEN 'integer' THEN {name} ELSE '' END")
        }
        (_, false) => name,
    }
}

/// A part of an array of JSON, as the value of a column. On SQLite a part is found by its path, as the arrow would take a
/// text of digits for a number.
fn heard(array: &str, at: usize, column: &Column, is_sqlite: bool) -> String {
    if is_sqlite {
        let part = format!("json_extract({array}, '$[{at}]')");
        return if column.holds == Holds::Bytes { format!("unhex({part})") } else { part };
    }
    let array = if array.starts_with('$') { format!("{array}::json") } else { array.to_owned() };
    let part = format!("({array} ->> {at})");
    match column.holds {
        Holds::Text => part,
        Holds::Number => format!("{part}::bigint"),
        Holds::Truth => format!("{part}::boolean"),
        Holds::Bytes => format!("decode({part}, 'hex')"),
    }
}

/// Which column, and why; the row where it is known.
type Amiss = (Option<Vec<Value>>, String, &'static str);

fn told(table: &Table, after: Option<&[Value]>, (key, column, why): Amiss) -> CopyError {
    let row = match (key, after) {
        (Some(key), _) => named(&key),
        (None, Some(after)) => format!("in one of the rows after {}", named(after)),
        (None, None) => "in one of the first rows".to_owned(),
    };
    CopyError::Unstorable { table: table.name.clone(), row, column, why }
}

fn row(table: &Table, line: &[u8]) -> Result<Row, Amiss> {
    let read: Result<Vec<Value>, _> = serde_json::from_slice(line);
    let mut values = read.map_err(|_| (None, "a text".to_owned(), "is not UTF-8"))?;
    let mut amiss = None;
    for (column, value) in table.columns.iter().zip(&mut values) {
        if !belongs(column, value) && amiss.is_none() {
            amiss = Some(column.name.clone());
        }
    }
    let key: Vec<Value> = table.key().iter().filter_map(|(at, _)| values.get(*at).cloned()).collect();
    match amiss {
        Some(column) => Err((Some(key), column, "holds a value of another kind")),
        None => Ok(Row { key, line: Value::from(values).to_string() }),
    }
}

/// Whether the value is of the column's kind; a truth is spelled as one.
fn belongs(column: &Column, value: &mut Value) -> bool {
    if column.holds == Holds::Truth {
        match value.as_i64() {
            Some(0) => *value = Value::Bool(false),
            Some(1) => *value = Value::Bool(true),
            _ => {}
        }
    }
    value.is_null()
        || match column.holds {
            Holds::Text | Holds::Bytes => value.is_string(),
            Holds::Number => value.is_i64(),
            Holds::Truth => value.is_boolean(),
        }
}

/// PostgreSQL keeps no text with a zero byte in it.
pub(super) fn refuse_zero_bytes(table: &Table, rows: &[Row]) -> Result<(), CopyError> {
    // Spelled so in JSON, unless the backslash is itself one of the text.
    for row in rows.iter().filter(|row| row.line.contains("\\u0000")) {
        let values: Vec<Value> = serde_json::from_str(&row.line).unwrap_or_default();
        let has_zero = |value: &Value| value.as_str().is_some_and(|text| text.contains('\0'));
        if let Some((column, _)) = table.columns.iter().zip(&values).find(|(_, value)| has_zero(value)) {
            let why = "holds a zero byte, which PostgreSQL cannot keep in a text";
            return Err(CopyError::Unstorable {
                table: table.name.clone(),
                row: row.name(),
                column: column.name.clone(),
                why,
            });
        }
    }
    Ok(())
}

/// Writes rows in one transaction.
pub(super) fn put(db: &mut Db, table: &Table, rows: &[Row]) -> Result<usize, DbError> {
    let is_sqlite = db.is_sqlite();
    let names = list(table.columns.iter().map(|column| quoted(&column.name)));
    let array = if is_sqlite { "value" } else { "value::json" };
    let values = list(table.columns.iter().enumerate().map(|(at, column)| heard(array, at, column, is_sqlite)));
    let each = if is_sqlite { "json_each($1)" } else { "json_array_elements($1::json)" };
    let over = if table.is_kept_by_triggers() { written_over(table) } else { String::new() };
    let name = quoted(&table.name);
    let sql = format!("INSERT INTO {name} ({names}) SELECT {values} FROM {each} WHERE true {over}");
    let lines = format!("[{}]", list(rows.iter().map(|row| row.line.clone())));
    write(db, |db| crate::on_each!(db, |c| diesel::sql_query(&sql).bind::<Text, _>(&lines).execute(c)))
}

fn written_over(table: &Table) -> String {
    let key = list(table.key().iter().map(|(_, column)| quoted(&column.name)));
    let others = table.columns.iter().filter(|column| column.key == 0).map(|column| quoted(&column.name));
    let set = list(others.map(|name| format!("{name} = excluded.{name}")));
    format!("ON CONFLICT ({key}) DO UPDATE SET {set}")
}

pub(super) fn has_any(db: &mut Db, table: &Table) -> Result<bool, DbError> {
    let sql = format!("SELECT count(*) AS number FROM (SELECT 1 FROM {} LIMIT 1) AS first", quoted(&table.name));
    let found: Number = crate::on_each!(db, |c| diesel::sql_query(sql).get_result(c))?;
    Ok(found.number > 0)
}

/// A number that was given out once is not given out again, also where its row is gone.
pub(super) fn carry_counter(source: &mut Db, target: &mut Db, table: &Table) -> Result<(), CopyError> {
    let Some((_, column)) = table.key().into_iter().next().filter(|_| table.is_counted) else { return Ok(()) };
    let sequence = format!("pg_get_serial_sequence('{}', '{}')", quoted(&table.name), column.name);
    let last = if source.is_sqlite() {
        format!("SELECT coalesce(max(seq), 0) AS number FROM sqlite_sequence WHERE name = '{}'", table.name)
    } else {
        format!("SELECT coalesce(pg_sequence_last_value({sequence}::regclass), 0) AS number")
    };
    let last: Number =
        crate::on_each!(source, |c| diesel::sql_query(last).get_result(c)).map_err(CopyError::of(SOURCE))?;
    if last.number == 0 {
        return Ok(());
    }
    let (number, name) = (last.number, &table.name);
    let set = if target.is_sqlite() {
        vec![
            format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT '{name}', 0
                WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '{name}')"
            ),
            format!("UPDATE sqlite_sequence SET seq = max(seq, {number}) WHERE name = '{name}'"),
        ]
    } else {
        vec![format!("SELECT setval({sequence}, greatest({number}, pg_sequence_last_value({sequence}::regclass)))")]
    };
    let all = |db: &mut Db| {
        set.iter().try_for_each(|sql| crate::on_each!(db, |c| diesel::sql_query(sql).execute(c)).map(|_| ()))
    };
    write(target, all).map_err(CopyError::of(TARGET))
}
