//! Signing up: the directory reserves name and address, the region creates the account, the code confirms both.
//!
//! Rule: each step may be the last one that runs. A reservation without an account lapses; an account whose reservation
//! was not confirmed is confirmed by the lapsing job or by the next sign-in. An earlier sign-up for the same address
//! gives way in its region first: once its row is gone there, nothing can confirm it any more.

use std::time::Duration;

use super::{EntryError, confirmation, evenly, tries};
use crate::accounts::creation::{self, Created, NewAccount, Removed};
use crate::crypto::act::Act;
use crate::crypto::password::{Hasher, Password};
use crate::db::{Db, DbError};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::names::Username;
use crate::kernel::region::Region;
use crate::kernel::time::hours;
use crate::mail::Letter;
use crate::regions::Regions;
use crate::regions::directory::{self, Reservation, Reserved};
use crate::sessions::account::{self, Status};
use crate::sessions::credential;
use crate::sessions::throttle::{self, MAILS_TO_ADDRESS, SIGN_UPS};

/// How long an unconfirmed sign-up holds its name and address.
pub const HELD_FOR: Duration = hours(24);

/// Two sign-ups for one address can displace each other only so often within one request.
const TRIES: usize = 8;

/// What was typed, checked.
#[derive(Clone)]
pub struct NewPerson {
    pub region: Region,
    pub email: EmailAddress,
    pub username: Username,
    pub name: String,
    pub password: Password,
    /// Of the workspace that comes with the account.
    pub plan: String,
}

/// A sign-up that waits for its code. Says nothing about whether there is an account behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pending {
    pub account: AccountId,
    pub region: Region,
}

#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The one thing that is told: usernames are seen by everybody anyway.
    #[error("somebody has this username")]
    NameTaken,
    #[error("no sign-up now")]
    Entry(#[from] EntryError),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

/// Begins a sign-up. The answer is the same whether or not somebody has the address; its owner is told by mail.
pub async fn begin(regions: &Regions, hasher: &Hasher, act: &Act, new: NewPerson) -> Result<Pending, SignUpError> {
    tries::of_network(regions, act, SIGN_UPS).await?;
    let hash = hasher.hash(&act.chance, new.password.clone()).await.map_err(EntryError::from)?;
    let pending = Pending { account: act.id(), region: new.region };
    let held = reserve(regions, act, pending.account, &new).await?;
    confirmation::begin_counts(regions, act, pending.account).await?;
    let may_mail = may_mail(regions, act, &new.email).await?;
    match held {
        Held::Both => {
            let account = NewAccount {
                id: pending.account,
                email_digest: directory::address_digest(&act.keyring, &new.email),
                username: new.username,
                email: new.email,
                name: new.name,
                password_hash: Some(hash),
                plan: new.plan,
                is_confirmed: false,
                is_administrator: false,
            };
            place(regions, act, new.region, account, may_mail).await?;
        }
        Held::NameOnly { owner } => match owner.filter(|_| may_mail) {
            Some((owner, region)) => tell_owner(regions, act, owner, region).await?,
            None => evenly::write_nothing(regions, act).await?,
        },
    }
    Ok(pending)
}

/// Creates the account in its region, mailing its code if `is_mailed`. `false` when another sign-up displaced it
/// meanwhile, or when the region has the name or address for somebody the directory does not know.
///
/// Whatever else is in the way there was left by a process that died, or by a sign-up that lost its reservation to this
/// one: the directory says who holds it now.
pub(super) async fn place(
    regions: &Regions,
    act: &Act,
    region: Region,
    account: NewAccount,
    is_mailed: bool,
) -> Result<bool, DbError> {
    let Some(store) = regions.store(region) else { return Ok(false) };
    for _ in 0..TRIES {
        let (of_region, new) = (act.clone(), account.clone());
        let created = store.write(move |db| {
            let created = creation::create(db, &of_region, &new)?;
            if created == Created::Yes && is_mailed {
                confirmation::mail_code(db, &of_region, new.id, &new.email)?;
            }
            Ok::<_, DbError>(created)
        });
        let Created::InTheWay(others) = created.await? else { return Ok(true) };
        let id = account.id;
        if !regions.directory.read(move |db| directory::is_held_by(db, id)).await? {
            return Ok(false);
        }
        for other in others {
            if store.write(move |db| creation::remove_unconfirmed(db, other)).await? == Removed::Stays {
                tracing::error!(account = %other, "an account's name or address is not its own in the directory");
                return Ok(false);
            }
        }
    }
    Ok(false)
}

/// What the directory holds for a sign-up.
enum Held {
    Both,
    /// The owner is unknown when theirs is an unfinished sign-up in a region that is served elsewhere.
    NameOnly {
        owner: Option<(AccountId, Region)>,
    },
}

async fn reserve(regions: &Regions, act: &Act, account: AccountId, new: &NewPerson) -> Result<Held, SignUpError> {
    let mut gone = None;
    for _ in 0..TRIES {
        match reserve_once(regions, act, account, new, gone).await? {
            Reserved::Both => return Ok(Held::Both),
            Reserved::NameOnly { owner, region, gave_way } => {
                // Where the address is free, an earlier sign-up goes from its region first: as long a way for both.
                if gave_way {
                    evenly::write_nothing(regions, act).await?;
                }
                return Ok(Held::NameOnly { owner: Some((owner, region)) });
            }
            Reserved::NameTaken => return Err(SignUpError::NameTaken),
            Reserved::HeldBy { account: earlier, region } => {
                gone = give_way(regions, earlier, region).await?;
            }
        }
    }
    Ok(Held::NameOnly { owner: None })
}

async fn reserve_once(
    regions: &Regions,
    act: &Act,
    account: AccountId,
    new: &NewPerson,
    gone: Option<AccountId>,
) -> Result<Reserved, DbError> {
    let (act, new) = (act.clone(), new.clone());
    let reserved = move |db: &mut Db| {
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
        directory::reserve(db, &act.keyring, &wanted)
    };
    regions.directory.write(reserved).await
}

/// Makes an earlier, unconfirmed sign-up go. When it was confirmed meanwhile it stays, and the directory learns of it.
pub(super) async fn give_way(
    regions: &Regions,
    earlier: AccountId,
    region: Region,
) -> Result<Option<AccountId>, DbError> {
    let Some(store) = regions.store(region) else { return Ok(None) };
    match store.write(move |db| creation::remove_unconfirmed(db, earlier)).await? {
        Removed::Gone => Ok(Some(earlier)),
        Removed::Stays => {
            regions.directory.write(move |db| directory::confirm(db, earlier)).await?;
            Ok(None)
        }
    }
}

/// Counts a mail to this address. `false`: strangers had enough mails sent to it for now.
pub(super) async fn may_mail(regions: &Regions, act: &Act, address: &EmailAddress) -> Result<bool, DbError> {
    let (act, digest) = (act.clone(), directory::mailbox_digest(&act.keyring, address));
    let counted = move |db: &mut Db| throttle::count(db, &act, MAILS_TO_ADDRESS, &digest);
    Ok(regions.directory.write(counted).await?.is_ok())
}

/// The same count for a sign-up without an account behind it.
pub(super) async fn may_mail_nobody(regions: &Regions, act: &Act, decoy: AccountId) -> Result<bool, DbError> {
    let act = act.clone();
    let counted = move |db: &mut Db| throttle::count(db, &act, MAILS_TO_ADDRESS, decoy.as_str());
    Ok(regions.directory.write(counted).await?.is_ok())
}

async fn tell_owner(regions: &Regions, act: &Act, owner: AccountId, region: Region) -> Result<(), DbError> {
    let Some(store) = regions.store(region) else { return Ok(()) };
    let act = act.clone();
    let told = move |db: &mut Db| match account::by_id(db, owner)? {
        Some(owner) if owner.status == Status::Active => credential::tell(db, &act, &owner, &Letter::AddressTaken),
        _ => Ok(()),
    };
    store.write(told).await
}
