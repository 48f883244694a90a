//! Bytes that no sample names any more are removed: at once where that is known, by a sweep where a process died first.
//!
//! Rule: a file goes only under the project's lock and only when no row names it. A folder goes when its project's row is
//! gone, because from then on nothing can be put there. Nothing goes while a backup holds the files of the region.

use std::collections::BTreeSet;
use std::time::Duration;
use std::{fmt, io};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{FOLDER, folder, lock, path};
use crate::crypto::act::Act;
use crate::db::schema::{projects, samples};
use crate::db::{Db, DbError, Store, dialect, in_parts};
use crate::files::{Files, INCOMING, hold};
use crate::ingestion::pace;
use crate::jobs::{self, Failure, Job, JobContext, Options};
use crate::kernel::id::{ProjectId, SampleId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, hours};
use diesel::QueryResult;

/// Looked at in one go.
const BATCH: usize = 500;
/// Between its bytes and its row a file has this long, and far less is needed.
const YOUNG: Duration = hours(1);

#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
    #[error("the file storage failed: {0}")]
    Storage(#[from] io::Error),
}

impl From<RemovalError> for Failure {
    fn from(error: RemovalError) -> Self {
        match error {
            RemovalError::Database(error) => error.into(),
            RemovalError::Storage(_) => Self::Retry("The file storage failed.".to_owned()),
        }
    }
}

/// What came of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Done,
    /// A backup holds the files, until then unless it takes longer.
    Held(Timestamp),
}

/// Removes those of these files that no row names.
pub fn let_go(
    store: &Store,
    files: &Files,
    region: Region,
    project: ProjectId,
    hashes: &[String],
    now: Timestamp,
) -> Result<Removal, RemovalError> {
    store.write_now(|db| {
        dialect::lock_key(db, &lock(project))?;
        let unheld = match hold::unheld(db, now)? {
            Ok(unheld) => unheld,
            Err(until) => return Ok(Removal::Held(until)),
        };
        let named = named(db, project, hashes)?;
        let unnamed = hashes.iter().filter(|hash| !named.contains(*hash));
        for hash in unnamed {
            files.remove(region, &path(project, hash), &unheld)?;
        }
        Ok(Removal::Done)
    })
}

/// Which of these a row names.
fn named(db: &mut Db, project: ProjectId, hashes: &[String]) -> QueryResult<BTreeSet<String>> {
    let named: Vec<String> = in_parts(hashes, |part| {
        let of_project = samples::table.filter(samples::project_id.eq(project));
        of_project.filter(samples::content_hash.eq_any(part)).select(samples::content_hash).load(db)
    })?;
    Ok(named.into_iter().collect())
}

/// What is to be removed once the transaction that let go of it is committed.
#[derive(Serialize, Deserialize)]
pub struct LeftOver {
    project: ProjectId,
    /// Empty: all there is, as the project itself is gone.
    hashes: Vec<String>,
}

/// In the transaction that erases this project's row.
pub fn let_go_of_project(db: &mut Db, act: &Act, project: ProjectId) -> QueryResult<()> {
    let left = LeftOver { project, hashes: Vec::new() };
    jobs::enqueue::<RemoveSampleFiles>(db, act, &left, Options::default())?;
    Ok(())
}

/// In the transaction that deletes a sample with this content.
pub(super) fn let_go_of_one(db: &mut Db, act: &Act, project: ProjectId, hash: &str) -> QueryResult<()> {
    let left = LeftOver { project, hashes: vec![hash.to_owned()] };
    jobs::enqueue::<RemoveSampleFiles>(db, act, &left, Options::default())?;
    Ok(())
}

pub struct RemoveSampleFiles {
    pub files: Files,
}

impl Job for RemoveSampleFiles {
    const NAME: &'static str = "remove_sample_files";
    type Request = LeftOver;

    fn run(&self, left: LeftOver, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        let removal = if left.hashes.is_empty() {
            remove_folder_of_nobody(job.store, &self.files, job.region, left.project, act.now)?
        } else {
            let_go(job.store, &self.files, job.region, left.project, &left.hashes, act.now)?
        };
        // A backup may take longer than a job may be tried, so it is put off instead.
        if let Removal::Held(until) = removal {
            let later = Options { run_at: Some(until), ..Options::default() };
            job.store.write_now(|db| jobs::enqueue::<Self>(db, &act, &left, later.clone()))?;
        }
        Ok(())
    }
}

fn remove_folder_of_nobody(
    store: &Store,
    files: &Files,
    region: Region,
    project: ProjectId,
    now: Timestamp,
) -> Result<Removal, RemovalError> {
    let unheld = match store.read_now(|db| hold::unheld(db, now))? {
        Ok(unheld) => unheld,
        Err(until) => return Ok(Removal::Held(until)),
    };
    if !is_there(store, project)? {
        files.remove_folder(region, &folder(project), &unheld)?;
    }
    Ok(Removal::Done)
}

fn is_there(store: &Store, project: ProjectId) -> QueryResult<bool> {
    Ok(store.read_now(|db| projects::table.find(project).count().get_result::<i64>(db))? > 0)
}

/// What a process left behind that died between bytes and rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stray {
    /// On its way in for longer than anybody may take.
    CutOff(String),
    FolderOfNobody(ProjectId),
    Unnamed(ProjectId, String),
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff(name) => write!(f, "the file {INCOMING}/{name} was cut off on its way in"),
            Self::FolderOfNobody(project) => write!(f, "the folder {} belongs to no project", folder(*project)),
            Self::Unnamed(project, hash) => write!(f, "the file {} belongs to no sample", path(*project, hash)),
        }
    }
}

impl Stray {
    /// Looks once more before it removes anything.
    pub fn remove(
        &self,
        store: &Store,
        files: &Files,
        region: Region,
        now: Timestamp,
    ) -> Result<Removal, RemovalError> {
        match self {
            Self::CutOff(name) => match store.read_now(|db| hold::unheld(db, now))? {
                Ok(unheld) => {
                    files.remove(region, &format!("{INCOMING}/{name}"), &unheld)?;
                    Ok(Removal::Done)
                }
                Err(until) => Ok(Removal::Held(until)),
            },
            Self::FolderOfNobody(project) => remove_folder_of_nobody(store, files, region, *project, now),
            Self::Unnamed(project, hash) => let_go(store, files, region, *project, std::slice::from_ref(hash), now),
        }
    }
}

/// All of a region. What is young may be about to get its row.
pub fn strays(store: &Store, files: &Files, region: Region, now: Timestamp) -> Result<Vec<Stray>, RemovalError> {
    let cut_off = files.list_older(region, INCOMING, now.minus(pace::LONGEST))?;
    let mut strays: Vec<Stray> = cut_off.into_iter().map(Stray::CutOff).collect();
    for name in files.list(region, FOLDER)? {
        let Ok(project) = name.parse::<ProjectId>() else { continue };
        if !is_there(store, project)? {
            strays.push(Stray::FolderOfNobody(project));
            continue;
        }
        for some in files.list_older(region, &folder(project), now.minus(YOUNG))?.chunks(BATCH) {
            let named = store.read_now(|db| named(db, project, some))?;
            let unnamed = some.iter().filter(|hash| !named.contains(*hash));
            strays.extend(unnamed.map(|hash| Stray::Unnamed(project, hash.clone())));
        }
    }
    Ok(strays)
}

/// Samples whose bytes are not there: a look at every one of them.
pub fn without_bytes(store: &Store, files: &Files, region: Region) -> Result<Vec<SampleId>, RemovalError> {
    let mut found = Vec::new();
    let mut last = None::<SampleId>;
    loop {
        let page: Vec<(SampleId, ProjectId, String)> = store.read_now(|db| {
            let mut page = samples::table.into_boxed();
            if let Some(last) = last {
                page = page.filter(samples::id.gt(last));
            }
            let columns = (samples::id, samples::project_id, samples::content_hash);
            page.order(samples::id).limit(500).select(columns).load(db)
        })?;
        let Some((end, ..)) = page.last() else { return Ok(found) };
        last = Some(*end);
        for (id, project, hash) in page {
            // Asked again: it may have been deleted since.
            if !files.exists(region, &path(project, &hash))?
                && store.read_now(|db| samples::table.find(id).count().get_result::<i64>(db))? > 0
            {
                found.push(id);
            }
        }
    }
}

/// Removes strays, once a day.
pub struct SweepSampleFiles {
    pub files: Files,
}

impl Job for SweepSampleFiles {
    const NAME: &'static str = "sweep_sample_files";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        for stray in strays(job.store, &self.files, job.region, job.act().now)? {
            // What a backup holds is found again tomorrow.
            stray.remove(job.store, &self.files, job.region, job.act().now)?;
        }
        Ok(())
    }
}
