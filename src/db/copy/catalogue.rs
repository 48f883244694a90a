//! Which tables a database has, with their columns and keys, as the database itself says; in an order in which they can be
//! filled.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{CopyError, SOURCE, TARGET};
use crate::db::{Db, DbError};

/// Triggers write into `.0` when rows come into `.1`: it is filled after them, and what the triggers wrote is written over.
const KEPT_BY_TRIGGERS: &[(&str, &[&str])] =
    &[("listed_accounts", &["accounts", "workspaces"]), ("organizations", &["members"])];
/// Which migrations ran, and when, is each database's own; that they are the same was seen before.
const OWN: &str = "__diesel_schema_migrations";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    Truth,
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub holds: Holds,
    /// Its place in the primary key, from one; zero outside.
    pub key: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// The tables its rows point to.
    pub parents: Vec<String>,
    /// Its key is counted up by the database, which never gives a number twice.
    pub is_counted: bool,
}

impl Table {
    /// The columns of the key by their places among all columns, in the key's order.
    pub fn key(&self) -> Vec<(usize, &Column)> {
        let mut key: Vec<_> = self.columns.iter().enumerate().filter(|(_, column)| column.key > 0).collect();
        key.sort_by_key(|(_, column)| column.key);
        key
    }

    pub fn is_kept_by_triggers(&self) -> bool {
        KEPT_BY_TRIGGERS.iter().any(|(name, _)| *name == self.name)
    }

    fn waits_for(&self, other: &str) -> bool {
        let of_triggers = KEPT_BY_TRIGGERS.iter().filter(|(name, _)| *name == self.name);
        self.parents.iter().any(|parent| parent == other && *parent != self.name)
            || of_triggers.flat_map(|(_, after)| after.iter()).any(|after| *after == other)
    }
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    of_table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    key: i64,
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

#[derive(QueryableByName)]
struct ParentRow {
    #[diesel(sql_type = Text)]
    of_table: String,
    #[diesel(sql_type = Nullable<Text>)]
    parent: Option<String>,
}

const SQLITE_COLUMNS: &str = "
    SELECT m.name AS of_table, p.name AS name, lower(p.type) AS kind, p.pk AS key,
      (p.pk > 0 AND m.sql LIKE '%AUTOINCREMENT%') AS counted
    FROM sqlite_master m JOIN pragma_table_info(m.name) p
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, p.cid";
const SQLITE_PARENTS: &str = "
    SELECT m.name AS of_table, f.\"table\" AS parent FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' ORDER BY 1, 2";
const POSTGRES_COLUMNS: &str = "
    SELECT c.relname::text AS of_table, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS kind,
      (coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1)::bigint AS key,
      (a.attidentity <> '')::int::bigint AS counted
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname COLLATE \"C\", a.attnum";
const POSTGRES_PARENTS: &str = "
    SELECT c.conrelid::regclass::text AS of_table, c.confrelid::regclass::text AS parent FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace ORDER BY 1, 2";

/// The tables of a database, each after those its rows point to and those whose triggers write into it.
fn read(db: &mut Db) -> Result<Vec<Table>, DbError> {
    let (columns, parents) =
        if db.is_sqlite() { (SQLITE_COLUMNS, SQLITE_PARENTS) } else { (POSTGRES_COLUMNS, POSTGRES_PARENTS) };
    let columns: Vec<ColumnRow> = crate::on_each!(db, |c| diesel::sql_query(columns).load(c))?;
    let parents: Vec<ParentRow> = crate::on_each!(db, |c| diesel::sql_query(parents).load(c))?;
    let mut tables: Vec<Table> = Vec::new();
    for ColumnRow { of_table, name, kind, key, counted } in columns.into_iter().filter(|row| row.of_table != OWN) {
        let holds = match kind.as_str() {
            "text" => Holds::Text,
            "bigint" | "integer" => Holds::Number,
            "boolean" => Holds::Truth,
            "blob" | "bytea" => Holds::Bytes,
            _ => return Err(unusable(format!("{of_table}.{name} is of the kind {kind}, which cannot be copied"))),
        };
        if tables.last().is_none_or(|table| table.name != of_table) {
            let parents = parents.iter().filter(|row| row.of_table == of_table);
            let parents = parents.filter_map(|row| row.parent.clone()).collect();
            tables.push(Table { name: of_table, columns: Vec::new(), parents, is_counted: false });
        }
        if let Some(table) = tables.last_mut() {
            table.is_counted |= counted != 0;
            table.columns.push(Column { name, holds, key });
        }
    }
    in_order(tables)
}

fn in_order(mut waiting: Vec<Table>) -> Result<Vec<Table>, DbError> {
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let is_free = |table: &Table| !waiting.iter().any(|other| table.waits_for(&other.name));
        let Some(next) = waiting.iter().position(is_free) else {
            let names: Vec<&str> = waiting.iter().map(|table| table.name.as_str()).collect();
            return Err(unusable(format!("the tables {} point to each other", names.join(", "))));
        };
        ordered.push(waiting.remove(next));
    }
    Ok(ordered)
}

fn unusable(why: String) -> DbError {
    DbError::QueryBuilderError(why.into())
}

/// The tables of both, which must be the same.
pub(super) fn common(source: &mut Db, target: &mut Db) -> Result<Vec<Table>, CopyError> {
    let here = read(source).map_err(CopyError::of(SOURCE))?;
    let there = read(target).map_err(CopyError::of(TARGET))?;
    let differing = |one: &[Table], other: &[Table]| {
        one.iter().find(|table| !other.contains(table)).map(|table| table.name.clone())
    };
    match differing(&here, &there).or_else(|| differing(&there, &here)) {
        None => Ok(here),
        Some(table) => Err(CopyError::Schema {
            url: "the target".to_owned(),
            why: format!("the table {table} is not the same in both"),
        }),
    }
}
