//! The counts that replicas share.

use diesel::QueryResult;
use diesel::prelude::*;

use super::Subject;
use crate::db::Db;
use crate::db::schema::rates;
use crate::insert_if_new;
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::WorkspaceId;
use crate::kernel::time::Timestamp;

/// Adds to a subject's count of the window that ends then, and begins it where the last one is over; all that is counted.
pub fn add(
    db: &mut Db,
    subject: Subject,
    workspace: WorkspaceId,
    more: i64,
    ends_at: Timestamp,
    now: Timestamp,
) -> QueryResult<i64> {
    let own = || rates::table.find(subject.as_str());
    let new = (
        (rates::subject.eq(subject.as_str()), rates::workspace_id.eq(workspace)),
        (rates::count.eq(0_i64), rates::ends_at.eq(ends_at)),
    );
    if insert_if_new!(db, rates::table, new)? == 0 {
        diesel::update(own().filter(rates::ends_at.le(now)))
            .set((rates::count.eq(0_i64), rates::ends_at.eq(ends_at)))
            .execute(db)?;
    }
    diesel::update(own()).set(rates::count.eq(rates::count + more)).returning(rates::count).get_result(db)
}

/// Removes counts whose window is over. Comes round once an hour.
pub struct SweepRates;

impl Job for SweepRates {
    const NAME: &'static str = "sweep_rates";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let now = job.act.now;
        job.store.write_now(|db| diesel::delete(rates::table.filter(rates::ends_at.le(now))).execute(db))?;
        Ok(())
    }
}
