//! Samples and their bytes: neither without the other.

use super::{DoctorError, Notes, Patient};
use crate::db::Store;
use crate::files::hold;
use crate::ingestion::samples::{self, RemovalError};
use crate::kernel::region::Region;

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    // What a backup holds is to stay for a while.
    let is_held = store.read_now(|db| hold::unheld(db, patient.act.now))?.is_err();
    let strays = if is_held { Vec::new() } else { samples::strays(store, patient.files, region, patient.act.now)? };
    for stray in strays {
        notes.mend(stray.to_string(), || stray.remove(store, patient.files, region, patient.act.now).map(|_| ()))?;
    }
    for id in samples::without_bytes(store, patient.files, region)? {
        notes.by_hand(format!("the bytes of sample {id} are not in the file storage"));
    }
    Ok(())
}

impl From<RemovalError> for DoctorError {
    fn from(error: RemovalError) -> Self {
        match error {
            RemovalError::Database(error) => Self::Database(error),
            RemovalError::Storage(error) => Self::Files(error),
        }
    }
}
