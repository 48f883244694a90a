//! Whatever is sealed at rest opens with the master keys that are present.

use super::{DoctorError, Notes, Patient};
use crate::db::Store;
use crate::entry::invitation;
use crate::kernel::region::Region;
use crate::projects::{api_keys, hmac_keys};
use crate::secrets::versions;
use crate::sessions::shown_once;
use crate::{mail, mfa};

pub(super) fn check(patient: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    let keyring = &patient.act.keyring;
    for (id, why) in store.read_now(|db| mfa::totp::unreadable(db, keyring))? {
        notes.by_hand(format!("the authenticator key of account {id} does not open: {why}"));
    }
    for (id, why) in store.read_now(|db| mail::unreadable(db, keyring))? {
        notes.by_hand(format!("mail {id} does not open: {why}"));
    }
    for (id, why) in store.read_now(|db| shown_once::unreadable(db, keyring))? {
        notes.by_hand(format!("what session {id} is to be shown once does not open: {why}"));
    }
    for (id, why) in store.read_now(|db| hmac_keys::unreadable(db, keyring))? {
        notes.by_hand(format!("the HMAC key {id} does not open: {why}"));
    }
    for (id, why) in store.read_now(|db| api_keys::unreadable(db, keyring))? {
        notes.by_hand(format!("the development key {id} does not open: {why}"));
    }
    for (id, version, why) in store.read_now(|db| versions::unreadable(db, keyring))? {
        notes.by_hand(format!("version {version} of the secret {id} does not open: {why}"));
    }
    Ok(())
}

/// The same of the directory, which belongs to no region.
pub(super) fn check_directory(patient: &Patient<'_>, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    let keyring = &patient.act.keyring;
    for (id, why) in patient.regions.directory.read_now(|db| invitation::unreadable(db, keyring))? {
        notes.by_hand(format!("the address of invitation {id} does not open: {why}"));
    }
    Ok(())
}
