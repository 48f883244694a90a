//! *Confirm it is you*: the password once more, and a one-time code where the account asks for one.
//!
//! Rule: the session gets a new token with it, as at every change of privilege.

use super::tries::{self, Count};
use super::{EntryError, second_factor};
use crate::activity::{self, Event, Refused, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::password::{Hasher, Password};
use crate::crypto::token::{PlainToken, TokenDigest};
use crate::db::{Db, DbError, Store};
use crate::kernel::region::Region;
use crate::regions::Regions;
use crate::sessions::account::Account;
use crate::sessions::credential;
use crate::sessions::session::{self, Session};

/// Who confirms what, and with what. `to` names the act, as in "change your password".
#[derive(Clone)]
pub struct Attempt {
    pub region: Region,
    pub account: Account,
    pub session: Session,
    pub browser: TokenDigest,
    pub to: &'static str,
    pub password: Password,
    pub code: String,
}

/// What was wrong. The page may say which: whoever sits here is signed in already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed<T> {
    Yes(T),
    WrongPassword,
    WrongCode,
}

/// What the account can be confirmed with. One without password and authenticator has to set a password first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub password: bool,
    pub code: bool,
}

pub fn asked(db: &mut Db, account: &Account) -> Result<Asked, DbError> {
    Ok(Asked { password: credential::password_hash(db, account.id)?.is_some(), code: account.has_mfa })
}

/// Confirms; the session's new token.
pub async fn confirm(
    regions: &Regions,
    hasher: &Hasher,
    store: &Store,
    act: &Act,
    attempt: Attempt,
) -> Result<Confirmed<PlainToken>, EntryError> {
    tries::from_network(regions, act).await?;
    let (id, browser) = (attempt.account.id, attempt.browser.clone());
    let found =
        store.read(move |db| Ok::<_, DbError>((credential::password_hash(db, id)?, Count::of(db, id, &browser)?)));
    let (hash, count) = found.await?;
    let is_locked = count.one_more(regions, act).await?;
    let has_password = hash.is_some();
    let hash = hash.filter(|_| !is_locked);
    let matches = if has_password { hasher.verify(attempt.password.clone(), hash).await?.matches } else { !is_locked };
    // With nothing to confirm by, nothing is confirmed.
    if !matches || (!has_password && !attempt.account.has_mfa) {
        let reason = if is_locked { Refused::TooManyTries } else { Refused::WrongPassword };
        let (act, attempt) = (act.clone(), attempt);
        store.write(move |db| refused(db, &act, &attempt, reason)).await?;
        return Ok(if has_password { Confirmed::WrongPassword } else { Confirmed::WrongCode });
    }
    let of_region = act.clone();
    let confirmed = store.write(move |db| finish(db, &of_region, &attempt)).await?;
    if matches!(confirmed, Confirmed::Yes(_)) {
        count.forgive(regions, act).await?;
    }
    Ok(confirmed)
}

fn finish(db: &mut Db, act: &Act, attempt: &Attempt) -> Result<Confirmed<PlainToken>, EntryError> {
    let (account, session) = (&attempt.account, &attempt.session);
    let mut factor = SecondFactor::None;
    if account.has_mfa {
        factor = match second_factor::check(db, act, account, &attempt.code)? {
            Ok(factor) => factor,
            Err(reason) => {
                refused(db, act, attempt, reason)?;
                return Ok(Confirmed::WrongCode);
            }
        };
    }
    session::confirm(db, act, session.id, account.has_mfa || session.has_second_factor)?;
    let event = Event::StepUpSucceeded { to: attempt.to, second_factor: factor };
    activity::record(db, act, account.id.personal_workspace(), Some(account.id), &event)?;
    Ok(Confirmed::Yes(session::renew(db, act, attempt.region, session.id)?))
}

fn refused(db: &mut Db, act: &Act, attempt: &Attempt, reason: Refused) -> Result<(), DbError> {
    let event = Event::StepUpFailed { to: attempt.to, reason };
    activity::record(db, act, attempt.account.id.personal_workspace(), Some(attempt.account.id), &event)
}
