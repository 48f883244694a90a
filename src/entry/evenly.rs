//! Work done for nobody, so that the time of an answer does not tell whether there was an account.

use crate::crypto::act::Act;
use crate::db::{Db, DbError};
use crate::kernel::time::hours;
use crate::regions::Regions;
use crate::sessions::throttle::{self, Limit};

const UNANSWERED: Limit = Limit { name: "unanswered", most: i64::MAX, within: hours(1) };

/// The one transaction that a known account would have cost.
pub async fn write_nothing(regions: &Regions, act: &Act) -> Result<(), DbError> {
    let act = act.clone();
    let written = move |db: &mut Db| throttle::count(db, &act, UNANSWERED, "nobody").map(|_| ());
    regions.directory.write(written).await
}
