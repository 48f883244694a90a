//! Accounts made by the operator at the command line: confirmed from the start, perhaps an administrator.
//!
//! Rule: the operator may be told what a stranger may not, such as whose an address is. The steps are those of a sign-up,
//! in the same order, so that dying in between leaves nothing that the lapsing job or `doctor` cannot settle.

use data_encoding::HEXLOWER;

use crate::accounts::creation::{self, Created, NewAccount, Removed};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::password::{Password, PasswordHash};
use crate::crypto::token::{PlainToken, Token};
use crate::db::{Db, DbError};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::names::Username;
use crate::kernel::region::Region;
use crate::regions::Regions;
use crate::regions::administrators::{self, Administrator};
use crate::regions::directory::{self, Reservation, Reserved};
use crate::sessions::one_time::{self, Purpose};

use super::setup::LIFETIME;
use super::sign_up::HELD_FOR;

#[derive(Clone)]
pub struct Appointment {
    pub region: Region,
    pub email: EmailAddress,
    pub username: Username,
    pub name: String,
    /// Without one the account waits for [`password_link`].
    pub password: Option<PasswordHash>,
    pub plan: String,
    pub is_administrator: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum AppointmentError {
    #[error("somebody has this username, or had it until lately")]
    NameTaken,
    #[error("an account has this address")]
    AddressTaken,
    #[error("the region is not served here")]
    Elsewhere,
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

/// Makes the account, on this thread.
pub fn make(regions: &Regions, act: &Act, new: &Appointment) -> Result<AccountId, AppointmentError> {
    let store = regions.store(new.region).ok_or(AppointmentError::Elsewhere)?;
    let id: AccountId = act.id();
    hold(regions, act, id, new)?;
    let account = NewAccount {
        id,
        username: new.username.clone(),
        email: new.email.clone(),
        email_digest: directory::address_digest(&act.keyring, &new.email),
        name: new.name.clone(),
        password_hash: new.password.clone(),
        plan: new.plan.clone(),
        is_confirmed: true,
        is_administrator: new.is_administrator,
    };
    store.write_now(|db| {
        create(db, act, &account)?;
        if new.is_administrator {
            activity::record_administration(db, act, None, Some(id), &Event::AdministratorMade)?;
        }
        Ok::<_, AppointmentError>(())
    })?;
    let rights = Administrator { account_id: id, region: new.region, granted_by: None, granted_at: act.now };
    regions.directory.write_now(|db| {
        directory::confirm(db, id)?;
        if new.is_administrator { administrators::make(db, &rights) } else { Ok(()) }
    })?;
    Ok(id)
}

/// Name and address are held by now: an unconfirmed account that has them here was left behind.
fn create(db: &mut Db, act: &Act, account: &NewAccount) -> Result<(), AppointmentError> {
    for _ in 0..2 {
        let Created::InTheWay(others) = creation::create(db, act, account)? else { return Ok(()) };
        for other in others {
            if creation::remove_unconfirmed(db, other)? == Removed::Stays {
                return Err(AppointmentError::AddressTaken);
            }
        }
    }
    Err(AppointmentError::AddressTaken)
}

/// Holds name and address. An earlier sign-up that was never confirmed gives way.
fn hold(regions: &Regions, act: &Act, account: AccountId, new: &Appointment) -> Result<(), AppointmentError> {
    // Only a sign-up's own password would open its code page; this account has no such page.
    let password = Password::from_typed(&HEXLOWER.encode(&act.chance.bytes::<16>()));
    let mut gone = None;
    loop {
        let wanted = Reservation {
            account,
            region: new.region,
            name: &new.username,
            address: &new.email,
            password: &password,
            gone,
            now: act.now,
            held_until: act.now.plus(HELD_FOR),
        };
        let reserved = regions.directory.write_now(|db| {
            let reserved = directory::reserve(db, &act.keyring, &wanted)?;
            if matches!(reserved, Reserved::NameOnly { .. }) {
                directory::release(db, account)?;
            }
            Ok::<_, DbError>(reserved)
        })?;
        match reserved {
            Reserved::Both => return Ok(()),
            Reserved::NameTaken => return Err(AppointmentError::NameTaken),
            Reserved::NameOnly { .. } => return Err(AppointmentError::AddressTaken),
            Reserved::HeldBy { account: earlier, region } => {
                let store = regions.store(region).ok_or(AppointmentError::AddressTaken)?;
                match store.write_now(|db| creation::remove_unconfirmed(db, earlier))? {
                    Removed::Gone => gone = Some(earlier),
                    Removed::Stays => return Err(AppointmentError::AddressTaken),
                }
            }
        }
    }
}

/// What the link on the operator's terminal carries, with which the person chooses a password. Good for a day.
pub fn password_link(
    regions: &Regions,
    act: &Act,
    region: Region,
    account: AccountId,
) -> Result<PlainToken, AppointmentError> {
    let store = regions.store(region).ok_or(AppointmentError::Elsewhere)?;
    let (token, digest) = Token::mint(&act.chance, region.letter());
    store.write_now(|db| {
        one_time::issue(db, act, account, Purpose::ResetPassword, digest.as_str(), LIFETIME)?;
        activity::record(db, act, account.personal_workspace(), None, &Event::PasswordResetRequested)
    })?;
    Ok(token)
}
