//! Suspending an account, and reinstating it. Nothing in it is removed.
//!
//! Rule: refused at the next request, because every guard wants an active account; its sessions end as well, so that
//! reinstating does not revive them.

use diesel::prelude::*;

use super::{LifecycleError, departures, held, set_status};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::suspensions;
use crate::kernel::id::AccountId;
use crate::kernel::time::Timestamp;
use crate::mail::Letter;
use crate::sessions::account::Status;
use crate::sessions::one_time::{self, Purpose};
use crate::sessions::{credential, session};

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = suspensions)]
pub struct Suspension {
    pub reason: String,
    pub suspended_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = suspensions)]
struct NewSuspension<'a> {
    account_id: AccountId,
    reason: &'a str,
    suspended_by: String,
    suspended_at: Timestamp,
}

pub fn of_account(db: &mut Db, account: AccountId) -> QueryResult<Option<Suspension>> {
    suspensions::table.find(account).select(Suspension::as_select()).first(db).optional()
}

/// An administrator's account is withdrawn first: a suspended one must not count as the last that is left.
pub fn suspend(
    db: &mut Db,
    act: &Act,
    administrator: AccountId,
    id: AccountId,
    reason: &str,
) -> Result<(), LifecycleError> {
    let account = held(db, id)?;
    if account.is_administrator {
        return Err(LifecycleError::IsAdministrator);
    }
    if account.status != Status::Active {
        return Err(LifecycleError::IsNow(account.status));
    }
    let suspended_by = administrator.to_string();
    let new = NewSuspension { account_id: id, reason, suspended_by, suspended_at: act.now };
    diesel::insert_into(suspensions::table).values(&new).execute(db)?;
    set_status(db, id, Status::Suspended)?;
    departures::stop_keys(db, act, id)?;
    session::end_others(db, id, None)?;
    one_time::withdraw(db, id, Purpose::ResetPassword)?;
    let event = Event::AccountSuspended { reason: reason.to_owned() };
    activity::record_administration(db, act, Some(administrator), Some(id), &event)?;
    Ok(credential::tell(db, act, &account, &Letter::Suspended { reason: reason.to_owned() })?)
}

pub fn reinstate(
    db: &mut Db,
    act: &Act,
    administrator: AccountId,
    id: AccountId,
    reason: &str,
) -> Result<(), LifecycleError> {
    let account = held(db, id)?;
    if account.status != Status::Suspended {
        return Err(LifecycleError::IsNow(account.status));
    }
    let suspended_at: Timestamp = suspensions::table.find(id).select(suspensions::suspended_at).first(db)?;
    diesel::delete(suspensions::table.find(id)).execute(db)?;
    set_status(db, id, Status::Active)?;
    departures::let_keys_in(db, act, id, suspended_at)?;
    let event = Event::AccountReinstated { reason: reason.to_owned() };
    activity::record_administration(db, act, Some(administrator), Some(id), &event)?;
    Ok(credential::tell(db, act, &account, &Letter::Reinstated)?)
}
