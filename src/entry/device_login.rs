//! The device authorization grant (RFC 8628): a program without a browser asks, a person who is signed in allows it.
//!
//! Rule: the directory decides who answered first, the person's region who fetched first. A program gets a session of its
//! own kind, which opens the environment call alone and never counts as a fresh log-in.

use super::EntryError;
use super::tries;
use crate::activity::{self, Event, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::token::{DIRECTORY, PlainToken, Token, TokenDigest};
use crate::crypto::user_code;
use crate::db::{Db, DbError, Store};
use crate::kernel::region::Region;
use crate::kernel::shown_once::ShownOnce;
use crate::mail::Letter;
use crate::regions::Regions;
use crate::regions::device_requests::{self, DeviceRequest, State, Turn};
use crate::sessions::account::{self, Account, Status};
use crate::sessions::approval::{self, Approval, Taken};
use crate::sessions::credential;
use crate::sessions::session::{self, NewSession, Session, SessionKind};
use crate::sessions::throttle::{self, DEVICE_REQUESTS, USER_CODES};

/// Codes for people that are drawn before it is given up: two alike are one in 25 thousand millions.
const DRAWS: usize = 5;

/// What a program is told when it begins.
pub struct Begun {
    pub device_code: PlainToken,
    pub user_code: ShownOnce,
}

/// What a program is told when it asks.
pub enum Polled {
    SignedIn(PlainToken, Box<Account>),
    Waiting,
    TooSoon,
    Refused,
    Expired,
    /// Never there, or its token was fetched before.
    Unknown,
}

/// Somebody who is signed in and answers.
#[derive(Clone)]
pub struct Person {
    pub region: Region,
    pub account: Account,
    pub session: Session,
}

/// A program asks. `act.origin` is what the person will be shown of it.
pub async fn begin(regions: &Regions, act: &Act) -> Result<Begun, EntryError> {
    tries::of_network(regions, act, DEVICE_REQUESTS).await?;
    let (device_code, digest) = Token::mint(&act.chance, DIRECTORY);
    for _ in 0..DRAWS {
        let (user_code, stored) = user_code::mint(&act.chance, &act.keyring);
        let (act, digest) = (act.clone(), digest.clone());
        let add = move |db: &mut Db| device_requests::add(db, &act, digest.clone(), stored.clone());
        if regions.directory.write(add).await? {
            return Ok(Begun { device_code, user_code });
        }
    }
    Err(EntryError::Database(DbError::NotFound))
}

/// The program that waits with this code, for a person who typed it. Each try is counted before it is looked at.
pub async fn find(
    regions: &Regions,
    act: &Act,
    person: &Person,
    typed: &str,
) -> Result<Option<DeviceRequest>, EntryError> {
    tries::from_network(regions, act).await?;
    let (counting, who) = (act.clone(), person.account.id.to_string());
    let count = move |db: &mut Db| throttle::count(db, &counting, USER_CODES, &who);
    regions.directory.write::<_, DbError>(count).await??;
    let found = waiting(regions, act, typed).await?;
    if found.is_some() {
        let (act, who) = (act.clone(), person.account.id.to_string());
        regions.directory.write(move |db| throttle::forgive(db, &act, USER_CODES, &who)).await?;
    }
    Ok(found)
}

/// The same for a code that was found before.
pub async fn waiting(regions: &Regions, act: &Act, code: &str) -> Result<Option<DeviceRequest>, DbError> {
    let Some(digest) = user_code::digest(&act.keyring, code) else { return Ok(None) };
    let now = act.now;
    regions.directory.read(move |db| device_requests::waiting(db, &digest, now)).await
}

/// Lets it sign in as this person. `false`: somebody answered before, or it is too late.
pub async fn allow(
    regions: &Regions,
    store: &Store,
    act: &Act,
    person: &Person,
    request: &DeviceRequest,
) -> Result<bool, EntryError> {
    if !answer(regions, act, request, Some(person.region)).await? {
        return Ok(false);
    }
    let (act, id) = (act.clone(), person.account.id);
    let approval = Approval {
        digest: request.digest.clone(),
        account_id: id,
        agent: request.agent.clone(),
        has_second_factor: person.session.has_second_factor,
        created_at: act.now,
        expires_at: request.expires_at,
    };
    let session = person.session.id;
    let allow = move |db: &mut Db| {
        // Whoever ended this session meanwhile ended what it does.
        if !session::is_there(db, id, session)? {
            return Ok(());
        }
        approval::add(db, &approval)?;
        activity::record(db, &act, id.personal_workspace(), Some(id), &Event::ToolAllowed)
    };
    store.write::<_, DbError>(allow).await?;
    Ok(true)
}

/// Turns it away, on record.
pub async fn refuse(
    regions: &Regions,
    store: &Store,
    act: &Act,
    person: &Person,
    request: &DeviceRequest,
) -> Result<bool, EntryError> {
    if !answer(regions, act, request, None).await? {
        return Ok(false);
    }
    let (act, id) = (act.clone(), person.account.id);
    let record = move |db: &mut Db| activity::record(db, &act, id.personal_workspace(), Some(id), &Event::ToolRefused);
    store.write::<_, DbError>(record).await?;
    Ok(true)
}

async fn answer(
    regions: &Regions,
    act: &Act,
    request: &DeviceRequest,
    allowed_in: Option<Region>,
) -> Result<bool, DbError> {
    let (digest, now) = (request.digest.clone(), act.now);
    regions.directory.write(move |db| device_requests::answer(db, &digest, allowed_in, now)).await
}

/// The program asks whether it was answered; with the token when it was, once.
pub async fn poll(regions: &Regions, act: &Act, device_code: &str) -> Result<Polled, EntryError> {
    let (digest, now) = (TokenDigest::of(device_code), act.now);
    // Anybody can send any text here: none of them gets to the one writer of a database for it.
    let asked = digest.clone();
    let found = regions.directory.glance(move |db| device_requests::one(db, &asked)).await?;
    let Some(request) = found else { return Ok(Polled::Unknown) };
    match request.state {
        State::Refused => return Ok(Polled::Refused),
        _ if request.expires_at <= now => return Ok(Polled::Expired),
        State::Waiting | State::Allowed => {}
    }
    // One that does not slow down is not worth a write each time.
    if device_requests::is_hammering(&request, now) {
        return Ok(Polled::TooSoon);
    }
    let region = request.region;
    let noted = move |db: &mut Db| device_requests::asked(db, &request, now);
    if regions.directory.write(noted).await? == Turn::TooSoon {
        return Ok(Polled::TooSoon);
    }
    let Some(region) = region else { return Ok(Polled::Waiting) };
    let Some(store) = regions.store(region) else { return Ok(Polled::Unknown) };
    let act = act.clone();
    Ok(store.write::<_, DbError>(move |db| open(db, &act, region, &digest)).await?)
}

/// Approval, session, record and mail in one transaction.
fn open(db: &mut Db, act: &Act, region: Region, digest: &TokenDigest) -> Result<Polled, DbError> {
    let approval = match approval::take(db, act, digest)? {
        Taken::Now(approval) => approval,
        Taken::Before => return Ok(Polled::Unknown),
        Taken::Absent => return Ok(Polled::Waiting),
    };
    // Suspended or closed since.
    let account = account::held(db, approval.account_id)?.filter(|account| account.status == Status::Active);
    let Some(account) = account else { return Ok(Polled::Refused) };
    let mut act = act.clone();
    act.origin.agent = approval.agent;
    let new = NewSession {
        account: account.id,
        kind: SessionKind::Program,
        device: None,
        is_remembered: true,
        has_second_factor: approval.has_second_factor,
    };
    let (session, token) = session::open(db, &act, region, &new)?;
    session::unconfirm(db, &act, session)?;
    let event = Event::SignInSucceeded { is_new_browser: true, is_remembered: true, second_factor: SecondFactor::None };
    activity::record(db, &act, account.id.personal_workspace(), Some(account.id), &event)?;
    credential::tell(db, &act, &account, &Letter::ToolAllowed)?;
    Ok(Polled::SignedIn(token, Box::new(account)))
}

/// Ends the session of a tool that hands its token back (RFC 7009). Nobody is told whether there was one.
pub async fn hand_back(regions: &Regions, act: &Act, token: &str) -> Result<(), EntryError> {
    let Some(store) = Region::of_token(token).and_then(|region| regions.store(region)) else { return Ok(()) };
    let (digest, act) = (TokenDigest::of(token), act.clone());
    let (asked, now) = (digest.clone(), act.now);
    let found = store.glance(move |db| session::live(db, &asked, now)).await?;
    let Some((session, account)) = found.filter(|(session, _)| session.kind == SessionKind::Program) else {
        return Ok(());
    };
    let end = move |db: &mut Db| {
        if session::end(db, account.id, session.id)?.is_some() {
            activity::record(db, &act, account.id.personal_workspace(), Some(account.id), &Event::SignOut)?;
        }
        Ok::<_, DbError>(())
    };
    store.write(end).await?;
    Ok(())
}
