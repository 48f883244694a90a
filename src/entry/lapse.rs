//! Sign-ups that were never confirmed let go of their name and address after a day.
//!
//! Rule: the region is asked first. An account that was confirmed there, by a process that died before the directory
//! heard of it, is confirmed here as well; everything else is released.

use super::invitation;
use crate::accounts::creation::{self, Removed};
use crate::db::DbError;
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::AccountId;
use crate::regions::directory::NameKind;
use crate::regions::{Regions, directory};

/// How many a run settles in one go.
const AT_ONCE: i64 = 200;

/// Settles the lapsed sign-ups of the region it runs in.
pub struct LapseSignUps {
    pub regions: Regions,
}

impl Job for LapseSignUps {
    const NAME: &'static str = "lapse_sign_ups";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let (region, now) = (job.region, job.act.now);
        self.regions.directory.write_now(|db| invitation::sweep(db, now))?;
        loop {
            let lapsed =
                self.regions.directory.read_now(|db| directory::lapsed(db, NameKind::Account, region, now, AT_ONCE))?;
            let mut failed = None;
            let mut settled = 0;
            for account in &lapsed {
                // One that cannot be settled must not hold up those behind it.
                match self.settle(job, *account) {
                    Ok(()) => settled += 1,
                    Err(error) => failed = Some(error),
                }
            }
            let is_last = lapsed.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
            match failed {
                Some(error) if is_last || settled == 0 => return Err(error.into()),
                None if is_last => return Ok(()),
                _ => {}
            }
        }
    }
}

impl LapseSignUps {
    fn settle(&self, job: &JobContext<'_>, account: AccountId) -> Result<(), DbError> {
        let removed = job.store.write_now(|db| creation::remove_unconfirmed(db, account))?;
        let spent = self.regions.directory.write_now(|db| match removed {
            Removed::Gone => directory::release(db, account).map(|()| Vec::new()),
            Removed::Stays => {
                directory::confirm(db, account)?;
                invitation::spend_for(db, job.act.now, account)
            }
        })?;
        if !spent.is_empty() {
            job.store.write_now(|db| invitation::record_spent(db, &job.act, account, &spent))?;
        }
        Ok(())
    }
}
