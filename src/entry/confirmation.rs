//! The six digits that confirm an address: mailed, typed, mailed again.
//!
//! Rule: five tries a code, then a new one; a new one no sooner than after a minute. Both are counted by the sign-up's
//! id, which exists whether or not there is an account behind it.

use std::time::Duration;

use super::opening::{self, Opened};
use super::sign_up::{self, Pending};
use super::{EntryError, evenly, invitation, tries};
use crate::accounts::creation;
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::mailed_code;
use crate::crypto::token::{PlainToken, TokenDigest};
use crate::db::{Db, DbError};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::time::{hours, minutes, seconds};
use crate::mail::{self, Letter};
use crate::regions::{Regions, directory};
use crate::sessions::account::{self, Account, Status};
use crate::sessions::one_time::{self, LIFETIME, Purpose};
use crate::sessions::throttle::{self, Limit, TooMany};

/// A code is refused from the sixth try on, right or wrong.
const CODE_TRIES: Limit = Limit { name: "code-tries", most: 5, within: minutes(15) };
const RESEND: Limit = Limit { name: "code-resend", most: 1, within: RESEND_AFTER };
/// New codes for one sign-up.
const CODES: Limit = Limit { name: "codes", most: 5, within: hours(1) };
pub const RESEND_AFTER: Duration = seconds(60);

pub enum Confirmed {
    /// Signed in, with a session of its own.
    Yes(PlainToken),
    Wrong,
    /// Five tries are over: a new code is needed.
    UsedUp,
}

/// As though a code had just been sent: the next may follow in a minute.
pub(super) async fn begin_counts(regions: &Regions, act: &Act, account: AccountId) -> Result<(), DbError> {
    let act = act.clone();
    let counted = move |db: &mut Db| throttle::count(db, &act, RESEND, account.as_str()).map(|_| ());
    regions.directory.write(counted).await
}

/// Mints a code and mails it. The one before it is dead.
pub(super) fn mail_code(db: &mut Db, act: &Act, account: AccountId, to: &EmailAddress) -> Result<(), DbError> {
    let purpose = Purpose::ConfirmAddress;
    let (code, digest) = mailed_code::mint(&act.chance, &act.keyring, account.as_str(), purpose.as_str());
    one_time::issue(db, act, account, purpose, &digest, LIFETIME)?;
    mail::queue(db, act, Some(account), to, &Letter::ConfirmAddress { code: code.reveal() })?;
    Ok(())
}

/// Tries a code. The right one makes the account usable and signs this browser in.
pub async fn confirm(
    regions: &Regions,
    act: &Act,
    pending: Pending,
    typed: &str,
    browser: &TokenDigest,
) -> Result<Confirmed, EntryError> {
    tries::from_network(regions, act).await?;
    let Some(store) = regions.store(pending.region) else { return Ok(Confirmed::Wrong) };
    let (tries, is_held) = count(regions, act, CODE_TRIES, pending.account).await?;
    if tries.is_err() {
        return Ok(Confirmed::UsedUp);
    }
    if !is_held {
        return Ok(Confirmed::Wrong);
    }
    let purpose = Purpose::ConfirmAddress;
    let digest = mailed_code::digest(&act.keyring, pending.account.as_str(), purpose.as_str(), typed);
    let (of_region, browser) = (act.clone(), browser.clone());
    let token = store
        .write(move |db| {
            if !one_time::spend(db, of_region.now, pending.account, purpose, &digest)?
                || !creation::confirm(db, &of_region, pending.account)?
            {
                return Ok::<_, DbError>(None);
            }
            let workspace = pending.account.personal_workspace();
            activity::record(db, &of_region, workspace, Some(pending.account), &Event::EmailConfirmed)?;
            let Some(account) = account::by_id(db, pending.account)? else { return Ok(None) };
            let opened = Opened { is_first: true, ..Opened::by(pending.region, &account) };
            opening::open(db, &of_region, &browser, &opened).map(Some)
        })
        .await?;
    let Some(token) = token else {
        // A sign-up that is not confirmed has no record yet.
        tracing::info!("a mailed code was wrong");
        return Ok(Confirmed::Wrong);
    };
    let now = act.now;
    let settled = move |db: &mut Db| {
        directory::confirm(db, pending.account)?;
        invitation::spend_for(db, now, pending.account)
    };
    let spent = regions.directory.write(settled).await?;
    if !spent.is_empty() {
        let act = act.clone();
        store.write(move |db| invitation::record_spent(db, &act, pending.account, &spent)).await?;
    }
    Ok(Confirmed::Yes(token))
}

/// Counts for this sign-up, and tells whether the directory still holds its name and address for it.
async fn count(
    regions: &Regions,
    act: &Act,
    limit: Limit,
    account: AccountId,
) -> Result<(Result<(), TooMany>, bool), DbError> {
    let act = act.clone();
    let counted = move |db: &mut Db| {
        let counted = throttle::count(db, &act, limit, account.as_str())?;
        Ok::<_, DbError>((counted, directory::is_held_by(db, account)?))
    };
    regions.directory.write(counted).await
}

/// Sends another code, if a minute has passed since the last. At most a few an hour go to one address.
pub async fn resend(regions: &Regions, act: &Act, pending: Pending) -> Result<Result<(), TooMany>, EntryError> {
    tries::from_network(regions, act).await?;
    let (counted, is_held) = count(regions, act, RESEND, pending.account).await?;
    if let Err(too_soon) = counted {
        return Ok(Err(too_soon));
    }
    let address = match regions.store(pending.region) {
        Some(store) => store.read(move |db| unconfirmed(db, pending.account)).await?,
        None => None,
    };
    // Of sign-ups that displaced each other one may be left in the region that the directory no longer knows. A code
    // would not open it.
    let address = address.filter(|_| is_held);
    let is_new = begin_tries(regions, act, pending.account).await?;
    // Counted for nobody as well, so that the work is the same.
    let may_mail = match &address {
        Some(address) => sign_up::may_mail(regions, act, address).await?,
        None => sign_up::may_mail_nobody(regions, act, pending.account).await?,
    };
    match (address.filter(|_| is_new), regions.store(pending.region)) {
        (Some(address), Some(store)) => {
            let act = act.clone();
            let renewed = move |db: &mut Db| {
                if may_mail {
                    return mail_code(db, &act, pending.account, &address);
                }
                // Its tries began anew, so the old code must be dead although its address has had enough mails.
                one_time::withdraw(db, pending.account, Purpose::ConfirmAddress)
            };
            store.write(renewed).await?;
        }
        _ => evenly::write_nothing(regions, act).await?,
    }
    Ok(Ok(()))
}

/// Five tries for the next code, a few codes an hour. It shows on the page, so it depends on nothing but the sign-up: an
/// address that had enough mails must not tell whether there is an account behind it.
async fn begin_tries(regions: &Regions, act: &Act, account: AccountId) -> Result<bool, DbError> {
    let act = act.clone();
    let begun = move |db: &mut Db| {
        let is_new = throttle::count(db, &act, CODES, account.as_str())?.is_ok();
        if is_new {
            throttle::forgive(db, &act, CODE_TRIES, account.as_str())?;
        }
        Ok::<_, DbError>(is_new)
    };
    regions.directory.write(begun).await
}

fn unconfirmed(db: &mut Db, account: AccountId) -> Result<Option<EmailAddress>, DbError> {
    let account: Option<Account> = account::by_id(db, account)?;
    Ok(account
        .filter(|account| account.status == Status::Unconfirmed)
        .and_then(|account| EmailAddress::parse(&account.email).ok()))
}
