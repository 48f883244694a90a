//! Closing an account: at once for everybody, erased when the grace period ends.
//!
//! Rule: closing ends every session and kills every code and link in one transaction, and queues the erasure with it.
//! An owner's own closing can be cancelled by a mailed link; an administrator's only by an administrator, because
//! whoever was removed for spam would otherwise simply come back.

use diesel::prelude::*;

use super::departures::{self, Fates};
use super::erasing::EraseAccount;
use super::{LifecycleError, held, set_status};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::crypto::token::Token;
use crate::db::schema::closures;
use crate::db::{Db, DbError};
use crate::jobs::{self, Options};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days};
use crate::mail::{self, Letter};
use crate::regions::Regions;
use crate::regions::administrators::{self, WithdrawError};
use crate::sessions::account::{Account, Status};
use crate::sessions::one_time::{self, Purpose};
use crate::sessions::session;

/// Who closes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    Owner,
    /// `None` is the command line.
    Administrator {
        id: Option<AccountId>,
        reason: String,
    },
}

/// When it is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Immediately,
    /// After so many days in which it can be brought back.
    After(u64),
}

impl When {
    pub fn erase_at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Immediately => now,
            Self::After(grace) => now.plus(days(grace)),
        }
    }

    /// No days of grace are none.
    fn is_immediate(self) -> bool {
        matches!(self, Self::Immediately | Self::After(0))
    }
}

/// What is known of a closing account.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = closures)]
pub struct Closure {
    pub account_id: AccountId,
    /// The account's own id when the owner did it.
    pub requested_by: String,
    pub reason: String,
    pub status_before: Status,
    /// Whether closing took rights in the administration away, to be given back with the account.
    pub had_rights: bool,
    pub requested_at: Timestamp,
    pub erase_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = closures)]
struct NewClosure<'a> {
    account_id: AccountId,
    requested_by: &'a str,
    reason: &'a str,
    status_before: Status,
    had_rights: bool,
    requested_at: Timestamp,
    erase_at: Timestamp,
}

pub fn of_account(db: &mut Db, account: AccountId) -> QueryResult<Option<Closure>> {
    closures::table.find(account).select(Closure::as_select()).first(db).optional()
}

/// Closes an account, on this thread. Gives back when it is erased. Rights in the administration go first, so that a
/// closing account is never counted as an administrator; the last one cannot close.
pub fn close(
    regions: &Regions,
    region: Region,
    act: &Act,
    account: AccountId,
    by: &By,
    when: When,
) -> Result<Timestamp, LifecycleError> {
    close_with(regions, region, act, account, by, when, &Fates::new())
}

/// The same when it is said what becomes of the organizations that only this account owns.
pub fn close_with(
    regions: &Regions,
    region: Region,
    act: &Act,
    account: AccountId,
    by: &By,
    when: When,
    fates: &Fates,
) -> Result<Timestamp, LifecycleError> {
    let store = regions.store(region).ok_or(LifecycleError::NotThere)?;
    let withdrawn = regions.directory.write_now(|db| administrators::withdraw(db, account));
    let rights = withdrawn.map_err(|error| match error {
        WithdrawError::Last => LifecycleError::LastAdministrator,
        WithdrawError::Database(error) => error.into(),
    })?;
    let closed = store.write_now(|db| close_here(db, act, region, account, by, when, rights.is_some(), fates));
    // Nothing was closed, so nothing is taken away either; unless it is somebody else who was quicker to close it.
    if let (Err(LifecycleError::Database(_) | LifecycleError::SoleOwner), Some(rights)) = (&closed, rights) {
        regions.directory.write_now(|db| administrators::make(db, &rights))?;
    }
    closed
}

#[expect(clippy::too_many_arguments, reason = "what is decided about one closing")]
fn close_here(
    db: &mut Db,
    act: &Act,
    region: Region,
    id: AccountId,
    by: &By,
    when: When,
    had_rights: bool,
    fates: &Fates,
) -> Result<Timestamp, LifecycleError> {
    let account = held(db, id)?;
    if account.status == Status::Closing {
        return Err(LifecycleError::IsNow(Status::Closing));
    }
    let erase_at = when.erase_at(act.now);
    let (requested_by, reason) = match by {
        By::Owner => (id.to_string(), ""),
        By::Administrator { id, reason } => {
            (id.map_or_else(|| "command line".to_owned(), |id| id.to_string()), reason.as_str())
        }
    };
    let closure = NewClosure {
        account_id: id,
        requested_by: &requested_by,
        reason,
        status_before: account.status,
        had_rights,
        requested_at: act.now,
        erase_at,
    };
    diesel::insert_into(closures::table).values(&closure).execute(db)?;
    set_status(db, id, Status::Closing)?;
    departures::depart(db, act, id, by, fates, erase_at)?;
    session::end_others(db, id, None)?;
    one_time::withdraw_all(db, id)?;
    tell(db, act, region, &account, by, when)?;
    match by {
        By::Owner => {
            activity::record(db, act, id.personal_workspace(), Some(id), &Event::AccountClosing { erase_at })?;
        }
        By::Administrator { id: administrator, reason } => {
            let erase_at = (!when.is_immediate()).then_some(erase_at);
            let event = Event::AccountDeleted { reason: reason.clone(), erase_at };
            activity::record_administration(db, act, *administrator, Some(id), &event)?;
        }
    }
    // Not the account's own job: it has to outlive the account to finish what lies outside this database.
    let key = Some(format!("{id}/{}", act.now.as_micros()));
    jobs::enqueue::<EraseAccount>(db, act, &id, Options { key, run_at: Some(erase_at), account: None })?;
    Ok(erase_at)
}

fn tell(db: &mut Db, act: &Act, region: Region, account: &Account, by: &By, when: When) -> Result<(), DbError> {
    let username = account.username.to_string();
    let erase_at = when.erase_at(act.now);
    let letter = match (by, when.is_immediate()) {
        // The receipt follows within a moment and says all.
        (By::Owner, true) => return Ok(()),
        (By::Owner, false) => {
            let (token, digest) = Token::mint(&act.chance, region.letter());
            let lifetime = erase_at.since(act.now);
            one_time::issue(db, act, account.id, Purpose::CancelClosing, digest.as_str(), lifetime)?;
            Letter::AccountClosing { username, erase_at, token: token.reveal() }
        }
        (By::Administrator { reason, .. }, is_immediate) => Letter::DeletedByAdministrator {
            username,
            reason: reason.clone(),
            erase_at: (!is_immediate).then_some(erase_at),
        },
    };
    // An unconfirmed address was never proved to be theirs: a stranger is not told of somebody's spam.
    if account.confirmed_at.is_none() {
        return Ok(());
    }
    let Ok(address) = EmailAddress::parse(&account.email) else { return Ok(()) };
    // With an immediate erasure the mail must outlive the account, like the receipt.
    let owner = (!when.is_immediate()).then_some(account.id);
    mail::queue(db, act, owner, &address, &letter)?;
    Ok(())
}
