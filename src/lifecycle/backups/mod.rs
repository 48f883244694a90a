//! One file with everything but the master key, made while servers run, and the way back from it.
//!
//! Rule: what is in the file is of one moment for each database, the directory's the last, and the files it names are
//! all there. A file under its final name is whole. What is read back is checked to the last byte before anything is
//! put in its place. No key, no passphrase and no password is ever written.
//!
//! The file is a tar archive: `keystead.json` says what it is, then come the databases, the files, `SHA256SUMS`, which
//! `sha256sum --check` understands, and `end.json`, which proves that nothing is missing.

mod entry;
mod keeping;
mod place;
mod reading;
mod record;
mod restoring;
mod stream;
mod taking;
mod writing;

pub use entry::{About, DatabaseAbout, Engine};
pub use keeping::{Destination, log_beside};
pub use place::{Place, refuse_half_restored};
pub use reading::{Backup, ReadError};
pub use record::{Last, last, made, rehearsed};
pub use restoring::{RestoreError, Restored, is_sound, settle};
pub use taking::{Source, TakeError, Taken, take};

/// What says how far it is.
pub type Progress<'a> = &'a dyn Fn(&str);

/// Bytes as a person reads them.
pub fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}
