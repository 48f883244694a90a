//! Signing in: a name and a password, then a one-time code where the account asks for one.
//!
//! Rule: every refusal costs one password check and one write, whatever its reason, and reads the same.

use std::time::Duration;

use super::claim::{self, Claim};
use super::opening::{self, Opened};
use super::sign_up::Pending;
use super::tries::{self, Count};
use super::{EntryError, evenly, second_factor};
use crate::activity::{self, Event, Refused, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::password::{Hasher, Password, PasswordHash};
use crate::crypto::token::{PlainToken, TokenDigest};
use crate::db::{Db, DbError, Store};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, minutes};
use crate::regions::{Regions, decoys, directory};
use crate::sessions::account::{self, Account, Status};
use crate::sessions::{credential, device};

/// How long the code page waits after the password was right.
pub const HALF_OPEN_FOR: Duration = minutes(10);

/// What a person typed, and the browser they typed it in.
#[derive(Clone)]
pub struct Attempt {
    pub login: String,
    pub password: Password,
    pub is_remembered: bool,
    /// A tool asks for a token of its own: no browser is noted, and it is listed as what it says it is.
    pub is_tool: bool,
    pub browser: TokenDigest,
}

pub enum Outcome {
    SignedIn(PlainToken),
    CodeWanted(HalfOpen),
    /// The right password of a sign-up that waits for its code: back to that page.
    Unconfirmed(Pending),
    Refused,
}

/// The password was right and the code is still to come. Kept by the browser, signed; opens nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HalfOpen {
    pub account: AccountId,
    pub region: Region,
    pub is_remembered: bool,
    #[serde(default)]
    pub is_tool: bool,
    pub at: Timestamp,
    /// A password changed meanwhile makes this one worthless.
    password_changed_at: Option<Timestamp>,
}

/// What the region knows about a claim.
struct Found {
    store: Store,
    region: Region,
    account: Account,
    hash: Option<PasswordHash>,
    count: Count,
    is_trusted: bool,
}

/// Tries a password.
pub async fn with_password(
    regions: &Regions,
    hasher: &Hasher,
    act: &Act,
    attempt: Attempt,
) -> Result<Outcome, EntryError> {
    tries::from_network(regions, act).await?;
    let claim = claim::of(regions, act, &attempt.login).await?;
    let found = find(regions, act, &claim, &attempt.browser).await?;
    // A decoy has a count of its own, as the sign-up that it imitates would, whatever was tried at its address's owner.
    let of_decoy = claim.decoy.map(|(decoy, _)| Count::of_stranger(decoy));
    let count = match &found {
        Some(found) => found.count.clone(),
        None => of_decoy.clone().unwrap_or_else(|| Count::of_nobody(&attempt.login)),
    };
    let (is_locked, is_decoy_locked) = count.one_more_of_both(regions, act, of_decoy).await?;
    let hash = found.as_ref().and_then(|found| found.hash.clone()).filter(|_| !is_locked);
    let verified = hasher.verify(attempt.password.clone(), hash).await?;
    match found.filter(|_| verified.matches) {
        Some(found) if found.account.status == Status::Active => {
            if verified.is_outdated {
                rehash(hasher, act, &found, &attempt.password).await?;
            }
            if claim.is_held {
                // The process that confirmed it died before the directory heard of it.
                let account = found.account.id;
                regions.directory.write(move |db| directory::confirm(db, account)).await?;
            }
            enter(regions, act, &claim, found, &attempt).await
        }
        Some(found) if found.account.status == Status::Unconfirmed => {
            Ok(Outcome::Unconfirmed(Pending { account: found.account.id, region: found.region }))
        }
        Some(found) => {
            let reason = if found.account.status == Status::Closing { Refused::Closing } else { Refused::Suspended };
            refuse(regions, act, &claim, reason).await
        }
        None => match decoy(regions, act, &claim, &attempt.password).await?.filter(|_| !is_decoy_locked) {
            Some(pending) => Ok(Outcome::Unconfirmed(pending)),
            None if is_locked => refuse(regions, act, &claim, Refused::TooManyTries).await,
            None => refuse(regions, act, &claim, Refused::WrongPassword).await,
        },
    }
}

async fn find(regions: &Regions, act: &Act, claim: &Claim, browser: &TokenDigest) -> Result<Option<Found>, DbError> {
    let Some((id, region)) = claim.account else { return Ok(None) };
    let Some(store) = regions.store(region).cloned() else { return Ok(None) };
    let (browser, now, of_found) = (browser.clone(), act.now, store.clone());
    store
        .read(move |db| {
            let Some(account) = account::by_id(db, id)? else { return Ok(None) };
            let hash = credential::password_hash(db, id)?;
            let count = Count::of(db, id, &browser)?;
            let is_trusted = device::known(db, id, &browser)?.is_some_and(|device| device.is_trusted(now));
            Ok(Some(Found { store: of_found, region, account, hash, count, is_trusted }))
        })
        .await
}

/// The password took a while to check. What was decided by the account before is looked at again where the session
/// opens: one whose password, factor or state changed meanwhile opens nothing.
async fn enter(
    regions: &Regions,
    act: &Act,
    claim: &Claim,
    found: Found,
    attempt: &Attempt,
) -> Result<Outcome, EntryError> {
    let Found { store, region, account, count, is_trusted, .. } = found;
    if account.has_mfa && !is_trusted {
        return Ok(Outcome::CodeWanted(HalfOpen {
            account: account.id,
            region,
            is_remembered: attempt.is_remembered,
            is_tool: attempt.is_tool,
            at: act.now,
            password_changed_at: account.password_changed_at,
        }));
    }
    let (for_region, browser) = (act.clone(), attempt.browser.clone());
    let (is_remembered, is_tool) = (attempt.is_remembered, attempt.is_tool);
    let token = store
        .write(move |db| {
            let Some(account) = account::held(db, account.id)?.filter(|now| is_as_before(now, &account)) else {
                return Ok(None);
            };
            let factor = if account.has_mfa { SecondFactor::TrustedBrowser } else { SecondFactor::None };
            let opened = Opened { is_remembered, is_tool, factor, ..Opened::by(region, &account) };
            opening::open(db, &for_region, &browser, &opened).map(Some)
        })
        .await?;
    let Some(token) = token else { return refuse(regions, act, claim, Refused::WrongPassword).await };
    count.forgive(regions, act).await?;
    Ok(Outcome::SignedIn(token))
}

fn is_as_before(now: &Account, before: &Account) -> bool {
    now.status == Status::Active
        && now.password_changed_at == before.password_changed_at
        && now.has_mfa == before.has_mfa
}

/// Stores the password under today's parameters. Not now when the server is busy: the next sign-in tries again.
async fn rehash(hasher: &Hasher, act: &Act, found: &Found, password: &Password) -> Result<(), DbError> {
    let Ok(hash) = hasher.hash(&act.chance, password.clone()).await else { return Ok(()) };
    let (id, Some(old)) = (found.account.id, found.hash.clone()) else { return Ok(()) };
    found.store.write(move |db| credential::rehash(db, id, &old, &hash)).await
}

/// The sign-up that only looks like one, if this is its password.
async fn decoy(regions: &Regions, act: &Act, claim: &Claim, password: &Password) -> Result<Option<Pending>, DbError> {
    let Some((account, region)) = claim.decoy else { return Ok(None) };
    let (keyring, password) = (act.keyring.clone(), password.clone());
    let opens = regions.directory.read(move |db| decoys::opens(db, &keyring, account, &password)).await?;
    Ok(opens.then_some(Pending { account, region }))
}

async fn refuse(regions: &Regions, act: &Act, claim: &Claim, reason: Refused) -> Result<Outcome, EntryError> {
    note_refusal(regions, act, claim.account, reason).await?;
    Ok(Outcome::Refused)
}

/// Records a refusal where there is an account, and costs the same where there is none. A sign-up that is not
/// confirmed has no record yet.
async fn note_refusal(
    regions: &Regions,
    act: &Act,
    account: Option<(AccountId, Region)>,
    reason: Refused,
) -> Result<(), DbError> {
    let store = account.and_then(|(id, region)| Some((id, regions.store(region)?)));
    let is_recorded = match store {
        None => false,
        Some((id, store)) => {
            let act = act.clone();
            store
                .write(move |db| {
                    let is_known = account::by_id(db, id)?.is_some_and(|found| found.status != Status::Unconfirmed);
                    if is_known {
                        activity::record(db, &act, id.personal_workspace(), None, &Event::SignInFailed { reason })?;
                    }
                    Ok::<_, DbError>(is_known)
                })
                .await?
        }
    };
    if is_recorded { Ok(()) } else { evenly::write_nothing(regions, act).await }
}

pub enum CodeOutcome {
    SignedIn(SignedIn),
    Wrong,
    /// The password was typed too long ago, or changed meanwhile.
    Lapsed,
}

pub struct SignedIn {
    pub session: PlainToken,
    /// The new name of a browser that is trusted from now on: one that a stranger may have given it must not skip codes.
    pub browser: Option<PlainToken>,
}

/// Tries a one-time code after the password was right. `is_trusted`: this browser shall skip it for 30 days.
pub async fn with_code(
    regions: &Regions,
    act: &Act,
    half: &HalfOpen,
    typed: &str,
    browser: &TokenDigest,
    is_trusted: bool,
) -> Result<CodeOutcome, EntryError> {
    tries::from_network(regions, act).await?;
    let Some(store) = regions.store(half.region) else { return Ok(CodeOutcome::Lapsed) };
    if act.now.since(half.at) >= HALF_OPEN_FOR {
        return Ok(CodeOutcome::Lapsed);
    }
    let (id, asked) = (half.account, browser.clone());
    let count = store.read(move |db| Count::of(db, id, &asked)).await?;
    if count.one_more(regions, act).await? {
        note_refusal(regions, act, Some((id, half.region)), Refused::TooManyTries).await?;
        return Ok(CodeOutcome::Wrong);
    }
    let (for_region, half, known, typed) = (act.clone(), half.clone(), browser.clone(), typed.to_owned());
    let outcome = store.write(move |db| finish(db, &for_region, &half, &typed, &known, is_trusted)).await?;
    if let CodeOutcome::SignedIn(SignedIn { browser: renamed, .. }) = &outcome {
        count.forgive(regions, act).await?;
        if let Some(renamed) = renamed {
            rename_elsewhere(regions, browser, &renamed.digest()).await?;
        }
    }
    Ok(outcome)
}

/// Code, session and record in one transaction, so that fifty uses of one code leave one session.
fn finish(
    db: &mut Db,
    act: &Act,
    half: &HalfOpen,
    typed: &str,
    browser: &TokenDigest,
    is_trusted: bool,
) -> Result<CodeOutcome, EntryError> {
    let unchanged = |account: &Account| {
        account.status == Status::Active && account.has_mfa && account.password_changed_at == half.password_changed_at
    };
    let Some(account) = account::held(db, half.account)?.filter(unchanged) else { return Ok(CodeOutcome::Lapsed) };
    let factor = match second_factor::check(db, act, &account, typed)? {
        Ok(factor) => factor,
        Err(reason) => {
            let event = Event::SignInFailed { reason };
            activity::record(db, act, account.id.personal_workspace(), None, &event)?;
            return Ok(CodeOutcome::Wrong);
        }
    };
    let renamed = is_trusted.then(|| device::mint(act));
    let browser = match &renamed {
        Some((_, new)) => {
            device::rename(db, browser, new)?;
            new
        }
        None => browser,
    };
    let HalfOpen { is_remembered, is_tool, .. } = *half;
    let opened = Opened { is_remembered, is_tool, factor, is_trusted, ..Opened::by(half.region, &account) };
    let session = opening::open(db, act, browser, &opened)?;
    Ok(CodeOutcome::SignedIn(SignedIn { session, browser: renamed.map(|(token, _)| token) }))
}

/// Accounts of other regions that signed in from this browser know it by its new name too.
async fn rename_elsewhere(regions: &Regions, old: &TokenDigest, new: &TokenDigest) -> Result<(), DbError> {
    for (_, store) in regions.served() {
        let (old, new) = (old.clone(), new.clone());
        store.write(move |db| device::rename(db, &old, &new)).await?;
    }
    Ok(())
}
