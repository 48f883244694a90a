//! Workspaces: what can own things. One's own, and organizations with their members.
//!
//! Rule: who may do what is decided by the role that [`membership`] read for this very request. An organization always
//! has an Owner: the database itself refuses to be without one. What changes who is in it first takes hold of it
//! ([`members::hold`]), so that such changes come one after the other.

pub mod creation;
pub mod follows;
pub mod introspection;
pub mod invitations;
pub mod lapse;
pub mod members;
pub mod membership;
pub mod numbers;
pub mod organization;
pub mod people;
pub mod senders;
pub mod summary;
pub mod workspace;

use crate::access::NotAllowed;
use crate::db::DbError;
use diesel::result::DatabaseErrorKind;

/// Why an organization or its people were not changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The organization, member or invitation is not there (any more).
    #[error("it is not there any more")]
    NotThere,
    #[error("an organization always has an Owner")]
    LastOwner,
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error("the database failed: {0}")]
    Database(#[source] DbError),
}

/// The one check of these tables is that of `organizations.owners`.
impl From<DbError> for WorkspaceError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::DatabaseError(DatabaseErrorKind::CheckViolation, _) => Self::LastOwner,
            other => Self::Database(other),
        }
    }
}
