//! An administrator, or the command line, ends sessions of an account: one, or all.

use super::{LifecycleError, held};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::kernel::id::{AccountId, SessionId};
use crate::mail::Letter;
use crate::sessions::{credential, device, session};

/// Ends one session (`None`: all); how many ended. Without an `administrator` the command line did it. The browser loses its leave to skip the one-time code.
pub fn end(
    db: &mut Db,
    act: &Act,
    administrator: Option<AccountId>,
    id: AccountId,
    one: Option<SessionId>,
) -> Result<i64, LifecycleError> {
    let account = held(db, id)?;
    let ended = if let Some(one) = one {
        let ended = session::end(db, id, one)?;
        if let Some(device) = ended.as_ref().and_then(|session| session.device_id) {
            device::distrust(db, id, device)?;
        }
        usize::from(ended.is_some())
    } else {
        device::distrust_all(db, id)?;
        session::end_others(db, id, None)?
    };
    let count = i64::try_from(ended).unwrap_or(i64::MAX);
    if count > 0 {
        let event = Event::SessionsEndedByAdministrator { count };
        activity::record_administration(db, act, administrator, Some(id), &event)?;
        credential::tell(db, act, &account, &Letter::SessionsEndedByAdministrator { count })?;
    }
    Ok(count)
}
