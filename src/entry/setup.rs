//! The first administrator: made once, by whoever holds the link that the server prints while there is none.
//!
//! Rule: the link dies with its first use. A process that dies half-way leaves nothing that keeps the next link from
//! working: the same person takes up the same account again.

use std::time::Duration;

use diesel::prelude::*;

use super::opening::{self, Opened};
use super::sign_up::{self, HELD_FOR, NewPerson};
use super::{EntryError, tries};
use crate::accounts::creation::NewAccount;
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::password::{Hasher, PasswordHash};
use crate::crypto::token::{self, PlainToken, Token, TokenDigest, looks_like_token};
use crate::db::dialect::lock_key;
use crate::db::schema::setup_links;
use crate::db::{Db, DbError};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, hours};
use crate::regions::Regions;
use crate::regions::administrators::{self, Administrator};
use crate::regions::directory::{self, Reservation, Reserved};
use crate::sessions::account::{self, Account, Status};
use crate::sessions::credential;

pub const LIFETIME: Duration = hours(24);

const TRIES: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the link was used, or there is an administrator already")]
    LinkGone,
    #[error("somebody has this username")]
    NameTaken,
    #[error("somebody has this address")]
    AddressTaken,
    #[error("no set-up now")]
    Entry(#[from] EntryError),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

#[derive(Insertable)]
#[diesel(table_name = setup_links)]
struct NewLink {
    digest: TokenDigest,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// A link for the operator's terminal; `None` when there is an administrator. Several may be out at once.
pub fn issue(db: &mut Db, act: &Act) -> Result<Option<PlainToken>, DbError> {
    if administrators::count(db)? > 0 {
        return Ok(None);
    }
    diesel::delete(setup_links::table.filter(setup_links::expires_at.le(act.now))).execute(db)?;
    let (token, digest) = Token::mint(&act.chance, token::DIRECTORY);
    let new = NewLink { digest, created_at: act.now, expires_at: act.now.plus(LIFETIME) };
    diesel::insert_into(setup_links::table).values(&new).execute(db)?;
    Ok(Some(token))
}

/// Whether a link still works. Looks only.
pub fn is_live(db: &mut Db, now: Timestamp, token: &str) -> Result<bool, DbError> {
    if !looks_like_token(token) || administrators::count(db)? > 0 {
        return Ok(false);
    }
    let link = setup_links::table.find(TokenDigest::of(token)).filter(setup_links::expires_at.gt(now));
    diesel::select(diesel::dsl::exists(link)).get_result(db)
}

/// Makes the first administrator and signs them in.
pub async fn create(
    regions: &Regions,
    hasher: &Hasher,
    act: &Act,
    token: &str,
    new: NewPerson,
    browser: &TokenDigest,
) -> Result<PlainToken, SetupError> {
    tries::from_network(regions, act).await?;
    let hash = hasher.hash(&act.chance, new.password.clone()).await.map_err(EntryError::from)?;
    let id: AccountId = act.id();
    let (account, region) = match hold(regions, act, token, id, &new).await? {
        Reserved::NameOnly { owner, region, .. } => {
            (take_up(regions, hasher, &new, owner, region).await?.ok_or(SetupError::AddressTaken)?, region)
        }
        _ => (create_account(regions, act, id, &new, hash).await?, new.region),
    };
    let (in_directory, id) = (act.clone(), account.id);
    regions.directory.write(move |db| install(db, &in_directory, id, region)).await?;
    let Some(store) = regions.store(region) else { return Err(SetupError::LinkGone) };
    let (act, browser) = (act.clone(), browser.clone());
    let opened = store.write(move |db| {
        let opened = Opened { is_first: true, ..Opened::by(region, &account) };
        activity::record(db, &act, id.personal_workspace(), Some(id), &Event::AdministratorMade)?;
        opening::open(db, &act, &browser, &opened)
    });
    Ok(opened.await?)
}

/// Holds name and address while the link works.
async fn hold(
    regions: &Regions,
    act: &Act,
    token: &str,
    account: AccountId,
    new: &NewPerson,
) -> Result<Reserved, SetupError> {
    let mut gone = None;
    for _ in 0..TRIES {
        let (act, token, new) = (act.clone(), token.to_owned(), new.clone());
        let held = regions.directory.write(move |db| {
            if !is_live(db, act.now, &token)? {
                return Err(SetupError::LinkGone);
            }
            let wanted = Reservation {
                account,
                region: new.region,
                name: &new.username,
                address: &new.email,
                password: &new.password,
                gone,
                now: act.now,
                held_until: act.now.plus(HELD_FOR),
            };
            match directory::reserve(db, &act.keyring, &wanted)? {
                Reserved::NameTaken => Err(SetupError::NameTaken),
                // Nothing is held by name only here: whoever has the link may be told.
                held @ Reserved::NameOnly { .. } => {
                    directory::release(db, account)?;
                    Ok(held)
                }
                other => {
                    if other == Reserved::Both {
                        // From here on this is the only set-up there is; if it dies, the next start prints a new link.
                        diesel::delete(setup_links::table).execute(db)?;
                    }
                    Ok(other)
                }
            }
        });
        match held.await? {
            Reserved::HeldBy { account: earlier, region } => {
                gone = sign_up::give_way(regions, earlier, region).await?;
            }
            other => return Ok(other),
        }
    }
    Err(SetupError::AddressTaken)
}

async fn create_account(
    regions: &Regions,
    act: &Act,
    id: AccountId,
    new: &NewPerson,
    hash: PasswordHash,
) -> Result<Account, SetupError> {
    let Some(store) = regions.store(new.region) else { return Err(SetupError::LinkGone) };
    let account = NewAccount {
        id,
        username: new.username.clone(),
        email: new.email.clone(),
        email_digest: directory::address_digest(&act.keyring, &new.email),
        name: new.name.clone(),
        password_hash: Some(hash),
        plan: new.plan.clone(),
        is_confirmed: true,
        is_administrator: true,
    };
    if !sign_up::place(regions, act, new.region, account, false).await? {
        return Err(SetupError::AddressTaken);
    }
    store.read(move |db| account::by_id(db, id)).await?.ok_or(SetupError::LinkGone)
}

/// The account that an earlier set-up made before its process died, if this is its password.
async fn take_up(
    regions: &Regions,
    hasher: &Hasher,
    new: &NewPerson,
    owner: AccountId,
    region: Region,
) -> Result<Option<Account>, SetupError> {
    let Some(store) = regions.store(region) else { return Ok(None) };
    let found =
        store.read(move |db| Ok::<_, DbError>((account::by_id(db, owner)?, credential::password_hash(db, owner)?)));
    let (account, hash) = found.await?;
    let verified = hasher.verify(new.password.clone(), hash).await.map_err(EntryError::from)?;
    Ok(account.filter(|account| verified.matches && account.is_administrator && account.status == Status::Active))
}

/// The directory takes the account for what it is; fifty at once leave one administrator.
fn install(db: &mut Db, act: &Act, account: AccountId, region: Region) -> Result<(), SetupError> {
    lock_key(db, "administrators")?;
    if administrators::count(db)? > 0 {
        return Err(SetupError::LinkGone);
    }
    diesel::delete(setup_links::table).execute(db)?;
    directory::confirm(db, account)?;
    let new = Administrator { account_id: account, region, granted_by: None, granted_at: act.now };
    Ok(administrators::make(db, &new)?)
}
