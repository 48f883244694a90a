//! The job of this room: removes what ended by time, so that tables do not grow with it.

use super::{approval, device, one_time, session, shown_once, throttle};
use crate::db::Store;
use crate::jobs::{Failure, Job, JobContext};
use crate::regions::device_requests;

/// Comes round once an hour. Safe to run twice.
pub struct SweepSessions {
    pub directory: Store,
}

impl Job for SweepSessions {
    const NAME: &'static str = "sweep_sessions";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let now = job.act.now;
        job.in_parts(|db| session::sweep(db, now))?;
        job.in_parts(|db| device::sweep(db, now))?;
        job.store.write_now(|db| one_time::sweep(db, now))?;
        job.store.write_now(|db| shown_once::sweep(db, now))?;
        job.store.write_now(|db| approval::sweep(db, now))?;
        self.directory.write_now(|db| throttle::sweep(db, now))?;
        self.directory.write_now(|db| device_requests::sweep(db, now))?;
        Ok(())
    }
}
