//! The second factor: codes from an authenticator app, and recovery codes for the day it is lost.
//!
//! Rule: a code counts once, whatever it was used for, decided by one statement in the database; never by reading first
//! and writing later. Counting tries is the caller's, before it comes here.

pub mod recovery_codes;
pub mod second_factor;
pub mod setting;
pub mod totp;

use crate::crypto::keyring::OpenError;
use crate::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum MfaError {
    #[error("the key of an authenticator cannot be opened: {0}")]
    Sealed(#[from] OpenError),
    #[error("the key of an authenticator has an impossible length")]
    Damaged,
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}
