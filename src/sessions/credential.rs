//! What follows every change of a credential: the other sessions end, it is recorded, the owner is told.
//!
//! Rule: nothing that changes a password or a factor does these three by itself, so none can be forgotten.

use diesel::prelude::*;

use super::account::Account;
use super::one_time::{self, Purpose};
use super::session;
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::password::PasswordHash;
use crate::db::Db;
use crate::db::schema::accounts;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, SessionId};
use crate::mail::{self, Letter};
use crate::on_each;
use diesel::QueryResult;

/// Ends every session but `keep`, records `event` as the owner's own deed, and writes `letter` to them; how many
/// sessions ended.
pub fn changed(
    db: &mut Db,
    act: &Act,
    account: &Account,
    keep: Option<SessionId>,
    event: &Event,
    letter: &Letter,
) -> QueryResult<usize> {
    let ended = session::end_others(db, account.id, keep)?;
    // A link that lies in a mailbox would undo the change.
    one_time::withdraw(db, account.id, Purpose::ResetPassword)?;
    activity::record(db, act, account.id.personal_workspace(), Some(account.id), event)?;
    tell(db, act, account, letter)?;
    Ok(ended)
}

/// Writes to the owner of an account.
pub fn tell(db: &mut Db, act: &Act, account: &Account, letter: &Letter) -> QueryResult<()> {
    // An address was checked before it was stored; rules that became stricter since must not keep a change from
    // happening, so such a mail is left out and said in the log.
    match EmailAddress::parse(&account.email) {
        Ok(address) => mail::queue(db, act, Some(account.id), &address, letter).map(|_| ()),
        Err(reason) => {
            tracing::warn!(account = %account.id, kind = letter.kind(), %reason, "the owner cannot be mailed");
            Ok(())
        }
    }
}

/// The hash of the account's password; `None` when it has none.
pub fn password_hash(db: &mut Db, account: AccountId) -> QueryResult<Option<PasswordHash>> {
    let hash: Option<Option<PasswordHash>> =
        on_each!(db, |c| accounts::table.find(account).select(accounts::password_hash).first(c)).optional()?;
    Ok(hash.flatten())
}

/// Stores a new password. What follows from it is [`changed`]'s.
pub fn store_password(db: &mut Db, act: &Act, account: AccountId, hash: &PasswordHash) -> QueryResult<()> {
    diesel::update(accounts::table.find(account))
        .set((accounts::password_hash.eq(hash), accounts::password_changed_at.eq(act.now)))
        .execute(db)?;
    Ok(())
}

/// The same password under other parameters, unless it was changed meanwhile.
pub fn rehash(db: &mut Db, account: AccountId, old: &PasswordHash, new: &PasswordHash) -> QueryResult<()> {
    let unchanged = accounts::table.find(account).filter(accounts::password_hash.eq(old));
    diesel::update(unchanged).set(accounts::password_hash.eq(new)).execute(db)?;
    Ok(())
}
