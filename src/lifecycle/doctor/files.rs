//! Photos and their accounts: neither without the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use diesel::prelude::*;

use super::{DoctorError, Notes, Patient, UNDER_WAY};
use crate::accounts::photo;
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
    for id in photos.keys().filter(|id| folders.contains(id.as_str())) {
        for name in left_over(patient, region, store, *id)? {
            let what = format!("the file {name} belongs to no photo that is shown");
            notes.mend(what, || patient.files.remove(region, &name))?;
        }
    }
    for (id, _) in photos.iter().filter(|(_, photo)| photo.is_some()) {
        if !folders.contains(id.as_str()) && !is_photo_new(store, *id, photos.get(id).and_then(Option::as_ref))? {
            notes.by_hand(format!("the photo of account {id} is not in the file storage"));
        }
    }
    Ok(())
}

/// Files of photos that were replaced or never taken into use, because a process died before it could remove them. What
/// was written a moment ago may be about to be taken into use.
fn left_over(patient: &Patient<'_>, region: Region, store: &Store, id: AccountId) -> Result<Vec<String>, DoctorError> {
    let folder = photo::folder(id);
    let files = patient.files.list_older(region, &folder, patient.act.now.minus(UNDER_WAY))?;
    // Asked after the files, for the same reason as above.
    let shown: Option<Option<String>> =
        store.read_now(|db| accounts::table.find(id).select(accounts::photo).first(db).optional())?;
    let prefix = shown.flatten().map(|version| format!("{version}-"));
    let is_whole = |name: &str| Path::new(name).extension() != Some(OsStr::new("part"));
    let is_shown = |name: &str| prefix.as_ref().is_some_and(|prefix| name.starts_with(prefix)) && is_whole(name);
    Ok(files.into_iter().filter(|name| !is_shown(name)).map(|name| format!("{folder}/{name}")).collect())
}

/// Uploaded after the folders were listed.
fn is_photo_new(store: &Store, id: AccountId, seen: Option<&String>) -> QueryResult<bool> {
    let photo: Option<Option<String>> =
        store.read_now(|db| accounts::table.find(id).select(accounts::photo).first(db).optional())?;
    Ok(photo.flatten().as_ref() != seen)
}
