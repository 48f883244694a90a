//! The one-time code, wherever one is asked for: six digits of an authenticator app, or a recovery code.

use crate::activity::{self, Event, Refused, SecondFactor};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::mail::Letter;
use crate::mfa::MfaError;
use crate::mfa::second_factor::{self, Checked};
use crate::sessions::account::Account;
use crate::sessions::credential;

/// Uses the code up, or says why not. A used recovery code is told to the owner.
pub fn check(
    db: &mut Db,
    act: &Act,
    account: &Account,
    typed: &str,
) -> Result<Result<SecondFactor, Refused>, MfaError> {
    let left = match second_factor::check(db, act, account.id, typed)? {
        Checked::App => return Ok(Ok(SecondFactor::App)),
        Checked::RecoveryCode { left } => left,
        Checked::Used => return Ok(Err(Refused::UsedCode)),
        Checked::Wrong => return Ok(Err(Refused::WrongCode)),
    };
    let event = Event::RecoveryCodeUsed { left };
    activity::record(db, act, account.id.personal_workspace(), Some(account.id), &event)?;
    credential::tell(db, act, account, &Letter::RecoveryCodeUsed { left })?;
    Ok(Ok(SecondFactor::RecoveryCode))
}
