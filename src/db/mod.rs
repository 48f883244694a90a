//! The only room that knows there are two databases.
//!
//! Rule: above this room every query is written once, for [`Db`]; what truly differs is a named verb in
//! [`dialect`]. Nothing here knows what an account is.

pub mod copy;
pub mod dialect;
pub mod functions;
mod kept;
pub mod migrate;
mod parts;
pub mod schema;
pub mod snapshot;
pub mod store;
pub mod url;
mod write;

use diesel::{PgConnection, SqliteConnection};

pub use parts::{change_in_parts, in_parts};
pub use store::Store;
pub use write::{after_commit, write};

/// A connection to either database, chosen at run time by the URL's scheme.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// What every query of this project returns when the database itself fails. Never "not found".
pub type DbError = diesel::result::Error;

/// Runs the same expression on whichever connection is behind a [`Db`].
///
/// Also for the few queries that every request makes: handed to a [`Db`], a query is written out as text twice at each use,
/// only to find the statement that is prepared already; handed to the connection itself, it is found by its type.
#[macro_export]
macro_rules! on_each {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Pg($c) => $body,
            $crate::db::Db::Sqlite($c) => $body,
        }
    };
}

impl Db {
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}
