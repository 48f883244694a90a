//! Deleting many accounts at once, as after a wave of spam: one job that closes them one by one.
//!
//! Rule: an account that is closing already, or gone, is passed over, so the job may be begun again at any point.
//! Administrators are never deleted this way, nor is oneself. What was passed over is told afterwards, from how the
//! accounts stand then.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::closing::{self, By, When};
use super::{LifecycleError, erasing};
use crate::crypto::act::Act;
use crate::crypto::keyring::{self, Context, MasterKeyId};
use crate::db::{Db, DbError, Store};
use crate::jobs::{self, Failure, Job, JobContext, Options};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::regions::{Regions, administrators};
use crate::sessions::account::{self, Account};
use diesel::QueryResult;

/// More than a page of the list holds, and few enough for the address that names them (see `pages::admin::selection`).
pub const MOST: usize = 200;

pub struct DeleteAccounts {
    pub regions: Regions,
}

/// Ids and counts in plain text; the reason, which somebody typed, sealed.
#[derive(Serialize, Deserialize)]
pub struct Request {
    administrator: AccountId,
    accounts: Vec<(Region, AccountId)>,
    reason: String,
    /// `None` erases at once.
    grace: Option<u64>,
    requested_at: Timestamp,
}

/// Queues it in the administrator's own region.
pub fn request(
    db: &mut Db,
    act: &Act,
    administrator: AccountId,
    accounts: &[(Region, AccountId)],
    reason: &str,
    when: When,
) -> Result<Option<JobId>, DbError> {
    let sealed = act.keyring.seal(&act.chance, place(&administrator), reason.as_bytes());
    let request = Request {
        administrator,
        accounts: accounts.to_vec(),
        reason: BASE64.encode(&sealed),
        grace: match when {
            When::Immediately => None,
            When::After(grace) => Some(grace),
        },
        requested_at: act.now,
    };
    let options = Options { account: Some(administrator), ..Options::default() };
    jobs::enqueue::<DeleteAccounts>(db, act, &request, options)
}

/// Which master keys the reasons of such jobs need, of each that is not done. They are over soon, so nothing wraps them
/// anew.
pub fn sealed_under(db: &mut Db) -> QueryResult<Vec<MasterKeyId>> {
    let requests = jobs::open_requests::<DeleteAccounts>(db)?;
    let sealed = requests.iter().filter_map(|request| BASE64.decode(request.reason.as_bytes()).ok());
    Ok(sealed.filter_map(|sealed| keyring::sealed_under(&sealed)).collect())
}

impl Job for DeleteAccounts {
    const NAME: &'static str = "delete_accounts";
    type Request = Request;

    fn run(&self, request: Request, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let administrator = request.administrator;
        let sealed = BASE64.decode(request.reason.as_bytes()).unwrap_or_default();
        let reason = job.act.keyring.open(place(&administrator), &sealed);
        let reason = reason.map_err(|error| Failure::GiveUp(format!("The reason cannot be opened: {error}.")))?;
        let reason = String::from_utf8_lossy(&reason).into_owned();
        let when = request.grace.map_or(When::Immediately, When::After);
        let total = i64::try_from(request.accounts.len()).unwrap_or(i64::MAX);
        for (done, (region, account)) in (1..).zip(&request.accounts) {
            // Whatever was asked for, and whoever became an administrator since.
            let is_one = self.regions.directory.read_now(|db| administrators::is_one(db, *account))?;
            if *account != administrator && !is_one {
                let by = By::Administrator { id: Some(administrator), reason: reason.clone() };
                let closed = closing::close(&self.regions, *region, &job.act(), *account, &by, when);
                // Gone, or closing already: passed over.
                if let Err(LifecycleError::Database(error)) = closed {
                    return Err(error.into());
                }
            }
            job.progress(done, total)?;
        }
        Ok(())
    }
}

/// An account that the job did not close.
pub struct PassedOver {
    pub region: Region,
    /// `None` when it was gone before.
    pub account: Option<Account>,
    pub is_administrator: bool,
}

/// Whom a finished job passed over, on this thread. Who was brought back since is among them.
pub fn passed_over(regions: &Regions, store: &Store, job: JobId) -> Result<Vec<PassedOver>, DbError> {
    let Some(request) = store.read_now(|db| jobs::request_of::<DeleteAccounts>(db, job))? else {
        return Ok(Vec::new());
    };
    let mut passed = Vec::new();
    for (region, id) in request.accounts.iter().copied() {
        let Some(store) = regions.store(region) else { continue };
        let closed_at = store.read_now(|db| closed_at(db, &request, id))?;
        if closed_at.is_some_and(|at| at >= request.requested_at) {
            continue;
        }
        let account = store.read_now(|db| account::by_id(db, id))?;
        let is_administrator = regions.directory.read_now(|db| administrators::is_one(db, id))?;
        passed.push(PassedOver { region, account, is_administrator });
    }
    Ok(passed)
}

/// When this administrator closed it, or when it was closed if it is erased by now.
fn closed_at(db: &mut Db, request: &Request, id: AccountId) -> Result<Option<Timestamp>, DbError> {
    let by = request.administrator.as_str();
    match closing::of_account(db, id)? {
        Some(closure) => Ok((closure.requested_by == by).then_some(closure.requested_at)),
        None => erasing::closed_at(db, id),
    }
}

fn place(administrator: &AccountId) -> Context<'_> {
    let owner = administrator.as_str();
    Context { table: "jobs", row: owner, owner, name: "reason", version: 1 }
}
