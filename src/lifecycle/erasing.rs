//! Erases an account whose grace period has ended.
//!
//! Rule: the region's database first, in one transaction that leaves a tombstone; then the files, then the directory. A
//! process that dies in between is finished by the next try, because the tombstone says that the rest may go. Safe to
//! run any number of times: what is not due (any more) is left alone, what is gone stays gone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::prelude::*;

use super::consequences::{self, CountError, Outside};
use super::doctor::examination;
use super::erasures::{self, Erased};
use super::{LifecycleError, closing, departures, held, organizations, steps};
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::schema::{closures, tombstones};
use crate::db::{Db, DbError};
use crate::files::{Files, hold};
use crate::insert_if_new;
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days, hours};
use crate::mail::{self, Letter};
use crate::photos;
use crate::regions::{Regions, directory};
use crate::sessions::account::Account;

/// How long nobody else can take the name.
pub const NAME_HELD_DAYS: u64 = 90;

pub struct EraseAccount {
    pub regions: Regions,
    pub files: Files,
    /// The log of erasures.
    pub log: PathBuf,
}

impl Job for EraseAccount {
    const NAME: &'static str = "erase_account";
    type Request = AccountId;

    fn run(&self, account: AccountId, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        let outside = Outside::count(&self.regions, &self.files, job.region, account)?;
        // The person may have cancelled since this was queued.
        if job.store.write_now(|db| erase_here(db, &act, account, outside))? == Standing::Stays {
            return Ok(());
        }
        erase_outside(&self.regions, &self.files, job.region, &act, account)?;
        // Once more, for what a request wrote that was under way while the rows went.
        job.store.write_now(|db| steps::erase_all(db, &act, account))?;
        Ok(erasures::write_out(job.store, job.region, &self.log, act.now)?)
    }
}

impl From<CountError> for Failure {
    fn from(error: CountError) -> Self {
        match error {
            CountError::Database(error) => error.into(),
            CountError::Files(_) => Self::Retry("The file storage failed.".to_owned()),
        }
    }
}

impl From<LifecycleError> for Failure {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Database(error) => error.into(),
            other => Self::GiveUp(other.to_string()),
        }
    }
}

/// How an account stands after [`erase_here`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its rows are gone, now or earlier; the rest may go too.
    Erased,
    /// It is not due: cancelled, closed anew, or never there.
    Stays,
}

#[derive(Insertable)]
#[diesel(table_name = tombstones)]
pub(super) struct Tombstone {
    pub account_id: AccountId,
    pub account_created_at: Timestamp,
    pub closed_at: Timestamp,
    pub erased_at: Timestamp,
    pub counts: String,
}

/// The part in the region's database, in one transaction.
pub fn erase_here(db: &mut Db, act: &Act, id: AccountId, outside: Outside) -> Result<Standing, LifecycleError> {
    let account = match held(db, id) {
        Ok(account) => account,
        Err(LifecycleError::NotThere) if is_erased(db, id)? => return Ok(Standing::Erased),
        Err(LifecycleError::NotThere) => return Ok(Standing::Stays),
        Err(error) => return Err(error),
    };
    let Some(closure) = closing::of_account(db, id)?.filter(|closure| closure.erase_at <= act.now) else {
        return Ok(Standing::Stays);
    };
    // An organization that ends with its last Owner cannot outlive them.
    for organization in departures::ending_with(db, id)? {
        organizations::erase_held(db, act, organization)?;
    }
    let gone = steps::erase_all(db, act, id)?;
    let mut counts: BTreeMap<&str, i64> = gone.iter().map(|(step, count)| (step.name, *count)).collect();
    counts.extend([("files", outside.files), ("directory", outside.directory)]);
    let tombstone = Tombstone {
        account_id: id,
        account_created_at: account.created_at,
        closed_at: closure.requested_at,
        erased_at: act.now,
        counts: serde_json::to_string(&counts).map_err(|error| DbError::SerializationError(Box::new(error)))?,
    };
    insert_if_new!(db, tombstones::table, &tombstone)?;
    erasures::note(db, id.as_str(), Erased::Account, act.now)?;
    let counts = counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    activity::record_instance(db, act, None, Some(id), &Event::AccountErased { counts })?;
    leave_receipt(db, act, &account, &consequences::lines(&gone, outside))?;
    Ok(Standing::Erased)
}

/// The last mail, which no account owns.
fn leave_receipt(db: &mut Db, act: &Act, account: &Account, lines: &[consequences::Line]) -> Result<(), DbError> {
    if account.confirmed_at.is_none() {
        return Ok(());
    }
    let Ok(address) = EmailAddress::parse(&account.email) else { return Ok(()) };
    let counts = lines.iter().map(|line| (line.what().to_owned(), line.count)).collect();
    let letter = Letter::AccountErased { username: account.username.to_string(), counts };
    mail::queue(db, act, None, &address, &letter).map(|_| ())
}

/// Files and directory, after the region has let go of the account.
pub fn erase_outside(
    regions: &Regions,
    files: &Files,
    region: Region,
    act: &Act,
    account: AccountId,
) -> Result<(), CountError> {
    // What a backup holds belongs to nobody any more and is swept later.
    if let Some(store) = regions.store(region)
        && let Ok(unheld) = store.read_now(|db| hold::unheld(db, act.now))?
    {
        photos::remove_all(files, region, account.personal_workspace(), &unheld)?;
    }
    let free_at = act.now.plus(days(NAME_HELD_DAYS));
    regions.directory.write_now(|db| {
        examination::forget(db, account.as_str())?;
        directory::retire(db, &act.keyring, account, free_at)
    })?;
    Ok(())
}

pub fn is_erased(db: &mut Db, account: AccountId) -> Result<bool, DbError> {
    diesel::select(diesel::dsl::exists(tombstones::table.find(account))).get_result(db)
}

/// When an account that is erased was closed.
pub fn closed_at(db: &mut Db, account: AccountId) -> Result<Option<Timestamp>, DbError> {
    tombstones::table.find(account).select(tombstones::closed_at).first(db).optional()
}

/// Accounts that should have been erased an hour ago: their job failed, or was discarded.
pub fn overdue(db: &mut Db, now: Timestamp) -> Result<Vec<AccountId>, DbError> {
    closures::table
        .filter(closures::erase_at.lt(now.minus(hours(1))))
        .order(closures::erase_at)
        .select(closures::account_id)
        .load(db)
}
