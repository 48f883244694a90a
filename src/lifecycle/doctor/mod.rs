//! `keystead doctor`: holds what is stored against what must always be true, and mends what can be mended safely.
//!
//! Rule: a check says what is wrong in words that name the row, never a secret or an address. It repairs only when it was
//! told to, only under the same locks as the code it cleans up after, and only where no choice is left to a person. It
//! may run beside servers: what is still under way is not wrong.

mod accounts;
mod administrators;
mod directory;
pub mod examination;
pub(super) mod files;
pub mod house;
pub mod keeping;
mod organizations;
pub mod report;
mod reservations;
mod samples;
mod sealed;
mod usage;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::activity;
use crate::billing::{self, Plans};
use crate::crypto::act::Act;
use crate::db::{Db, DbError, Store};
use crate::files::Files;
use crate::jobs;
use crate::kernel::region::Region;
use crate::kernel::time::minutes;
use crate::lifecycle::LifecycleError;
use crate::regions::Regions;

pub use report::{Check, Level, Report};

/// What a sign-up or an erasure may take from its first step to its last.
const UNDER_WAY: Duration = minutes(10);
/// Rows looked at in one go.
const PAGE: i64 = 500;

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// One of [`CHECKS`], or of those of the house.
    pub check: Check,
    pub region: Option<Region>,
    pub what: String,
    pub repair: Repair,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Nothing is wrong; it would be better otherwise.
    Advice,
    /// A person has to decide.
    ByHand,
    /// With `--fix`.
    Possible,
    Done,
}

#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
    #[error("the file storage failed: {0}")]
    Files(#[from] std::io::Error),
    #[error("an erasure could not be finished: {0}")]
    Erasure(#[from] crate::lifecycle::consequences::CountError),
    #[error("{0}")]
    Lifecycle(#[from] LifecycleError),
}

/// What is looked at, and with which powers.
pub struct Patient<'a> {
    pub regions: &'a Regions,
    pub files: &'a Files,
    pub plans: &'a Plans,
    pub act: &'a Act,
    pub should_fix: bool,
}

/// Collects the findings of one check in one region.
pub struct Notes<'a> {
    check: Check,
    region: Option<Region>,
    should_fix: bool,
    findings: &'a mut Vec<Finding>,
}

impl Notes<'_> {
    fn by_hand(&mut self, what: String) {
        self.note(what, Repair::ByHand);
    }

    /// Notes it and, when told to fix, mends it with `repair`.
    fn mend<E>(&mut self, what: String, repair: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        if self.should_fix {
            repair()?;
        }
        self.note(what, if self.should_fix { Repair::Done } else { Repair::Possible });
        Ok(())
    }

    fn note(&mut self, what: String, repair: Repair) {
        self.findings.push(Finding { check: self.check, region: self.region, what, repair });
    }
}

type Look = fn(&Patient<'_>, Region, &Store, &mut Notes<'_>) -> Result<(), DoctorError>;

/// The one check that says nothing about what is stored.
pub const JOBS: Check = Check { id: "jobs", says: "no job has failed for good" };
const PHOTOS: Check = Check { id: "photos", says: "every photo belongs to an account or an organization" };
const SEALED: Check = Check { id: "sealed", says: "what is sealed opens with the master key" };

/// Everything that is checked in each region.
pub const CHECKS: &[(Check, Look)] = &[
    (Check { id: "in_directory", says: "every account has its name and address in the directory" }, directory::check),
    (Check { id: "directory", says: "every name and address in the directory has its account" }, reservations::check),
    (Check { id: "administrators", says: "region and directory agree on administrators" }, administrators::check),
    (Check { id: "accounts", says: "accounts are whole" }, accounts::check),
    (Check { id: "organizations", says: "every organization has its name and an Owner" }, organizations::check),
    (Check { id: "usage_sums", says: "sums of minutes equal their events" }, usage::check),
    (Check { id: "record", says: "the record of what happened is whole" }, chains),
    (SEALED, sealed::check),
    (PHOTOS, files::check),
    (Check { id: "samples", says: "every sample has its bytes, and all bytes a sample" }, samples::check),
    (Check { id: "plans", says: "every plan is in the plans file" }, plans),
    (JOBS, dead_jobs),
];

/// Runs every check in every region served here.
pub fn examine(patient: &Patient<'_>) -> Result<Vec<Finding>, DoctorError> {
    examine_and_tell(patient, |_| Ok(()))
}

/// The same; `tell` hears how many checks are done, and may end it.
pub fn examine_and_tell<E: From<DoctorError>>(
    patient: &Patient<'_>,
    mut tell: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Finding>, E> {
    let mut findings = Vec::new();
    for (done, (check, look)) in CHECKS.iter().enumerate() {
        tell(done)?;
        for (region, store) in patient.regions.served() {
            let mut notes =
                Notes { check: *check, region: Some(region), should_fix: patient.should_fix, findings: &mut findings };
            look(patient, region, store, &mut notes)?;
        }
    }
    let should_fix = patient.should_fix;
    let mut notes = Notes { check: SEALED, region: None, should_fix, findings: &mut findings };
    sealed::check_directory(patient, &mut notes)?;
    Ok(findings)
}

fn chains(patient: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    let (_, broken) = store.read_now(|db| activity::verify_all(db, &patient.act.keyring))?;
    for one in broken {
        notes.by_hand(one.to_string());
    }
    Ok(())
}

fn plans(patient: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    for (plan, count) in store.read_now(|db| billing::unknown_plans(db, patient.plans))? {
        notes.by_hand(format!("{count} workspaces have the plan {plan:?}, which the plans file does not know"));
    }
    Ok(())
}

fn dead_jobs(_: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    for job in store.read_now(|db: &mut Db| jobs::dead(db, None, PAGE))? {
        notes.by_hand(format!("job {} ({}) failed: {}; see /admin/jobs", job.id, job.name, job.error));
    }
    Ok(())
}
