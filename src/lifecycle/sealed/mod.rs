//! Whatever is sealed at rest, in every table: what `keystead doctor` opens and `keystead keys` wraps anew and counts.
//!
//! Rule: a column that [`columns`] leaves out cannot be read again once its master key is retired, so a test holds them
//! against the schema. Wrapping anew never opens a value, and changes a row only if it still holds what was read.

mod columns;

use std::collections::BTreeMap;

use diesel::QueryResult;

use crate::crypto::act::Act;
use crate::crypto::keyring::{Context, Keyring, MasterKeyId, OpenError};
use crate::db::{Db, DbError, Store};

use columns::Count;
pub use columns::{OF_DIRECTORY, OF_REGION};

/// Rows read, or changed in one transaction, at a time: few enough that whoever else writes hardly waits.
const PAGE: i64 = 200;
/// What was written with the old key while a rotation passed by is found by the next round.
const ROUNDS: usize = 4;

/// Longer than any name of a key.
const NO_KEY: &[u8] = &[0; 5];

/// Reads on from a row and version, passing over what needs the key `but`.
type Page = fn(&mut Db, after: (&str, i64), but: &[u8]) -> QueryResult<Vec<Found>>;

/// A column of sealed values.
pub struct Column {
    /// What its values are, so that "{what} {row}" names one.
    pub what: &'static str,
    /// Up to [`PAGE`] values at a time.
    page: Page,
    /// Replaces a value, unless it changed since it was found; the number of rows.
    put: fn(&mut Db, &Found, &[u8]) -> QueryResult<usize>,
    /// How many values need which key.
    count: fn(&mut Db) -> QueryResult<Vec<Count>>,
}

/// A sealed value in its place.
pub struct Found {
    table: String,
    row: String,
    owner: String,
    name: String,
    version: i64,
    sealed: Vec<u8>,
}

impl Found {
    fn at(place: Context<'_>, sealed: Option<Vec<u8>>) -> Self {
        Self {
            table: place.table.to_owned(),
            row: place.row.to_owned(),
            owner: place.owner.to_owned(),
            name: place.name.to_owned(),
            version: place.version.into(),
            sealed: sealed.unwrap_or_default(),
        }
    }

    fn place(&self) -> Context<'_> {
        Context {
            table: &self.table,
            row: &self.row,
            owner: &self.owner,
            name: &self.name,
            // A number that was tampered with opens nothing.
            version: u32::try_from(self.version).unwrap_or(0),
        }
    }
}

/// A value that cannot be had: what it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub what: String,
    pub why: OpenError,
}

impl Column {
    fn walk(
        &self,
        store: &Store,
        but: &[u8],
        mut visit: impl FnMut(Vec<Found>) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let (mut row, mut version) = (String::new(), -1);
        loop {
            let found = store.read_now(|db| (self.page)(db, (&row, version), but))?;
            let Some(last) = found.last() else { return Ok(()) };
            (row, version) = (last.row.clone(), last.version);
            visit(found)?;
        }
    }

    fn unreadable(&self, found: &Found, why: OpenError) -> Unreadable {
        let version = if found.version == 1 { String::new() } else { format!(", version {},", found.version) };
        Unreadable { what: format!("{} {}{version}", self.what, found.row), why }
    }
}

/// Opens everything; what does not open.
pub fn unreadable(store: &Store, columns: &[Column], keyring: &Keyring) -> Result<Vec<Unreadable>, DbError> {
    let mut broken = Vec::new();
    for column in columns {
        column.walk(store, NO_KEY, |found| {
            let opened = found.iter().filter_map(|one| Some((one, keyring.open(one.place(), &one.sealed).err()?)));
            broken.extend(opened.map(|(one, why)| column.unreadable(one, why)));
            Ok(())
        })?;
    }
    Ok(broken)
}

/// Wraps everything with the key that seals now. Small transactions; may be stopped anywhere and begun again. `progress`
/// hears how many were wrapped so far. Returns that number, and what could not be.
pub fn rewrap(
    store: &Store,
    columns: &[Column],
    act: &Act,
    mut progress: impl FnMut(usize),
) -> Result<(usize, Vec<Unreadable>), DbError> {
    let (mut done, mut broken) = (0, Vec::new());
    for _ in 0..ROUNDS {
        let before = done;
        broken.clear();
        for column in columns {
            let current = act.keyring.master_ids()[0];
            column.walk(store, &current, |found| {
                let mut renewed = Vec::new();
                for one in found {
                    match act.keyring.rewrap(&act.chance, one.place(), &one.sealed) {
                        Ok(sealed) => renewed.push((one, sealed)),
                        Err(why) => broken.push(column.unreadable(&one, why)),
                    }
                }
                done += store.write_now(|db| {
                    renewed
                        .iter()
                        .try_fold(0, |sum, (one, sealed)| Ok::<_, DbError>(sum + (column.put)(db, one, sealed)?))
                })?;
                progress(done);
                Ok(())
            })?;
        }
        if done == before {
            break;
        }
    }
    Ok((done, broken))
}

/// How many values need which key. What is no sealed value at all, and so needs none, is left out.
pub fn count(db: &mut Db, columns: &[Column]) -> QueryResult<BTreeMap<MasterKeyId, i64>> {
    let mut counts = BTreeMap::new();
    for column in columns {
        for Count { id, count } in (column.count)(db)? {
            if let Some(id) = id.and_then(|id| MasterKeyId::try_from(id).ok()) {
                *counts.entry(id).or_default() += count;
            }
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    /// Whoever adds a column of bytes says here whether it is sealed.
    #[test]
    fn every_sealed_column_of_the_schema_is_listed() {
        let sealed = include_str!("columns.rs");
        let schema = [
            include_str!("../../db/schema.rs"),
            include_str!("../../db/schema/backup.rs"),
            include_str!("../../db/schema/record.rs"),
            include_str!("../../db/schema/secret.rs"),
            include_str!("../../db/schema/workspace.rs"),
        ]
        .concat();
        let mut table = "";
        let mut seen = 0;
        for line in schema.lines().map(str::trim) {
            if let Some((name, _)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
                table = name;
            }
            let Some((column, _)) = line.split_once(" -> ").filter(|(_, kind)| kind.contains("Binary")) else {
                continue;
            };
            if column != "salt" {
                assert!(sealed.contains(&format!("{table}::{column}")), "{table}.{column} is not listed");
                seen += 1;
            }
        }
        assert_eq!(seen, 8);
    }
}
