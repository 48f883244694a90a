//! Back in after the password is forgotten: a link by mail, a new password, the second factor all the same.
//!
//! Rule: asking tells nobody whether there is an account, and a reset signs nobody in. The link is used up in the
//! transaction that changes the password.

use super::claim;
use super::tries::{self, Count};
use super::{EntryError, evenly, second_factor};
use crate::activity::{self, Event, Refused};
use crate::crypto::act::Act;
use crate::crypto::password::{Hasher, Password};
use crate::crypto::token::{Token, TokenDigest, looks_like_token};
use crate::db::{Db, DbError, Store};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::mail::Letter;
use crate::regions::{Regions, directory};
use crate::sessions::account::{self, Account, Status};
use crate::sessions::one_time::{self, LIFETIME, Purpose};
use crate::sessions::throttle::{self, RESETS_TO_ADDRESS};
use crate::sessions::{credential, device};

/// Mails a link, if an account that is in use has this address. The answer is the same if not.
pub async fn request(regions: &Regions, act: &Act, address: &EmailAddress) -> Result<(), EntryError> {
    tries::from_network(regions, act).await?;
    let claim = claim::of(regions, act, address.as_str()).await?;
    let may_mail = may_mail(regions, act, address).await?;
    let store = claim.account.and_then(|(id, region)| Some((id, region, regions.store(region)?)));
    let is_sent = match store.filter(|_| may_mail) {
        Some((id, region, store)) => {
            let act = act.clone();
            store.write(move |db| send(db, &act, id, region)).await?
        }
        None => false,
    };
    if !is_sent {
        evenly::write_nothing(regions, act).await?;
    }
    Ok(())
}

/// Counted apart from the mails of sign-ups: a stranger who uses those up must not keep the owner from the way back in.
async fn may_mail(regions: &Regions, act: &Act, address: &EmailAddress) -> Result<bool, DbError> {
    let (act, digest) = (act.clone(), directory::mailbox_digest(&act.keyring, address));
    let counted = move |db: &mut Db| throttle::count(db, &act, RESETS_TO_ADDRESS, &digest);
    Ok(regions.directory.write(counted).await?.is_ok())
}

fn send(db: &mut Db, act: &Act, account: AccountId, region: Region) -> Result<bool, DbError> {
    let in_use = |account: &Account| account.status == Status::Active;
    let Some(account) = account::by_id(db, account)?.filter(in_use) else { return Ok(false) };
    let (token, digest) = Token::mint(&act.chance, region.letter());
    one_time::issue(db, act, account.id, Purpose::ResetPassword, digest.as_str(), LIFETIME)?;
    activity::record(db, act, account.id.personal_workspace(), None, &Event::PasswordResetRequested)?;
    credential::tell(db, act, &account, &Letter::ResetPassword { token: token.reveal() })?;
    Ok(true)
}

/// The account a link leads to.
#[derive(Clone)]
pub struct Target {
    pub store: Store,
    pub account: Account,
    digest: TokenDigest,
}

/// Looks at a link without using it; `None` when it is too old, used, or none of ours.
pub async fn target(regions: &Regions, act: &Act, token: &str) -> Result<Option<Target>, DbError> {
    let region = Region::of_token(token).filter(|_| looks_like_token(token));
    let Some(store) = region.and_then(|region| regions.store(region)).cloned() else { return Ok(None) };
    let (digest, now, of_target) = (TokenDigest::of(token), act.now, store.clone());
    store
        .read(move |db| {
            let holder = one_time::holder(db, now, Purpose::ResetPassword, digest.as_str())?;
            let Some(account) = holder.map(|id| account::by_id(db, id)).transpose()?.flatten() else { return Ok(None) };
            Ok((account.status == Status::Active).then_some(Target { store: of_target, account, digest }))
        })
        .await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    Done,
    WrongCode,
    /// Used or replaced meanwhile.
    LinkGone,
}

/// Changes the password. Every session ends, no browser is trusted any longer, the owner is told.
pub async fn reset(
    regions: &Regions,
    hasher: &Hasher,
    act: &Act,
    target: Target,
    password: Password,
    code: &str,
    browser: &TokenDigest,
) -> Result<Reset, EntryError> {
    tries::from_network(regions, act).await?;
    let (id, asked) = (target.account.id, browser.clone());
    let count = target.store.read(move |db| Count::of(db, id, &asked)).await?;
    if target.account.has_mfa && count.one_more(regions, act).await? {
        let act = act.clone();
        target.store.write(move |db| refused(db, &act, id, Refused::TooManyTries)).await?;
        return Ok(Reset::WrongCode);
    }
    let hash = hasher.hash(&act.chance, password).await?;
    let (of_region, code, store) = (act.clone(), code.to_owned(), target.store.clone());
    let outcome = store
        .write(move |db| {
            let (act, purpose) = (&of_region, Purpose::ResetPassword);
            // As it is now: a factor may have been turned on while the password was hashed.
            let in_use = |account: &Account| account.status == Status::Active;
            let Some(account) = account::held(db, target.account.id)?.filter(in_use) else {
                return Err(EntryError::LinkGone);
            };
            let account = &account;
            // A wrong code must leave the link usable, so it is asked first; the link then decides who was first.
            if account.has_mfa
                && let Err(reason) = second_factor::check(db, act, account, &code)?
            {
                refused(db, act, account.id, reason)?;
                return Ok::<_, EntryError>(Reset::WrongCode);
            }
            if !one_time::spend(db, act.now, account.id, purpose, target.digest.as_str())? {
                return Err(EntryError::LinkGone);
            }
            credential::store_password(db, act, account.id, &hash)?;
            device::distrust_all(db, account.id)?;
            credential::changed(db, act, account, None, &Event::PasswordReset, &Letter::PasswordReset)?;
            Ok(Reset::Done)
        })
        .await;
    match outcome {
        // Whoever reads the mailbox and has the factor is the owner: strangers' guesses no longer count.
        Ok(Reset::Done) => {
            Count::of_stranger(id).forgive(regions, act).await?;
            count.forgive(regions, act).await?;
            Ok(Reset::Done)
        }
        Err(EntryError::LinkGone) => Ok(Reset::LinkGone),
        other => other,
    }
}

fn refused(db: &mut Db, act: &Act, account: AccountId, reason: Refused) -> Result<(), DbError> {
    activity::record(db, act, account.personal_workspace(), None, &Event::PasswordResetRefused { reason })
}
