//! Invitations to sign up on this instance: bound to an address, good for 14 days, used up by the account they admit.
//!
//! Rule: the address is kept sealed, and only until the invitation is used or ends. The directory changes first and the
//! administrator's region tells and records it: a process that dies in between leaves an invitation that nobody was told
//! of, never one that works although it was taken back.

use std::time::Duration;

use diesel::prelude::*;

use super::{EntryError, sign_up};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::keyring::Context;
use crate::crypto::token::{self, PlainToken, Token, TokenDigest, looks_like_token};
use crate::db::dialect::lock_key;
use crate::db::schema::{addresses, admissions};
use crate::db::{Db, DbError, Store};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, AdmissionId};
use crate::kernel::time::{Timestamp, days};
use crate::mail::{self, Letter};
use crate::regions::Regions;
use crate::regions::directory::{self, Hold};
use crate::sessions::throttle::{self, MAILS_TO_ADDRESS};

pub const LIFETIME: Duration = days(14);

#[derive(Insertable)]
#[diesel(table_name = admissions)]
struct NewAdmission<'a> {
    id: AdmissionId,
    address_digest: &'a str,
    sealed_address: Vec<u8>,
    token_digest: TokenDigest,
    invited_by: AccountId,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// One that can still be used.
#[derive(Clone, Debug)]
pub struct Admission {
    pub id: AdmissionId,
    pub address: EmailAddress,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What became of an invitation. The administrator may be told: they see every account anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    Yes,
    /// The address has an account.
    HasAccount,
    /// The address had enough mails for now; inviting is no way to flood somebody.
    EnoughMails,
}

/// Invites an address and mails the link from the inviting administrator's region. An earlier invitation of the same
/// address ends.
pub async fn invite(
    regions: &Regions,
    store: &Store,
    act: &Act,
    by: AccountId,
    address: &EmailAddress,
) -> Result<Invited, EntryError> {
    let (in_directory, to) = (act.clone(), address.clone());
    let (id, token) = match regions.directory.write(move |db| insert(db, &in_directory, by, &to)).await? {
        Ok((id, token)) => (id, token.reveal()),
        Err(refused) => return Ok(refused),
    };
    let (act, to) = (act.clone(), address.clone());
    let told = move |db: &mut Db| {
        let letter = Letter::Invitation { token: token.clone(), expires_at: act.now.plus(LIFETIME) };
        mail::queue(db, &act, None, &to, &letter)?;
        let event = Event::AdmissionInvited { admission: id };
        activity::record_instance(db, &act, Some(by), None, &event)
    };
    store.write::<_, DbError>(told).await?;
    Ok(Invited::Yes)
}

fn insert(
    db: &mut Db,
    act: &Act,
    by: AccountId,
    address: &EmailAddress,
) -> Result<Result<(AdmissionId, PlainToken), Invited>, DbError> {
    let digest = directory::address_digest(&act.keyring, address);
    // Two invitations of one address at once would each find no earlier one.
    lock_key(db, &format!("admission:{digest}"))?;
    if directory::by_address(db, &digest)?.is_some_and(|row| row.state == Hold::Taken) {
        return Ok(Err(Invited::HasAccount));
    }
    if throttle::count(db, act, MAILS_TO_ADDRESS, &directory::mailbox_digest(&act.keyring, address))?.is_err() {
        return Ok(Err(Invited::EnoughMails));
    }
    let earlier = admissions::table.filter(admissions::address_digest.eq(&digest));
    diesel::delete(earlier.filter(admissions::used_at.is_null())).execute(db)?;
    let id: AdmissionId = act.id();
    let (token, token_digest) = Token::mint(&act.chance, token::DIRECTORY);
    let new = NewAdmission {
        id,
        address_digest: &digest,
        sealed_address: act.keyring.seal(&act.chance, sealed_place(&id), address.as_str().as_bytes()),
        token_digest,
        invited_by: by,
        created_at: act.now,
        expires_at: act.now.plus(LIFETIME),
    };
    diesel::insert_into(admissions::table).values(&new).execute(db)?;
    Ok(Ok((id, token)))
}

type Row = (AdmissionId, Vec<u8>, Timestamp, Timestamp);

/// The invitation behind a link, if it can still be used.
pub fn live(db: &mut Db, act: &Act, token: &str) -> Result<Option<Admission>, DbError> {
    if !looks_like_token(token) {
        return Ok(None);
    }
    let row: Option<Row> = admissions::table
        .filter(admissions::token_digest.eq(TokenDigest::of(token)))
        .filter(admissions::used_at.is_null())
        .filter(admissions::expires_at.gt(act.now))
        .select((admissions::id, admissions::sealed_address, admissions::created_at, admissions::expires_at))
        .first(db)
        .optional()?;
    Ok(row.and_then(|row| opened(act, row)))
}

/// Those that can still be used, the newest first, from `before` on; of one address where one is asked for.
pub fn open_ones(
    db: &mut Db,
    act: &Act,
    of: Option<&EmailAddress>,
    before: Option<AdmissionId>,
    most: i64,
) -> Result<Vec<Admission>, DbError> {
    let mut open = admissions::table
        .filter(admissions::used_at.is_null())
        .filter(admissions::expires_at.gt(act.now))
        .order(admissions::id.desc())
        .select((admissions::id, admissions::sealed_address, admissions::created_at, admissions::expires_at))
        .limit(most)
        .into_boxed();
    if let Some(before) = before {
        open = open.filter(admissions::id.lt(before));
    }
    if let Some(of) = of {
        open = open.filter(admissions::address_digest.eq(directory::address_digest(&act.keyring, of)));
    }
    let rows: Vec<Row> = open.load(db)?;
    Ok(rows.into_iter().filter_map(|row| opened(act, row)).collect())
}

/// Takes an invitation back. `false` when there is none to take back. Where an invitation is the only way in, a sign-up
/// that began with it and is not confirmed yet ends with it.
pub async fn withdraw(
    regions: &Regions,
    store: &Store,
    act: &Act,
    by: AccountId,
    id: AdmissionId,
    is_only_way: bool,
) -> Result<bool, EntryError> {
    let taken = move |db: &mut Db| {
        let unused = admissions::table.find(id).filter(admissions::used_at.is_null());
        let digest: Option<String> = unused.select(admissions::address_digest).first(db).optional()?;
        let Some(digest) = digest else { return Ok(None) };
        let is_gone = diesel::delete(unused).execute(db)? == 1;
        let begun = directory::by_address(db, &digest)?.filter(|row| is_only_way && row.state == Hold::Held);
        Ok::<_, DbError>(is_gone.then_some(begun))
    };
    let Some(begun) = regions.directory.write(taken).await? else { return Ok(false) };
    if let Some(row) = begun
        && let Some(gone) = sign_up::give_way(regions, row.account_id, row.region).await?
    {
        regions.directory.write(move |db| directory::release(db, gone)).await?;
    }
    let act = act.clone();
    let recorded = move |db: &mut Db| {
        activity::record_instance(db, &act, Some(by), None, &Event::AdmissionWithdrawn { admission: id })
    };
    store.write::<_, DbError>(recorded).await?;
    Ok(true)
}

/// The account that was just confirmed uses up the invitation of its address, if there is one.
pub(super) fn spend_for(db: &mut Db, now: Timestamp, account: AccountId) -> Result<Vec<AdmissionId>, DbError> {
    let digests: Vec<String> =
        addresses::table.filter(addresses::account_id.eq(account)).select(addresses::digest).load(db)?;
    let unused =
        admissions::table.filter(admissions::address_digest.eq_any(digests)).filter(admissions::used_at.is_null());
    let spent: Vec<AdmissionId> = unused.clone().select(admissions::id).load(db)?;
    diesel::update(unused)
        .set((admissions::used_at.eq(now), admissions::sealed_address.eq(Vec::<u8>::new())))
        .execute(db)?;
    Ok(spent)
}

/// Records that an account used up these, in its own region.
pub(super) fn record_spent(db: &mut Db, act: &Act, account: AccountId, spent: &[AdmissionId]) -> Result<(), DbError> {
    for admission in spent {
        let event = Event::AdmissionUsed { admission: *admission };
        activity::record_instance(db, act, Some(account), Some(account), &event)?;
    }
    Ok(())
}

/// Forgets invitations that ended.
pub fn sweep(db: &mut Db, now: Timestamp) -> Result<usize, DbError> {
    diesel::delete(admissions::table.filter(admissions::expires_at.le(now))).execute(db)
}

fn opened(act: &Act, (id, sealed, created_at, expires_at): Row) -> Option<Admission> {
    let text = act.keyring.open(sealed_place(&id), &sealed).ok()?;
    let address = EmailAddress::parse(std::str::from_utf8(&text).ok()?).ok()?;
    Some(Admission { id, address, created_at, expires_at })
}

pub fn sealed_place(id: &AdmissionId) -> Context<'_> {
    Context { table: "admissions", row: id.as_str(), owner: "instance", name: "address", version: 1 }
}
