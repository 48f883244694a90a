//! Organizations whose creation stopped half-way, and invitations that ended.
//!
//! Rule: the region is asked first. What is there is confirmed in the directory; what is not lets go of its name.

use super::{invitations, workspace};
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::AccountId;
use crate::regions::directory::NameKind;
use crate::regions::{Regions, directory};

/// How many a run settles in one go.
const AT_ONCE: i64 = 200;

/// Settles those of the region it runs in.
pub struct LapseOrganizations {
    pub regions: Regions,
}

impl Job for LapseOrganizations {
    const NAME: &'static str = "lapse_organizations";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let (region, now) = (job.region, job.act.now);
        job.store.write_now(|db| invitations::sweep(db, now))?;
        let lapsed = self
            .regions
            .directory
            .read_now(|db| directory::lapsed(db, NameKind::Organization, region, now, AT_ONCE))?;
        for owner in lapsed {
            let id = AccountId::personal_workspace(owner);
            let is_there = job.store.read_now(|db| workspace::by_id(db, id))?.is_some();
            self.regions.directory.write_now(|db| {
                if is_there {
                    directory::confirm_organization(db, id).map(|_| ())
                } else {
                    directory::release(db, owner)
                }
            })?;
        }
        Ok(())
    }
}
