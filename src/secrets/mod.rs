//! Secrets: named values of a workspace that its jobs get as environment variables.
//!
//! Rule: a value goes in through here and leaves through [`environment`] alone, to a program, recorded in the same
//! transaction. No page, mail, log line or event ever holds one, and no function gives one to a person.

pub mod adding;
pub mod by_hand;
pub mod changing;
pub mod dotenv;
pub mod environment;
pub mod leaks;
mod name;
pub mod removal;
pub mod room;
pub mod secret;
mod telling;
mod tokens;
pub mod upkeep;
pub mod uses;
pub mod value;
pub mod versions;

use crate::db::DbError;
use crate::projects::place::Place;

pub use name::{BadName, SecretName};
pub use secret::Secret;
pub use value::{BadValue, SecretValue};

/// Living ones of one workspace. All of them may end up in one environment.
pub const MOST: i64 = 500;
/// With those that can still be had back, so that adding and deleting in turn does not fill the database.
pub const MOST_WITH_DELETED: i64 = 1_000;

/// What the living ones of a workspace may hold, sealed, with the versions that are kept: more than a hundred of the
/// largest values, far less than what would hurt its database. With those that are deleted, twice as much.
pub const MOST_BYTES: i64 = 8 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret is gone")]
    Gone,
    #[error("a secret of this name is there already")]
    Taken,
    #[error("a workspace has at most {MOST} secrets")]
    TooMany,
    #[error("a workspace has at most {MOST_WITH_DELETED} secrets with those that are deleted")]
    TooManyDeleted,
    /// Why, the log tells the operator.
    #[error("what is stored of it cannot be read")]
    Unreadable,
    #[error("this version is marked as leaked")]
    Leaked,
    /// A leak drill is closed when all is done, or with a reason.
    #[error("not all of the drill is done, and no reason is given")]
    Unfinished,
    /// Or, with `true`, with those that are deleted.
    #[error("a workspace's secrets hold at most {MOST_BYTES} bytes, twice as many with those that are deleted")]
    TooLarge(bool),
    #[error(transparent)]
    Database(#[from] DbError),
}

/// The page of a workspace's secrets.
pub fn path(place: &Place) -> String {
    if place.is_personal {
        "/settings/secrets".to_owned()
    } else {
        format!("/{}/settings/secrets", place.workspace_name)
    }
}
