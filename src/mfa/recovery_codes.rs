//! Recovery codes: ten, each good once in place of a code from the app.
//!
//! Rule: only digests are stored; they are shown when they are made and never again, and go with the last factor.

use diesel::QueryResult;
use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::recovery_code::{self, COUNT};
use crate::db::Db;
use crate::db::schema::{recovery_codes, totp_factors};
use crate::kernel::id::{AccountId, RecoveryCodeId};
use crate::kernel::shown_once::ShownOnce;
use crate::kernel::time::Timestamp;

#[derive(Insertable)]
#[diesel(table_name = recovery_codes)]
struct NewCode {
    id: RecoveryCodeId,
    account_id: AccountId,
    digest: String,
    created_at: Timestamp,
}

/// Ten new ones in place of all there were.
pub fn make(db: &mut Db, act: &Act, account: AccountId) -> QueryResult<Vec<ShownOnce>> {
    remove(db, account)?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let code = recovery_code::mint(&act.chance);
        let text = String::from_utf8_lossy(code.as_bytes());
        let digest = recovery_code::digest(account.as_str(), &text);
        let new = NewCode { id: act.id(), account_id: account, digest, created_at: act.now };
        diesel::insert_into(recovery_codes::table).values(&new).execute(db)?;
        codes.push(code);
    }
    diesel::update(totp_factors::table.find(account))
        .set(totp_factors::codes_checked_at.eq(None::<Timestamp>))
        .execute(db)?;
    Ok(codes)
}

pub fn remove(db: &mut Db, account: AccountId) -> QueryResult<usize> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account))).execute(db)
}

/// How many were not used yet.
pub fn left(db: &mut Db, account: AccountId) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::account_id.eq(account))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(db)
}

/// Uses up the code that was typed; `false` when it is none of the account's, or used before.
pub fn use_one(db: &mut Db, act: &Act, account: AccountId, typed: &str) -> QueryResult<bool> {
    let digest = recovery_code::digest(account.as_str(), typed);
    let used = diesel::update(
        recovery_codes::table
            .filter(recovery_codes::account_id.eq(account))
            .filter(recovery_codes::digest.eq(digest))
            .filter(recovery_codes::used_at.is_null()),
    )
    .set(recovery_codes::used_at.eq(act.now))
    .execute(db)?;
    Ok(used == 1)
}

/// Whether a code that was typed back is one that can still be used. It stays usable.
pub fn is_kept(db: &mut Db, account: AccountId, typed: &str) -> QueryResult<bool> {
    let digest = recovery_code::digest(account.as_str(), typed);
    diesel::select(diesel::dsl::exists(
        recovery_codes::table
            .filter(recovery_codes::account_id.eq(account))
            .filter(recovery_codes::digest.eq(digest))
            .filter(recovery_codes::used_at.is_null()),
    ))
    .get_result(db)
}
