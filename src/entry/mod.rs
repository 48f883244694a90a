//! The ways in: signing up, signing in, proving it once more, and back in after the password is forgotten.
//!
//! Rule: whoever is turned away learns nothing. An address nobody has, a wrong password, a locked, unconfirmed,
//! suspended or closing account get the same answer after the same work. Each try is counted before it is checked.
//!
//! What touches the directory and a region does so in steps that may each be the last: see [`sign_up`] and [`lapse`].

pub mod appointment;
pub mod claim;
pub mod confirmation;
pub mod device_login;
pub mod evenly;
pub mod invitation;
pub mod lapse;
pub mod opening;
pub mod recovery;
pub mod refusal;
pub mod second_factor;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
pub mod step_up;
pub mod tries;

use crate::crypto::password::Busy;
use crate::db::DbError;
use crate::mfa::MfaError;
use crate::sessions::throttle::TooMany;

/// What keeps a way in from answering at all.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error("too many tries from one network")]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error("the link was used or replaced meanwhile")]
    LinkGone,
    #[error("the second factor cannot be checked: {0}")]
    Mfa(#[from] MfaError),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}
