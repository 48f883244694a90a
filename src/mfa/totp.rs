//! The authenticator app of an account: its key, sealed, and the last step it was used for.
//!
//! Rule: a step is accepted once. Fifty parallel tries with one code leave one success, because each of them tries to
//! move `last_step` forward and only one can (RFC 6238, section 5.2; ASVS V6.5.1).

use diesel::QueryResult;
use diesel::prelude::*;

use super::MfaError;
use crate::crypto::act::Act;
use crate::crypto::keyring::Context;
use crate::crypto::totp::TotpSecret;
use crate::db::Db;
use crate::db::schema::totp_factors;
use crate::insert_if_new;
use crate::kernel::id::AccountId;
use crate::kernel::time::Timestamp;

/// What the owner sees of it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = totp_factors)]
#[expect(clippy::struct_field_names, reason = "as the columns are called")]
pub struct Factor {
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// When one of the recovery codes was typed back.
    pub codes_checked_at: Option<Timestamp>,
}

#[derive(Insertable)]
#[diesel(table_name = totp_factors)]
struct NewFactor {
    account_id: AccountId,
    sealed: Vec<u8>,
    last_step: i64,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// What a typed code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The right one, and now used.
    Accepted,
    /// It was right, and somebody has used it already.
    Used,
    Wrong,
}

pub fn of_account(db: &mut Db, account: AccountId) -> QueryResult<Option<Factor>> {
    totp_factors::table.find(account).select(Factor::as_select()).first(db).optional()
}

/// Checks a typed code and uses it up. Without an authenticator every code is wrong.
pub fn verify(db: &mut Db, act: &Act, account: AccountId, typed: &str) -> Result<Verdict, MfaError> {
    let stored: Option<(Vec<u8>, i64)> = totp_factors::table
        .find(account)
        .select((totp_factors::sealed, totp_factors::last_step))
        .first(db)
        .optional()?;
    let Some((sealed, last_step)) = stored else { return Ok(Verdict::Wrong) };
    let bytes = act.keyring.open(sealed_place(&account), &sealed)?;
    let secret = TotpSecret::from_bytes(&bytes).ok_or(MfaError::Damaged)?;
    let Some(step) = secret.check(typed, act.now, Some(last_step)) else {
        let was_right = secret.check(typed, act.now, None).is_some();
        return Ok(if was_right { Verdict::Used } else { Verdict::Wrong });
    };
    let moved = diesel::update(totp_factors::table.find(account).filter(totp_factors::last_step.lt(step)))
        .set((totp_factors::last_step.eq(step), totp_factors::last_used_at.eq(act.now)))
        .execute(db)?;
    Ok(if moved == 1 { Verdict::Accepted } else { Verdict::Used })
}

/// Stores a key whose code was confirmed at `step`, which is thereby used. `false` when there is one already.
pub fn store(db: &mut Db, act: &Act, account: AccountId, secret: &TotpSecret, step: i64) -> QueryResult<bool> {
    let sealed = act.keyring.seal(&act.chance, sealed_place(&account), secret.as_bytes());
    let new =
        NewFactor { account_id: account, sealed, last_step: step, created_at: act.now, last_used_at: Some(act.now) };
    Ok(insert_if_new!(db, totp_factors::table, &new)? == 1)
}

/// `false` when there was none.
pub fn remove(db: &mut Db, account: AccountId) -> QueryResult<bool> {
    Ok(diesel::delete(totp_factors::table.find(account)).execute(db)? == 1)
}

pub fn sealed_place(account: &AccountId) -> Context<'_> {
    Context { table: "totp_factors", row: account.as_str(), owner: account.as_str(), name: "secret", version: 1 }
}
