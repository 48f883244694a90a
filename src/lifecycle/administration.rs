//! Making somebody an administrator, and withdrawing it.
//!
//! Rule: the directory decides who is one; the region only records it, tells the owner and shows the way. Granting
//! writes the region first and withdrawing the directory first, so that dying in between never leaves rights behind that
//! nobody recorded. Both may be repeated. Whoever becomes one has a second factor before.

use diesel::prelude::*;

use super::{LifecycleError, held};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::schema::accounts;
use crate::db::{Db, DbError};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::mail::Letter;
use crate::regions::Regions;
use crate::regions::administrators::{self, Administrator, WithdrawError};
use crate::sessions::account::{Status, by_id};
use crate::sessions::credential;

pub fn make(
    regions: &Regions,
    region: Region,
    act: &Act,
    by: Option<AccountId>,
    id: AccountId,
) -> Result<(), LifecycleError> {
    let store = regions.store(region).ok_or(LifecycleError::NotThere)?;
    store.write_now(|db| {
        let account = held(db, id)?;
        if account.status != Status::Active {
            return Err(LifecycleError::IsNow(account.status));
        }
        if !account.has_mfa {
            return Err(LifecycleError::NoSecondFactor);
        }
        if account.is_administrator {
            return Ok(());
        }
        mark(db, id, true)?;
        activity::record_administration(db, act, by, Some(id), &Event::AdministratorMade)?;
        Ok(credential::tell(db, act, &account, &Letter::AdministratorMade)?)
    })?;
    let rights = Administrator { account_id: id, region, granted_by: by, granted_at: act.now };
    regions.directory.write_now(|db| administrators::make(db, &rights))?;
    // Closed in between, it has given up what it was about to get, and must not be counted as an administrator.
    let is_active = store
        .read_now(|db| Ok::<_, DbError>(by_id(db, id)?.is_some_and(|account| account.status == Status::Active)))?;
    if is_active { Ok(()) } else { withdraw_rights(regions, id) }
}

fn withdraw_rights(regions: &Regions, id: AccountId) -> Result<(), LifecycleError> {
    regions.directory.write_now(|db| administrators::withdraw(db, id)).map(|_| ()).map_err(|error| match error {
        WithdrawError::Last => LifecycleError::LastAdministrator,
        WithdrawError::Database(error) => error.into(),
    })
}

/// Never the last one, also when two withdraw each other in the same instant.
pub fn withdraw(
    regions: &Regions,
    region: Region,
    act: &Act,
    by: Option<AccountId>,
    id: AccountId,
) -> Result<(), LifecycleError> {
    let store = regions.store(region).ok_or(LifecycleError::NotThere)?;
    withdraw_rights(regions, id)?;
    store.write_now(|db| {
        let account = held(db, id)?;
        if !account.is_administrator {
            return Ok(());
        }
        mark(db, id, false)?;
        activity::record_administration(db, act, by, Some(id), &Event::AdministratorWithdrawn)?;
        Ok(credential::tell(db, act, &account, &Letter::AdministratorWithdrawn)?)
    })
}

fn mark(db: &mut Db, id: AccountId, is_one: bool) -> QueryResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::is_administrator.eq(is_one)).execute(db)?;
    Ok(())
}
