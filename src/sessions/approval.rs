//! A person allowed a program to sign in; it has not fetched its token yet.
//!
//! Rule: used up in the transaction that opens the session, so that of fifty fetches one gets a token. What ends the
//! person's other sessions ends these too.

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::token::TokenDigest;
use crate::db::Db;
use crate::db::schema::device_approvals;
use crate::insert_if_new;
use crate::kernel::id::AccountId;
use crate::kernel::time::{Timestamp, hours};
use diesel::QueryResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = device_approvals)]
pub struct Approval {
    /// Of the code that the program keeps.
    pub digest: TokenDigest,
    pub account_id: AccountId,
    /// What the person was shown of it.
    pub agent: String,
    /// Whether the session that allowed it had given one.
    pub has_second_factor: bool,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a program finds that fetches its token.
pub enum Taken {
    Now(Approval),
    /// It was fetched before.
    Before,
    /// Not written yet, or taken back.
    Absent,
}

pub fn add(db: &mut Db, new: &Approval) -> QueryResult<()> {
    insert_if_new!(db, device_approvals::table, new).map(|_| ())
}

/// Uses it up. Of many at once, one gets it.
pub fn take(db: &mut Db, act: &Act, digest: &TokenDigest) -> QueryResult<Taken> {
    let own = device_approvals::table.find(digest.as_str());
    let unused = own.filter(device_approvals::used_at.is_null()).filter(device_approvals::expires_at.gt(act.now));
    let is_first = diesel::update(unused).set(device_approvals::used_at.eq(act.now)).execute(db)? == 1;
    let found: Option<Approval> = own.select(Approval::as_select()).first(db).optional()?;
    Ok(match found {
        Some(approval) if is_first => Taken::Now(approval),
        Some(_) => Taken::Before,
        None => Taken::Absent,
    })
}

/// Takes back what the account allowed and no program has fetched.
pub fn withdraw_all(db: &mut Db, account: AccountId) -> QueryResult<()> {
    diesel::delete(device_approvals::table.filter(device_approvals::account_id.eq(account))).execute(db)?;
    Ok(())
}

/// Forgets those that ended an hour ago.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let old = device_approvals::table.filter(device_approvals::expires_at.le(now.minus(hours(1))));
    diesel::delete(old).execute(db)
}
