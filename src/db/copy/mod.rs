//! Copies a whole database into another of either kind: the way from one machine to a cluster, and back.
//!
//! Rule: it only adds. A row of the target that is not the source's ends the copy before anything is written; one that is,
//! is left as it stands, which is also how a copy that was broken off goes on. The source is read in one transaction, so
//! that the copy is of one moment, and the rows of both are summed up in the same way before it says that they are equal.
//! Which tables and columns there are is asked of the databases themselves, so that none can be forgotten.

mod catalogue;
mod ends;
mod rows;
mod walk;

use crate::db::migrate::{Kind, MigrateError};
use crate::db::url::DatabaseUrl;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;

use walk::Walked;

/// Sums up what it is given, piece by piece; the room that knows how lies beside this one.
pub trait Sum {
    fn take(&mut self, piece: &[u8]);
    fn finish(self: Box<Self>) -> String;
}

/// What to copy, and how.
pub struct Order<'a> {
    pub from: &'a DatabaseUrl,
    pub to: &'a DatabaseUrl,
    /// Also while other programs are connected to the source.
    pub while_served: bool,
    pub now: Timestamp,
    pub sum: &'a dyn Fn() -> Box<dyn Sum>,
}

/// How one table came over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub table: String,
    pub rows: usize,
    /// Of them, those that were not there yet.
    pub new: usize,
    pub sum: String,
}

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("cannot open {url}: {why}")]
    Open { url: String, why: String },
    #[error("{0} holds no region and no directory of Keystead")]
    Nothing(String),
    #[error("{from} is a {from_kind}, {to} a {to_kind}")]
    Kinds { from: String, from_kind: &'static str, to: String, to_kind: &'static str },
    #[error("the schema of {url} is not this program's: {why}")]
    Schema { url: String, why: String },
    #[error("{from} and {to} are the same database")]
    Same { from: String, to: String },
    #[error("other programs are connected to {0}")]
    InUse(String),
    #[error("other programs are connected to {0}")]
    TargetInUse(String),
    #[error("another program is migrating {0} or copying into it")]
    Locked(String),
    #[error("the target holds other rows than the source: {table} {row} {why}")]
    Other { table: String, row: String, why: &'static str },
    #[error("{table} {row}: {column} {why}")]
    Unstorable { table: String, row: String, column: String, why: &'static str },
    #[error("the copy differs from the source in {}", .0.join(", "))]
    Unequal(Vec<String>),
    #[error("{0}")]
    Migrate(#[from] MigrateError),
    #[error("the {end} failed: {source}")]
    Database { end: &'static str, source: DbError },
}

impl CopyError {
    fn of(end: &'static str) -> impl Fn(DbError) -> Self {
        move |source| Self::Database { end, source }
    }
}

/// What every row is read from, in one moment.
const SOURCE: &str = "source";
const TARGET: &str = "target";

/// Copies what is missing and compares everything. `progress` hears the name of a table and how many of its rows are done.
pub fn copy(order: &Order<'_>, mut progress: impl FnMut(&str, usize)) -> Result<(Kind, Vec<Copied>), CopyError> {
    let (kind, mut ends) = ends::open(order)?;
    let tables = catalogue::common(&mut ends.source, &mut ends.target)?;
    for table in &tables {
        if rows::has_any(&mut ends.target, table).map_err(CopyError::of(TARGET))? {
            walk::walk(&mut ends.source, &mut ends.target, table, None, &mut |_| ())?;
        }
    }
    let mut walked = Vec::new();
    for table in &tables {
        let mut of_table = |rows| progress(&table.name, rows);
        walked.push(walk::walk(&mut ends.source, &mut ends.target, table, Some((order.sum)()), &mut of_table)?);
        rows::carry_counter(&mut ends.source, &mut ends.target, table)?;
    }
    let mut unequal = Vec::new();
    let mut copied = Vec::new();
    for (table, Walked { rows, new, sum }) in tables.iter().zip(walked) {
        let there = walk::summed(&mut ends.target, table, (order.sum)())?;
        if there != (rows, sum.clone()) {
            unequal
                .push(format!("{} ({rows} rows with checksum {sum}, there {} with {})", table.name, there.0, there.1));
        }
        copied.push(Copied { table: table.name.clone(), rows, new, sum });
    }
    if unequal.is_empty() { Ok((kind, copied)) } else { Err(CopyError::Unequal(unequal)) }
}
