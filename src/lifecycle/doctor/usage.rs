//! The sums that pages show are those of the events behind them.

use super::{DoctorError, Notes, Patient};
use crate::db::Store;
use crate::kernel::region::Region;
use crate::usage::recount;

pub(super) fn check(patient: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    let weight = |plan: &str| patient.plans.gpu_weight(plan);
    let mut after = String::new();
    loop {
        let (suspects, last) = store.read_now(|db| recount::suspects(db, &after, weight))?;
        for workspace in suspects {
            // Looked at again while no batch can be counted, because the first look was not one instant.
            let differs = store.write_now(|db| recount::recount(db, workspace, weight, patient.should_fix))?;
            if differs {
                let what = format!("the minutes of workspace {workspace} are not those of its events");
                notes.mend(what, || Ok::<_, DoctorError>(()))?;
            }
        }
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}
