//! The password of an account, changed by its owner.
//!
//! Rule: a change replaces exactly the hash that was checked. Whoever checked an older one has to begin again.

use diesel::prelude::*;

use crate::activity::Event;
use crate::crypto::act::Act;
use crate::crypto::password::PasswordHash;
use crate::db::schema::accounts;
use crate::db::{Db, DbError};
use crate::kernel::id::SessionId;
use crate::mail::Letter;
use crate::sessions::account::Account;
use crate::sessions::credential;

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the password was changed by another meanwhile")]
    ChangedMeanwhile,
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

/// One change, made by whoever is signed in with `session` and has just proved to be the owner.
pub struct Change<'a> {
    pub account: &'a Account,
    pub session: SessionId,
    /// What the current password was checked against; `None` for an account without one.
    pub checked: Option<&'a PasswordHash>,
    pub new: &'a PasswordHash,
}

/// Replaces the password. The other sessions end, this one stays.
pub fn change(db: &mut Db, act: &Act, change: &Change<'_>) -> Result<(), ChangeError> {
    let Change { account, session, checked, new } = *change;
    let values = (accounts::password_hash.eq(new), accounts::password_changed_at.eq(Some(act.now)));
    let row = accounts::table.find(account.id);
    let changed = match checked {
        Some(hash) => diesel::update(row.filter(accounts::password_hash.eq(hash))).set(values).execute(db)?,
        None => diesel::update(row.filter(accounts::password_hash.is_null())).set(values).execute(db)?,
    };
    if changed == 0 {
        return Err(ChangeError::ChangedMeanwhile);
    }
    credential::changed(db, act, account, Some(session), &Event::PasswordChanged, &Letter::PasswordChanged)?;
    Ok(())
}
