//! Whatever is sealed at rest opens with the master keys that are present.

use super::{DoctorError, Notes, Patient};
use crate::db::Store;
use crate::kernel::region::Region;
use crate::lifecycle::sealed::{self, Column};
use crate::secrets::versions;

pub(super) fn check(patient: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    look(patient, store, sealed::OF_REGION, notes)?;
    for (id, version) in store.read_now(versions::missing)? {
        notes.by_hand(format!("version {version} of the secret {id} is not there"));
    }
    Ok(())
}

/// The same of the directory, which belongs to no region.
pub(super) fn check_directory(patient: &Patient<'_>, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    look(patient, &patient.regions.directory, sealed::OF_DIRECTORY, notes)
}

fn look(patient: &Patient<'_>, store: &Store, columns: &[Column], notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    for broken in sealed::unreadable(store, columns, &patient.act.keyring)? {
        notes.by_hand(format!("{} does not open: {}", broken.what, broken.why));
    }
    Ok(())
}
