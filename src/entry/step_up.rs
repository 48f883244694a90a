//! *Confirm it is you*: the password once more, and a one-time code where the account asks for one.
//!
//! Rule: a browser's session gets a new token with it, as at every change of privilege. A tool proves it in the very
//! call that needs it, and goes on with the token it has: there is no way to hand it another.

use super::tries::{self, Count};
use super::{EntryError, second_factor};
use crate::activity::{self, Event, Refused, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::password::{Hasher, Password};
use crate::crypto::token::PlainToken;
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

pub fn asked(account: &Account) -> Asked {
    Asked { password: account.has_password, code: account.has_mfa }
}

/// Confirms; the session's new token.
pub async fn confirm(
    regions: &Regions,
    hasher: &Hasher,
    store: &Store,
    act: &Act,
    attempt: Attempt,
) -> Result<Confirmed<PlainToken>, EntryError> {
    let renew = |db: &mut Db, act: &Act, of: &Attempt| session::renew(db, act, of.region, of.session.id);
    by_password(regions, hasher, store, act, attempt, renew).await
}

/// The same for one call of a tool, which keeps its token.
pub async fn prove(
    regions: &Regions,
    hasher: &Hasher,
    store: &Store,
    act: &Act,
    attempt: Attempt,
) -> Result<Confirmed<()>, EntryError> {
    by_password(regions, hasher, store, act, attempt, |_, _, _| Ok(())).await
}

/// The same by the code alone, where nothing else is asked. Counted like any other try.
pub async fn prove_factor(
    regions: &Regions,
    store: &Store,
    act: &Act,
    attempt: Attempt,
) -> Result<Confirmed<()>, EntryError> {
    tries::from_network(regions, act).await?;
    let count = Count::of_session(attempt.account.id, attempt.session.id);
    let is_locked = count.one_more(regions, act).await?;
    let of_region = act.clone();
    let confirmed = store
        .write(move |db| {
            if is_locked || !attempt.account.has_mfa {
                refused(db, &of_region, &attempt, if is_locked { Refused::TooManyTries } else { Refused::WrongCode })?;
                return Ok::<_, EntryError>(Confirmed::WrongCode);
            }
            Ok(if prove_code(db, &of_region, &attempt)? { Confirmed::Yes(()) } else { Confirmed::WrongCode })
        })
        .await?;
    if matches!(confirmed, Confirmed::Yes(())) {
        count.forgive(regions, act).await?;
    }
    Ok(confirmed)
}

async fn by_password<T: Send + 'static>(
    regions: &Regions,
    hasher: &Hasher,
    store: &Store,
    act: &Act,
    attempt: Attempt,
    then: fn(&mut Db, &Act, &Attempt) -> Result<T, DbError>,
) -> Result<Confirmed<T>, EntryError> {
    tries::from_network(regions, act).await?;
    let id = attempt.account.id;
    let hash = store.read(move |db| credential::password_hash(db, id)).await?;
    let count = Count::of_session(id, attempt.session.id);
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
    let confirmed = store.write(move |db| finish(db, &of_region, &attempt, then)).await?;
    if matches!(confirmed, Confirmed::Yes(_)) {
        count.forgive(regions, act).await?;
    }
    Ok(confirmed)
}

fn finish<T>(
    db: &mut Db,
    act: &Act,
    attempt: &Attempt,
    then: fn(&mut Db, &Act, &Attempt) -> Result<T, DbError>,
) -> Result<Confirmed<T>, EntryError> {
    let (account, session) = (&attempt.account, &attempt.session);
    if !prove_code(db, act, attempt)? {
        return Ok(Confirmed::WrongCode);
    }
    session::confirm(db, act, session.id, account.has_mfa || session.has_second_factor)?;
    Ok(Confirmed::Yes(then(db, act, attempt)?))
}

/// The second factor, where there is one, on record. By itself it confirms no session.
fn prove_code(db: &mut Db, act: &Act, attempt: &Attempt) -> Result<bool, EntryError> {
    let account = &attempt.account;
    let mut factor = SecondFactor::None;
    if account.has_mfa {
        factor = match second_factor::check(db, act, account, &attempt.code)? {
            Ok(factor) => factor,
            Err(reason) => {
                refused(db, act, attempt, reason)?;
                return Ok(false);
            }
        };
    }
    let event = Event::StepUpSucceeded { to: attempt.to, second_factor: factor };
    activity::record(db, act, account.id.personal_workspace(), Some(account.id), &event)?;
    Ok(true)
}

fn refused(db: &mut Db, act: &Act, attempt: &Attempt, reason: Refused) -> Result<(), DbError> {
    let event = Event::StepUpFailed { to: attempt.to, reason };
    activity::record(db, act, attempt.account.id.personal_workspace(), Some(attempt.account.id), &event)
}
