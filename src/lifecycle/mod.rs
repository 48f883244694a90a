//! How accounts are closed, brought back, suspended and erased: what reads every room and belongs to none.
//!
//! Rule: [`steps`] is the one list of what an account leaves behind. The page that announces an erasure counts it, the
//! job that erases walks it, and a test holds it against the schema, so the three cannot disagree.
//!
//! Nothing here asks whether the caller may do it; the pages and the command line do, before they come here.

pub mod administration;
pub mod backups;
pub mod cancelling;
pub mod closing;
pub mod consequences;
pub mod departures;
pub mod doctor;
pub mod erasing;
pub mod erasing_again;
pub mod erasures;
pub mod many;
pub mod members;
pub mod mfa_reset;
pub mod organization_deeds;
pub mod organization_list;
pub mod organizations;
pub mod photo_files;
pub mod sealed;
pub mod sessions_ended;
pub mod steps;
pub mod suspension;
pub mod trash;
pub mod what_breaks;

use crate::db::{Db, DbError};
use crate::kernel::id::AccountId;
use crate::sessions::account::{self, Account, Status};
use crate::workspaces::WorkspaceError;
use diesel::prelude::*;

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    #[error("there is no such account in this region")]
    NotThere,
    /// It was suspended, closed or brought back meanwhile.
    #[error("the account is {0} now")]
    IsNow(Status),
    #[error("the last administrator stays one")]
    LastAdministrator,
    #[error("an administrator is withdrawn first")]
    IsAdministrator,
    #[error("the account has no second factor")]
    NoSecondFactor,
    /// What becomes of an organization that only this account owns was not said, or cannot be.
    #[error("an organization would be left without an Owner")]
    SoleOwner,
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

impl From<WorkspaceError> for LifecycleError {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::NotThere => Self::NotThere,
            WorkspaceError::LastOwner | WorkspaceError::NotAllowed(_) => Self::SoleOwner,
            WorkspaceError::Database(error) => error.into(),
        }
    }
}

/// The account, kept from changing until this transaction ends. Everything here begins with it, so that closing,
/// cancelling, suspending and erasing one account come one after the other.
fn held(db: &mut Db, account: AccountId) -> Result<Account, LifecycleError> {
    account::held(db, account)?.ok_or(LifecycleError::NotThere)
}

fn set_status(db: &mut Db, account: AccountId, status: Status) -> QueryResult<()> {
    use crate::db::schema::accounts;
    diesel::update(accounts::table.find(account)).set(accounts::status.eq(status)).execute(db)?;
    Ok(())
}
