//! What erasing an account would remove, counted by the code that will do it.

use std::io;

use super::steps::{self, KINDS, Kind, ORGANIZATION_KINDS, Step};
use crate::db::DbError;
use crate::files::Files;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::photos;
use crate::regions::{Regions, directory};

/// One kind of thing that goes, and how many of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: &'static Kind,
    pub count: i64,
}

impl Line {
    /// The words that fit the count.
    pub fn what(&self) -> &'static str {
        if self.count == 1 { self.kind.one } else { self.kind.many }
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

impl Outside {
    pub fn count(regions: &Regions, files: &Files, region: Region, account: AccountId) -> Result<Self, CountError> {
        let files = files.list(region, &photos::folder(account.personal_workspace()))?.len();
        let directory = regions.directory.read_now(|db| directory::entries(db, account))?;
        Ok(Self { files: i64::try_from(files).unwrap_or(i64::MAX), directory })
    }
}

/// What goes, the account first; kinds of which there is nothing are left out.
pub fn lines(gone: &[(&'static Step, i64)], outside: Outside) -> Vec<Line> {
    read(gone, outside, KINDS.iter().copied())
}

/// The same of an organization: what every workspace has, after what only they have.
pub fn lines_of(gone: &[(&'static Step, i64)]) -> Vec<Line> {
    read(gone, Outside::default(), ORGANIZATION_KINDS.iter().chain(KINDS).copied())
}

fn read(gone: &[(&'static Step, i64)], outside: Outside, kinds: impl Iterator<Item = &'static Kind>) -> Vec<Line> {
    let inside = gone.iter().filter(|(step, _)| step.is_counted).map(|(step, count)| (step.kind, *count));
    let all: Vec<(&Kind, i64)> =
        inside.chain([(steps::PHOTO, outside.files), (steps::NAMES, outside.directory)]).collect();
    let count = |kind: &Kind| all.iter().filter(|(of, _)| *of == kind).map(|(_, count)| count).sum();
    kinds.map(|kind| Line { kind, count: count(kind) }).filter(|line| line.count > 0).collect()
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
pub fn sum(all: &[Vec<Line>]) -> Vec<Line> {
    let count = |kind: &Kind| all.iter().flatten().filter(|line| line.kind == kind).map(|line| line.count).sum();
    KINDS.iter().map(|kind| Line { kind, count: count(kind) }).filter(|line| line.count > 0).collect()
}
