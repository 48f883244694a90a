//! Bringing a closing account back, as it was. Sessions that were ended stay ended.

use diesel::prelude::*;

use super::closing::{self, Closure};
use super::departures;
use super::{LifecycleError, held, set_status};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::token::{TokenDigest, looks_like_token};
use crate::db::schema::closures;
use crate::db::{Db, DbError, Store};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::mail::Letter;
use crate::regions::Regions;
use crate::regions::administrators::{self, Administrator};
use crate::sessions::account::{self, Account, Status};
use crate::sessions::credential;
use crate::sessions::one_time::{self, Purpose};

/// A closing account that a mailed link leads to.
#[derive(Clone)]
pub struct Target {
    pub region: Region,
    pub account: Account,
    pub closure: Closure,
    digest: TokenDigest,
}

/// Looks at a link without using it; `None` when it is over, used, or none of ours.
pub fn target(regions: &Regions, act: &Act, token: &str) -> Result<Option<Target>, DbError> {
    let Some((region, store)) = place_of(regions, token) else { return Ok(None) };
    let digest = TokenDigest::of(token);
    store.read_now(|db| {
        let Some(id) = one_time::holder(db, act.now, Purpose::CancelClosing, digest.as_str())? else { return Ok(None) };
        let (account, closure) = (account::by_id(db, id)?, closing::of_account(db, id)?);
        Ok(account.zip(closure).map(|(account, closure)| Target { region, account, closure, digest: digest.clone() }))
    })
}

/// The region a link belongs to, when it is served here.
pub(super) fn place_of<'a>(regions: &'a Regions, token: &str) -> Option<(Region, &'a Store)> {
    let region = Region::of_token(token).filter(|_| looks_like_token(token))?;
    Some((region, regions.store(region)?))
}

/// The owner keeps the account. `false` when the link was used or the erasure was quicker.
pub fn by_owner(regions: &Regions, act: &Act, target: &Target) -> Result<bool, LifecycleError> {
    let store = regions.store(target.region).ok_or(LifecycleError::NotThere)?;
    let id = target.account.id;
    let cancelled = store.write_now(|db| {
        if !one_time::spend(db, act.now, id, Purpose::CancelClosing, target.digest.as_str())? {
            return Ok(None);
        }
        let back = reopen(db, act, id)?;
        activity::record(db, act, id.personal_workspace(), Some(id), &Event::ClosingCancelled)?;
        tell(db, act, &back.account)?;
        Ok::<_, LifecycleError>(Some(back))
    });
    match cancelled {
        Ok(Some(back)) => give_rights_back(regions, act, target.region, &back).map(|()| true),
        Ok(None) | Err(LifecycleError::NotThere | LifecycleError::IsNow(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// An administrator (`None`: the command line) keeps the account, whoever closed it.
pub fn by_administrator(
    regions: &Regions,
    region: Region,
    act: &Act,
    administrator: Option<AccountId>,
    id: AccountId,
) -> Result<(), LifecycleError> {
    let store = regions.store(region).ok_or(LifecycleError::NotThere)?;
    let back = store.write_now(|db| {
        let back = reopen(db, act, id)?;
        one_time::withdraw(db, id, Purpose::CancelClosing)?;
        activity::record_administration(db, act, administrator, Some(id), &Event::ClosingCancelled)?;
        tell(db, act, &back.account)?;
        Ok::<_, LifecycleError>(back)
    })?;
    give_rights_back(regions, act, region, &back)
}

/// An account as it is again.
struct Back {
    account: Account,
    had_rights: bool,
}

/// The queued erasure finds nothing due any more.
fn reopen(db: &mut Db, act: &Act, id: AccountId) -> Result<Back, LifecycleError> {
    let account = held(db, id)?;
    let Some(closure) = closing::of_account(db, id)? else { return Err(LifecycleError::IsNow(account.status)) };
    diesel::delete(closures::table.find(id)).execute(db)?;
    set_status(db, id, closure.status_before)?;
    departures::come_back(db, act, id, &closure)?;
    Ok(Back { account: Account { status: closure.status_before, ..account }, had_rights: closure.had_rights })
}

fn tell(db: &mut Db, act: &Act, account: &Account) -> Result<(), DbError> {
    // Nobody was told that it closed (see `closing`), so nobody is told that it stays.
    if account.confirmed_at.is_none() {
        return Ok(());
    }
    credential::tell(db, act, account, &Letter::ClosingCancelled { username: account.username.to_string() })
}

/// Only what this closing took away: rights that were withdrawn at any other time stay withdrawn.
fn give_rights_back(regions: &Regions, act: &Act, region: Region, back: &Back) -> Result<(), LifecycleError> {
    let account = &back.account;
    if !back.had_rights || !account.is_administrator || account.status != Status::Active {
        return Ok(());
    }
    let rights = Administrator { account_id: account.id, region, granted_by: None, granted_at: act.now };
    Ok(regions.directory.write_now(|db| administrators::make(db, &rights))?)
}
