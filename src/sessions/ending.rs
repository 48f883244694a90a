//! Ending sessions by hand: one that is not recognised, or all the others.
//!
//! Rule: a browser whose session is ended also loses its leave to skip the one-time code, and the owner is told, because
//! whoever ends the owner's sessions may be the stranger.

use diesel::QueryResult;

use super::account::Account;
use super::session::Session;
use super::{approval, credential, device, session};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::kernel::id::SessionId;
use crate::mail::Letter;

/// Ends one session of this account; `None` when it is not the account's, or ended before.
pub fn end_one(db: &mut Db, act: &Act, account: &Account, id: SessionId) -> QueryResult<Option<Session>> {
    let Some(ended) = session::end(db, account.id, id)? else { return Ok(None) };
    if let Some(device) = ended.device_id {
        device::distrust(db, account.id, device)?;
    }
    activity::record(db, act, account.id.personal_workspace(), Some(account.id), &Event::SessionEnded)?;
    credential::tell(db, act, account, &Letter::SessionsEnded { count: 1 })?;
    Ok(Some(ended))
}

/// Ends all sessions but `keep`; how many.
pub fn end_others(db: &mut Db, act: &Act, account: &Account, keep: &Session) -> QueryResult<usize> {
    let others: Vec<Session> =
        session::of_account(db, account.id, act.now)?.into_iter().filter(|other| other.id != keep.id).collect();
    if others.is_empty() {
        approval::withdraw_all(db, account.id)?;
        return Ok(0);
    }
    for device in others.iter().filter_map(|other| other.device_id).filter(|device| Some(*device) != keep.device_id) {
        device::distrust(db, account.id, device)?;
    }
    let count = i64::try_from(others.len()).unwrap_or(i64::MAX);
    let (event, letter) = (Event::SessionsEnded { count }, Letter::SessionsEnded { count });
    credential::changed(db, act, account, Some(keep.id), &event, &letter)?;
    Ok(others.len())
}
