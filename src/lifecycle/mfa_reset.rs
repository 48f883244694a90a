//! An administrator takes the second factor off an account whose owner lost it.
//!
//! Rule: it takes effect after a day, so that an owner who did not ask for it has the time to refuse; at once when the
//! owner confirms it from the mail. Signing in meanwhile changes nothing, because an intruder could do it as well; but a
//! factor that was set up after the request is left alone, since whoever did that has found a way in by themselves.

use std::time::Duration;

use diesel::prelude::*;

use super::cancelling::place_of;
use super::{LifecycleError, held};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::token::{Token, TokenDigest};
use crate::db::schema::{accounts, mfa_resets};
use crate::db::{Db, DbError};
use crate::jobs::{self, Failure, Job, JobContext, Options};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, hours};
use crate::mail::Letter;
use crate::mfa::{recovery_codes, totp};
use crate::regions::Regions;
use crate::sessions::account::{self, Account, Status};
use crate::sessions::one_time::{self, Purpose};
use crate::sessions::{credential, device};

/// How long the owner has to refuse.
pub const DELAY: Duration = hours(24);

/// One under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = mfa_resets)]
pub struct MfaReset {
    pub requested_at: Timestamp,
    pub effective_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = mfa_resets)]
struct NewReset {
    account_id: AccountId,
    requested_by: String,
    requested_at: Timestamp,
    effective_at: Timestamp,
}

pub fn of_account(db: &mut Db, account: AccountId) -> QueryResult<Option<MfaReset>> {
    mfa_resets::table.find(account).select(MfaReset::as_select()).first(db).optional()
}

/// `by` is the administrator; `None` the command line. A second request begins the day anew.
pub fn request(
    db: &mut Db,
    act: &Act,
    region: Region,
    by: Option<AccountId>,
    id: AccountId,
) -> Result<(), LifecycleError> {
    let account = held(db, id)?;
    if account.status != Status::Active {
        return Err(LifecycleError::IsNow(account.status));
    }
    if !account.has_mfa {
        return Err(LifecycleError::NoSecondFactor);
    }
    let effective_at = act.now.plus(DELAY);
    diesel::delete(mfa_resets::table.find(id)).execute(db)?;
    let requested_by = by.map_or_else(|| "command line".to_owned(), |by| by.to_string());
    let new = NewReset { account_id: id, requested_by, requested_at: act.now, effective_at };
    diesel::insert_into(mfa_resets::table).values(&new).execute(db)?;
    let (token, digest) = Token::mint(&act.chance, region.letter());
    one_time::issue(db, act, id, Purpose::ConfirmMfaReset, digest.as_str(), DELAY)?;
    activity::record_administration(db, act, by, Some(id), &Event::MfaResetRequested { effective_at })?;
    credential::tell(db, act, &account, &Letter::MfaResetRequested { token: token.reveal(), effective_at })?;
    let options = Options { key: None, run_at: Some(effective_at), account: Some(id) };
    jobs::enqueue::<ResetMfa>(db, act, &id, options)?;
    Ok(())
}

/// Takes effect on its own, a day later.
pub struct ResetMfa;

impl Job for ResetMfa {
    const NAME: &'static str = "reset_mfa";
    type Request = AccountId;

    fn run(&self, account: AccountId, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        match job.store.write_now(|db| take_effect(db, &act, account, false)) {
            Ok(_) | Err(LifecycleError::NotThere) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// `false` when there is nothing (any more) that is due. An account that is suspended or closing meanwhile is reset too.
fn take_effect(db: &mut Db, act: &Act, id: AccountId, is_confirmed: bool) -> Result<bool, LifecycleError> {
    let account = held(db, id)?;
    let Some(reset) = of_account(db, id)? else { return Ok(false) };
    if !is_confirmed && act.now < reset.effective_at {
        return Ok(false);
    }
    withdraw(db, id)?;
    let is_newer = totp::of_account(db, id)?.is_some_and(|factor| factor.created_at > reset.requested_at);
    if !account.has_mfa || is_newer {
        return Ok(false);
    }
    totp::remove(db, id)?;
    recovery_codes::remove(db, id)?;
    device::distrust_all(db, id)?;
    diesel::update(accounts::table.find(id)).set(accounts::has_mfa.eq(false)).execute(db)?;
    let event = Event::MfaResetDone { is_confirmed_by_owner: is_confirmed };
    credential::changed(db, act, &account, None, &event, &Letter::MfaResetDone)?;
    Ok(true)
}

fn withdraw(db: &mut Db, id: AccountId) -> QueryResult<bool> {
    one_time::withdraw(db, id, Purpose::ConfirmMfaReset)?;
    Ok(diesel::delete(mfa_resets::table.find(id)).execute(db)? == 1)
}

/// An administrator takes the request back.
pub fn cancel(db: &mut Db, act: &Act, by: AccountId, id: AccountId) -> Result<(), LifecycleError> {
    held(db, id)?;
    if withdraw(db, id)? {
        activity::record_administration(db, act, Some(by), Some(id), &Event::MfaResetCancelled)?;
    }
    Ok(())
}

/// A reset that a mailed link leads to.
#[derive(Clone)]
pub struct Target {
    pub region: Region,
    pub account: Account,
    pub reset: MfaReset,
    digest: TokenDigest,
}

/// Looks at a link without using it.
pub fn target(regions: &Regions, act: &Act, token: &str) -> Result<Option<Target>, DbError> {
    let Some((region, store)) = place_of(regions, token) else { return Ok(None) };
    let digest = TokenDigest::of(token);
    store.read_now(|db| {
        let holder = one_time::holder(db, act.now, Purpose::ConfirmMfaReset, digest.as_str())?;
        let Some(id) = holder else { return Ok(None) };
        let account = account::by_id(db, id)?.filter(|account| account.status == Status::Active);
        let reset = of_account(db, id)?;
        Ok(account.zip(reset).map(|(account, reset)| Target { region, account, reset, digest: digest.clone() }))
    })
}

/// The owner's answer from the mail: reset now, or keep the authenticator. `false` when the link was used meanwhile.
pub fn answer(regions: &Regions, act: &Act, target: &Target, is_yes: bool) -> Result<bool, LifecycleError> {
    let store = regions.store(target.region).ok_or(LifecycleError::NotThere)?;
    let id = target.account.id;
    store.write_now(|db| {
        if !one_time::spend(db, act.now, id, Purpose::ConfirmMfaReset, target.digest.as_str())? {
            return Ok(false);
        }
        if is_yes {
            take_effect(db, act, id, true)?;
        } else if withdraw(db, id)? {
            activity::record(db, act, id.personal_workspace(), Some(id), &Event::MfaResetCancelled)?;
        }
        Ok(true)
    })
}
