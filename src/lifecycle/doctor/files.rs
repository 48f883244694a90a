//! Photos and whose they are, accounts and organizations: neither without the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use diesel::prelude::*;

use super::{DoctorError, Notes, PHOTOS, Patient, UNDER_WAY};
use crate::db::schema::{accounts, organizations};
use crate::db::{Db, Store};
use crate::files::hold;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::region::Region;
use crate::photos::{self, FOLDER};

/// Removes what no owner shows, as [`check`] finds it.
pub(in crate::lifecycle) fn sweep(patient: &Patient<'_>, region: Region, store: &Store) -> Result<(), DoctorError> {
    let mut findings = Vec::new();
    let notes = &mut Notes { check: PHOTOS, region: Some(region), should_fix: true, findings: &mut findings };
    check(patient, region, store, notes)
}

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    // What a backup holds is to stay for a while; what is missing is found as ever.
    let unheld = store.read_now(|db| hold::unheld(db, patient.act.now))?.ok();
    let folders: BTreeSet<String> = patient.files.list(region, FOLDER)?.into_iter().collect();
    // The picture of an organization lies there before the organization does.
    let settled = patient.files.list_older(region, FOLDER, patient.act.now.minus(UNDER_WAY))?;
    // Asked after the folders, so that a photo whose owner was made meanwhile is not taken for a stranger's.
    let owners = store.read_now(owners)?;
    for folder in settled {
        let Some(unheld) = &unheld else { break };
        if !folder.parse().is_ok_and(|id: WorkspaceId| owners.contains_key(&id)) {
            let what = format!("the photo folder {folder} belongs to nobody");
            notes.mend(what, || patient.files.remove_folder(region, &format!("{FOLDER}/{folder}"), unheld))?;
        }
    }
    for id in owners.keys().filter(|id| folders.contains(id.as_str())) {
        let Some(unheld) = &unheld else { break };
        for name in left_over(patient, region, store, *id)? {
            let what = format!("the file {name} belongs to no photo that is shown");
            notes.mend(what, || patient.files.remove(region, &name, unheld))?;
        }
    }
    for (id, owner) in owners.iter().filter(|(_, owner)| owner.photo.is_some()) {
        if !folders.contains(id.as_str()) && shown(store, *id)? == owner.photo {
            notes.by_hand(format!("the photo of {} {id} is not in the file storage", owner.word));
        }
    }
    Ok(())
}

/// Who may have a photo.
struct Owner {
    word: &'static str,
    photo: Option<String>,
}

fn owners(db: &mut Db) -> QueryResult<BTreeMap<WorkspaceId, Owner>> {
    let people: Vec<(AccountId, Option<String>)> = accounts::table.select((accounts::id, accounts::photo)).load(db)?;
    let teams: Vec<(WorkspaceId, Option<String>)> =
        organizations::table.select((organizations::workspace_id, organizations::photo)).load(db)?;
    let people = people.into_iter().map(|(id, photo)| (id.personal_workspace(), Owner { word: "account", photo }));
    let teams = teams.into_iter().map(|(id, photo)| (id, Owner { word: "organization", photo }));
    Ok(people.chain(teams).collect())
}

/// What this owner shows now, which may have been uploaded after the folders were listed.
fn shown(store: &Store, id: WorkspaceId) -> QueryResult<Option<String>> {
    store.read_now(|db| {
        let person: Option<Option<String>> =
            accounts::table.find(id.as_person()).select(accounts::photo).first(db).optional()?;
        let team: Option<Option<String>> =
            organizations::table.find(id).select(organizations::photo).first(db).optional()?;
        Ok(person.or(team).flatten())
    })
}

/// Files of photos that were replaced or never taken into use, because a process died before it could remove them. What
/// was written a moment ago may be about to be taken into use.
fn left_over(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    id: WorkspaceId,
) -> Result<Vec<String>, DoctorError> {
    let folder = photos::folder(id);
    let files = patient.files.list_older(region, &folder, patient.act.now.minus(UNDER_WAY))?;
    // Asked after the files, for the same reason as above.
    let prefix = shown(store, id)?.map(|version| format!("{version}-"));
    let is_whole = |name: &str| Path::new(name).extension() != Some(OsStr::new("part"));
    let is_shown = |name: &str| prefix.as_ref().is_some_and(|prefix| name.starts_with(prefix)) && is_whole(name);
    Ok(files.into_iter().filter(|name| !is_shown(name)).map(|name| format!("{folder}/{name}")).collect())
}
