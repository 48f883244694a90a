//! Bringing a backup back: refused unless it fits, unpacked and checked, put in its place, looked over by the doctor,
//! and rid of whoever was erased since.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use super::entry::{About, DIRECTORY, Engine};
use super::place::Place;
use super::reading::{Backup, ReadError};
use super::{Progress, record};
use crate::db::DbError;
use crate::db::migrate::{self, MigrateError};
use crate::db::snapshot::SnapshotError;
use crate::files::hold;
use crate::kernel::id::BackupId;
use crate::kernel::time::Timestamp;
use crate::lifecycle::doctor::{self, DoctorError, Finding, Level, Patient};
use crate::lifecycle::erasing_again::{Again, AgainError, erase_again};
use crate::lifecycle::erasures::Erasure;

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("The backup cannot be used: {0}.")]
    Read(#[from] ReadError),
    #[error(
        "An earlier try was to bring a backup to other databases ({0}), so that those named now are not cleared. Name the \
         same again, or take an empty KEYSTEAD_DATA."
    )]
    OthersWereBegun(String),
    #[error("A backup is only brought back to an empty place, and {0}.")]
    Taken(String),
    #[error(
        "The backup needs the master key {0}, which is not here. Put a copy of the key it was made with where \
         KEYSTEAD_MASTER_KEY_FILE says."
    )]
    NoKey(String),
    #[error("The backup holds the regions {there}, and this installation serves {here}. Set KEYSTEAD_REGIONS alike.")]
    OtherRegions { there: String, here: String },
    #[error(
        "The {name} database of the backup is of {there}, and here it is of {here}. Set its address alike, and move it later."
    )]
    OtherEngine { name: String, there: Engine, here: Engine },
    #[error(
        "The backup was made by a newer Keystead ({program}): this one does not know the migration {version} of the \
         {name} database. Restore it with that program."
    )]
    Newer { program: String, name: String, version: String },
    #[error("{0}")]
    Schema(#[from] MigrateError),
    #[error("The {0} database ({1}) cannot be brought back: {2}.")]
    Database(String, String, #[source] SnapshotError),
    #[error("{path} cannot be written: {1}. Run `keystead restore` again when that is mended; it starts over.", path = .0.display())]
    File(PathBuf, #[source] io::Error),
}

impl Backup<'_> {
    /// What it says of itself, refused unless it can be brought back here. `keys` are the names of the master keys that
    /// are present.
    pub fn fitting(&self, place: &Place, keys: &BTreeSet<String>) -> Result<About, RestoreError> {
        let about = self.about()?;
        for database in &about.databases {
            if let Some(version) = migrate::unknown(database.kind(), &database.schema)?.into_iter().next() {
                let (program, name) = (about.program.clone(), database.name.clone());
                return Err(RestoreError::Newer { program, name, version });
            }
        }
        let regions = |names: Vec<&str>| {
            let names: BTreeSet<&str> = names.into_iter().filter(|name| *name != DIRECTORY).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        let there = regions(about.databases.iter().map(|database| database.name.as_str()).collect());
        let here = regions(place.databases.iter().map(|(name, _)| name.as_str()).collect());
        if there != here {
            return Err(RestoreError::OtherRegions { there, here });
        }
        for database in &about.databases {
            let here = place.url(&database.name).map(Engine::of);
            if let Some(here) = here.filter(|here| *here != database.engine) {
                return Err(RestoreError::OtherEngine { name: database.name.clone(), there: database.engine, here });
            }
        }
        match about.master_keys.iter().find(|key| !keys.contains(*key)) {
            Some(missing) => Err(RestoreError::NoKey(missing.clone())),
            None => Ok(about),
        }
    }

    /// Unpacks it, checks it to the last byte and puts it in its place, which is marked from then on.
    pub fn bring_back(&self, about: &About, place: &Place, progress: Progress<'_>) -> Result<(), RestoreError> {
        let again = place.is_half_restored().map_err(|error| RestoreError::File(place.data.clone(), error))?;
        if again {
            place.refuse_if_others_were_begun()?;
        } else {
            place.refuse_if_taken()?;
        }
        place.clear_unpacked(about)?;
        if let Err(error) = self.unpack(about, place, progress) {
            place.clear_unpacked(about)?;
            return Err(error.into());
        }
        place.settle()?;
        progress("All of it is whole.");
        if !again && let Err(taken) = place.refuse_if_taken() {
            // By a server that was started meanwhile.
            place.clear_unpacked(about)?;
            return Err(taken);
        }
        place.mark(about)?;
        place.put(about)
    }
}

/// What was found and done in the end.
pub struct Restored {
    pub findings: Vec<Finding>,
    pub again: Again,
}

#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    #[error("The database failed: {0}")]
    Database(#[from] DbError),
    #[error("The examination broke off: {0}")]
    Doctor(#[from] DoctorError),
    #[error("Who was erased since could not be erased again: {0}")]
    Again(#[from] AgainError),
}

/// Mends what a copy made while servers ran can lack, erases again whom `log` names, and looks once more. Notes that
/// the backup could be brought back when nothing is left that is the backup's fault.
pub fn settle(patient: &Patient<'_>, about: &About, log: &[Erasure]) -> Result<Restored, SettleError> {
    for (_, store) in patient.regions.served() {
        store.write_now(hold::end_all)?;
    }
    doctor::examine(patient)?;
    let again = erase_again(patient.regions, patient.files, patient.act, log)?;
    let findings = doctor::examine(patient)?;
    if is_sound(&findings) {
        note(patient, about)?;
    }
    Ok(Restored { findings, again })
}

/// Jobs that had failed before say nothing about the backup.
pub fn is_sound(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.repair.level() < Level::Wrong || finding.check == doctor::JOBS)
}

fn note(patient: &Patient<'_>, about: &About) -> Result<(), DbError> {
    let (Ok(id), Some(made_at)) = (about.id.parse::<BackupId>(), Timestamp::parse_rfc3339(&about.made_at)) else {
        return Ok(());
    };
    patient.regions.directory.write_now(|db| record::rehearsed(db, id, made_at, patient.act.now))
}
