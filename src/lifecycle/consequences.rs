//! What erasing an account would remove, counted by the code that will do it.

use std::io;

use super::steps::{self, Step};
use crate::db::DbError;
use crate::files::Files;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::regions::{Regions, directory};

/// One kind of thing that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As a tombstone names it.
    pub name: &'static str,
    pub count: i64,
    one: &'static str,
    many: &'static str,
    /// What goes with it; may be empty.
    pub with: &'static str,
}

impl Line {
    fn of_step(step: &'static Step, count: i64) -> Self {
        Self { name: step.name, count, one: step.one, many: step.many, with: step.with }
    }

    /// The words that fit the count.
    pub fn what(&self) -> &'static str {
        if self.count == 1 { self.one } else { self.many }
    }
}

/// What lies outside the region's database: counted before anything goes, because it is removed after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    pub files: i64,
    pub directory: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum CountError {
    #[error("the file storage failed: {0}")]
    Files(#[from] io::Error),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

/// Where an account's files lie.
pub fn folder_of(account: AccountId) -> String {
    format!("photos/{account}")
}

impl Outside {
    pub fn count(regions: &Regions, files: &Files, region: Region, account: AccountId) -> Result<Self, CountError> {
        let files = files.list(region, &folder_of(account))?.len();
        let directory = regions.directory.read_now(|db| directory::entries(db, account))?;
        Ok(Self { files: i64::try_from(files).unwrap_or(i64::MAX), directory })
    }

    fn lines(self) -> [Line; 2] {
        [
            Line {
                name: "files",
                count: self.files,
                one: "photo file",
                many: "photo files",
                with: "Every size of the profile photo",
            },
            Line {
                name: "directory",
                count: self.directory,
                one: "entry in the directory of all regions",
                many: "entries in the directory of all regions",
                with: "Name, digest of the address, rights",
            },
        ]
    }
}

/// What goes, the account first; kinds of which there is nothing are left out.
pub fn lines(gone: &[(&'static Step, i64)], outside: Outside) -> Vec<Line> {
    let inside = gone.iter().rev().map(|(step, count)| Line::of_step(step, *count));
    let mut lines: Vec<Line> = inside.chain(outside.lines()).collect();
    lines.retain(|line| line.count > 0);
    lines
}

/// Counts what one account would take along, on this thread. Nothing, when it is not in this region.
pub fn of_account(
    regions: &Regions,
    files: &Files,
    region: Region,
    account: AccountId,
) -> Result<Vec<Line>, CountError> {
    let Some(store) = regions.store(region) else { return Ok(Vec::new()) };
    let inside = store.read_now(|db| steps::count_all(db, account))?;
    Ok(lines(&inside, Outside::count(regions, files, region, account)?))
}

/// The same for several accounts together.
pub fn sum(all: impl IntoIterator<Item = Vec<Line>>) -> Vec<Line> {
    let mut sum: Vec<Line> = Vec::new();
    for line in all.into_iter().flatten() {
        match sum.iter_mut().find(|known| known.name == line.name) {
            Some(known) => known.count += line.count,
            None => sum.push(line),
        }
    }
    sum
}
