//! Turning the second factor on and off, and what comes with it.
//!
//! Rule: each of these is a change of a credential and goes through `sessions::credential::changed`. The caller has made
//! sure that it is the owner, minutes ago (step-up).

use diesel::prelude::*;

use super::{recovery_codes, totp};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::totp::TotpSecret;
use crate::db::Db;
use crate::db::schema::{accounts, mfa_resets, totp_factors};
use crate::kernel::id::{AccountId, SessionId};
use crate::kernel::shown_once::ShownOnce;
use crate::mail::Letter;
use crate::sessions::account::Account;
use crate::sessions::{credential, device, session, shown_once};

/// What they are kept as for the one page that shows them.
pub const RECOVERY_CODES: &str = "recovery codes";

#[derive(Debug, thiserror::Error)]
pub enum TurnOnError {
    #[error("there is an authenticator already")]
    AlreadyOn,
    #[error("the code is not the one the app shows now")]
    WrongCode,
    #[error("the database failed: {0}")]
    Database(#[from] crate::db::DbError),
}

/// Stores the key of an authenticator whose code was typed, makes recovery codes and keeps them for the one page that
/// shows them. The session counts as signed in with a second factor from here on.
pub fn turn_on(
    db: &mut Db,
    act: &Act,
    account: &Account,
    session: SessionId,
    secret: &TotpSecret,
    typed: &str,
) -> Result<(), TurnOnError> {
    let step = secret.check(typed, act.now, None).ok_or(TurnOnError::WrongCode)?;
    if !totp::store(db, act, account.id, secret, step)? {
        return Err(TurnOnError::AlreadyOn);
    }
    diesel::update(accounts::table.find(account.id)).set(accounts::has_mfa.eq(true)).execute(db)?;
    let codes = recovery_codes::make(db, act, account.id)?;
    let count = i64::try_from(codes.len()).unwrap_or(i64::MAX);
    session::confirm(db, act, session, true)?;
    credential::changed(db, act, account, Some(session), &Event::MfaTurnedOn, &Letter::MfaTurnedOn)?;
    let made = Event::RecoveryCodesMade { count };
    activity::record(db, act, account.id.personal_workspace(), Some(account.id), &made)?;
    Ok(keep_for_showing(db, act, session, codes)?)
}

/// The last factor goes, and with it the recovery codes and every browser's leave to skip the code. `false` when there
/// was none.
pub fn turn_off(db: &mut Db, act: &Act, account: &Account, keep: SessionId) -> QueryResult<bool> {
    if !totp::remove(db, account.id)? {
        return Ok(false);
    }
    recovery_codes::remove(db, account.id)?;
    device::distrust_all(db, account.id)?;
    // What an administrator was asked to take away is gone.
    diesel::delete(mfa_resets::table.find(account.id)).execute(db)?;
    diesel::update(accounts::table.find(account.id)).set(accounts::has_mfa.eq(false)).execute(db)?;
    session::forget_factor(db, keep)?;
    credential::changed(db, act, account, Some(keep), &Event::MfaTurnedOff, &Letter::MfaTurnedOff)?;
    Ok(true)
}

/// Ten new recovery codes in place of the old ones, kept for the one page that shows them. `false` without a factor.
pub fn renew_recovery_codes(db: &mut Db, act: &Act, account: &Account, session: SessionId) -> QueryResult<bool> {
    if totp::of_account(db, account.id)?.is_none() {
        return Ok(false);
    }
    let codes = recovery_codes::make(db, act, account.id)?;
    let made = Event::RecoveryCodesMade { count: i64::try_from(codes.len()).unwrap_or(i64::MAX) };
    credential::changed(db, act, account, Some(session), &made, &Letter::RecoveryCodesMade)?;
    keep_for_showing(db, act, session, codes)?;
    Ok(true)
}

/// Notes that one of the codes was typed back, so that both sides know they are kept. The code stays usable.
pub fn check_recovery_codes(db: &mut Db, act: &Act, account: AccountId, typed: &str) -> QueryResult<bool> {
    if !recovery_codes::is_kept(db, account, typed)? {
        return Ok(false);
    }
    diesel::update(totp_factors::table.find(account)).set(totp_factors::codes_checked_at.eq(act.now)).execute(db)?;
    activity::record(db, act, account.personal_workspace(), Some(account), &Event::RecoveryCodesChecked)?;
    Ok(true)
}

fn keep_for_showing(db: &mut Db, act: &Act, session: SessionId, codes: Vec<ShownOnce>) -> QueryResult<()> {
    let codes: Vec<String> = codes.into_iter().map(ShownOnce::reveal).collect();
    shown_once::keep(db, act, session, RECOVERY_CODES, &codes.join("\n"))
}
