//! Deleting many accounts at once, as after a wave of spam: one job that closes them one by one.
//!
//! Rule: an account that is closing already, or gone, is passed over, so the job may be begun again at any point.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::LifecycleError;
use super::closing::{self, By, When};
use crate::crypto::act::Act;
use crate::crypto::keyring::Context;
use crate::db::{Db, DbError};
use crate::jobs::{self, Failure, Job, JobContext, Options};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::regions::Regions;

/// More than a page of the list holds.
pub const MOST: usize = 100;

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
            // Never oneself, whatever was asked for.
            if *account != administrator {
                let by = By::Administrator { id: Some(administrator), reason: reason.clone() };
                let closed = closing::close(&self.regions, *region, &job.act(), *account, &by, when);
                // Gone, closing already, or the last administrator: passed over.
                if let Err(LifecycleError::Database(error)) = closed {
                    return Err(error.into());
                }
            }
            job.progress(done, total)?;
        }
        Ok(())
    }
}

fn place(administrator: &AccountId) -> Context<'_> {
    let owner = administrator.as_str();
    Context { table: "jobs", row: owner, owner, name: "reason", version: 1 }
}
