//! Rightly signed files whose samples were deleted: for as long as one is young enough to be taken, it is known to have
//! been here.
//!
//! Rule: a row is written in the transaction that deletes the sample, so that there is no moment in which neither knows
//! the file. It stays for the longest window there is, because a project may change its own at any time.

use diesel::prelude::*;

use super::Sample;
use crate::db::Db;
use crate::db::schema::spent_signatures;
use crate::ingestion::verdict::Standing;
use crate::insert_if_new;
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::ProjectId;
use crate::kernel::time::Timestamp;
use crate::projects::project::LONGEST_REPLAY;
use diesel::QueryResult;

/// In the transaction that deletes this sample. What no key proved, or what is too old for every window, needs no row.
pub(super) fn note(db: &mut Db, sample: &Sample, now: Timestamp) -> QueryResult<()> {
    let Some(signed_at) = sample.signed_at.filter(|_| sample.verdict == Standing::Valid) else { return Ok(()) };
    if now.since(signed_at) <= LONGEST_REPLAY {
        let row = (
            spent_signatures::project_id.eq(sample.project_id),
            spent_signatures::content_hash.eq(&sample.content_hash),
            spent_signatures::signed_at.eq(signed_at),
        );
        insert_if_new!(db, spent_signatures::table, row)?;
    }
    Ok(())
}

/// Asked after the samples themselves: what is deleted between the two questions is found by the second.
pub(super) fn is_known(db: &mut Db, project: ProjectId, hash: &str) -> QueryResult<bool> {
    Ok(spent_signatures::table.find((project, hash)).count().get_result::<i64>(db)? > 0)
}

/// Removes what is too old for every window. Comes round once an hour.
pub struct SweepSpentSignatures;

impl Job for SweepSpentSignatures {
    const NAME: &'static str = "sweep_spent_signatures";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let too_old = spent_signatures::signed_at.lt(job.act.now.minus(LONGEST_REPLAY));
        job.store.write_now(|db| diesel::delete(spent_signatures::table.filter(too_old)).execute(db))?;
        Ok(())
    }
}
