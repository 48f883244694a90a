//! Samples: the files that were taken, as rows, with their bytes in the region's files.
//!
//! Rule: bytes lie once in a project, named by their hash. A row is written after them and they are removed after the
//! last row that names them, both under one lock, so that a row never points to nothing.

mod keeping;
mod removal;
mod row;
mod rules;

use crate::crypto::content_hash::ContentHash;
use crate::kernel::id::ProjectId;

pub use keeping::{KeepError, Kept, NewSample, NotKept, Told, keep};
pub use removal::{RemovalError, RemoveSampleFiles, Stray, SweepSampleFiles, let_go_of_project, strays, without_bytes};
pub use row::{Sample, by_number};
pub use rules::{Rules, rules};

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

/// What the lock of a project's files is called.
fn lock(project: ProjectId) -> String {
    folder(project)
}
