//! Codes and links that work once: bound to an account and a purpose, stored as digests.
//!
//! Rule: the database decides who was first. [`spend`] changes one row or none, so that fifty parallel uses of one code
//! leave one winner. A newer code for the same purpose replaces the older.

use std::time::Duration;

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::one_time_tokens;
use crate::kernel::id::AccountId;
use crate::kernel::time::{Timestamp, days, minutes};
use crate::{insert_if_new, text_enum};
use diesel::QueryResult;

/// Mailed codes and links (ASVS V6.5.5).
pub const LIFETIME: Duration = minutes(10);

text_enum! {
    pub enum Purpose {
        /// Six digits that prove who reads an address.
        ConfirmAddress = "confirm_address",
        ResetPassword = "reset_password",
        /// From the mail that tells of a closing account.
        CancelClosing = "cancel_closing",
        /// From the mail that tells of an administrator's reset of the second factor.
        ConfirmMfaReset = "confirm_mfa_reset",
    }
}

#[derive(Insertable)]
#[diesel(table_name = one_time_tokens)]
struct NewToken<'a> {
    account_id: AccountId,
    purpose: Purpose,
    digest: &'a str,
    tries: i64,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// Stores the digest of a new code or link. The one before it is dead from now on.
pub fn issue(
    db: &mut Db,
    act: &Act,
    account: AccountId,
    purpose: Purpose,
    digest: &str,
    lifetime: Duration,
) -> QueryResult<()> {
    let expires_at = act.now.plus(lifetime);
    let new = NewToken { account_id: account, purpose, digest, tries: 0, created_at: act.now, expires_at };
    if insert_if_new!(db, one_time_tokens::table, &new)? == 1 {
        return Ok(());
    }
    diesel::update(one_time_tokens::table.find((account, purpose)))
        .set((
            one_time_tokens::digest.eq(digest),
            one_time_tokens::created_at.eq(act.now),
            one_time_tokens::expires_at.eq(expires_at),
            one_time_tokens::used_at.eq(None::<Timestamp>),
        ))
        .execute(db)?;
    Ok(())
}

/// Uses it up. `false` when it is wrong, too old, replaced or used before.
pub fn spend(db: &mut Db, now: Timestamp, account: AccountId, purpose: Purpose, digest: &str) -> QueryResult<bool> {
    let unused = one_time_tokens::table
        .find((account, purpose))
        .filter(one_time_tokens::digest.eq(digest))
        .filter(one_time_tokens::used_at.is_null())
        .filter(one_time_tokens::expires_at.gt(now));
    Ok(diesel::update(unused).set(one_time_tokens::used_at.eq(now)).execute(db)? == 1)
}

/// Whose code or link it is, while it works. Looks only; nothing is used up.
pub fn holder(db: &mut Db, now: Timestamp, purpose: Purpose, digest: &str) -> QueryResult<Option<AccountId>> {
    one_time_tokens::table
        .filter(one_time_tokens::digest.eq(digest))
        .filter(one_time_tokens::purpose.eq(purpose))
        .filter(one_time_tokens::used_at.is_null())
        .filter(one_time_tokens::expires_at.gt(now))
        .select(one_time_tokens::account_id)
        .first(db)
        .optional()
}

/// Takes back what was issued for one purpose.
pub fn withdraw(db: &mut Db, account: AccountId, purpose: Purpose) -> QueryResult<()> {
    diesel::delete(one_time_tokens::table.find((account, purpose))).execute(db)?;
    Ok(())
}

/// Takes back all of an account's codes and links, as when it closes.
pub fn withdraw_all(db: &mut Db, account: AccountId) -> QueryResult<()> {
    diesel::delete(one_time_tokens::table.filter(one_time_tokens::account_id.eq(account))).execute(db)?;
    Ok(())
}

/// Forgets those that ended a day ago.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(one_time_tokens::table.filter(one_time_tokens::expires_at.lt(now.minus(days(1))))).execute(db)
}
