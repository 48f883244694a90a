//! Photos and their accounts: neither without the other.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{DoctorError, Notes, Patient};
use crate::db::Store;
use crate::db::schema::accounts;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    let folders: BTreeSet<String> = patient.files.list(region, "photos")?.into_iter().collect();
    // Asked after the folders, so that a photo whose account was made meanwhile is not taken for a stranger's.
    let photos: BTreeMap<AccountId, Option<String>> =
        store.read_now(|db| accounts::table.select((accounts::id, accounts::photo)).load(db))?.into_iter().collect();
    for folder in &folders {
        if !folder.parse().is_ok_and(|id: AccountId| photos.contains_key(&id)) {
            let what = format!("the photo folder {folder} belongs to nobody");
            notes.mend(what, || patient.files.remove_folder(region, &format!("photos/{folder}")))?;
        }
    }
    for (id, _) in photos.iter().filter(|(_, photo)| photo.is_some()) {
        if !folders.contains(id.as_str()) && !is_photo_new(store, *id, photos.get(id).and_then(Option::as_ref))? {
            notes.by_hand(format!("the photo of account {id} is not in the file storage"));
        }
    }
    Ok(())
}

/// Uploaded after the folders were listed.
fn is_photo_new(store: &Store, id: AccountId, seen: Option<&String>) -> QueryResult<bool> {
    let photo: Option<Option<String>> =
        store.read_now(|db| accounts::table.find(id).select(accounts::photo).first(db).optional())?;
    Ok(photo.flatten().as_ref() != seen)
}
