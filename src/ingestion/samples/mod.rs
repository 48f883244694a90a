//! Samples: the files that were taken, as rows, with their bytes in the region's files.
//!
//! Rule: bytes lie once in a project, named by their hash. A row is written after them and they are removed after the
//! last row that names them, both under one lock, so that a row never points to nothing.

mod changing;
mod keeping;
mod listing;
mod removal;
mod row;
mod rules;
mod spent;

use std::fs::File;
use std::io;

use crate::crypto::content_hash::ContentHash;
use crate::files::Files;
use crate::kernel::id::ProjectId;
use crate::kernel::region::Region;

pub use changing::{delete, set_disabled};
pub use keeping::{KeepError, Kept, NewSample, NotKept, Told, keep};
pub use listing::{Asked, Effort, Known, Page, labels_within, list, one};
pub use removal::{RemovalError, RemoveSampleFiles, Stray, SweepSampleFiles, let_go_of_project, strays, without_bytes};
pub use row::{Sample, by_number};
pub use rules::{Rules, rules};
pub use spent::SweepSpentSignatures;

/// Of all samples of a region: a folder for each project.
pub const FOLDER: &str = "samples";

pub fn folder(project: ProjectId) -> String {
    format!("{FOLDER}/{project}")
}

fn path(project: ProjectId, hash: &str) -> String {
    format!("{FOLDER}/{project}/{hash}")
}

fn path_of(project: ProjectId, hash: &ContentHash) -> String {
    path(project, &hash.to_string())
}

/// Its bytes; `None` when they are gone. Blocks.
pub fn open(files: &Files, region: Region, sample: &Sample) -> io::Result<Option<File>> {
    files.open(region, &path(sample.project_id, &sample.content_hash))
}

/// What the lock of a project's files is called.
fn lock(project: ProjectId) -> String {
    folder(project)
}
