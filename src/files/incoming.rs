//! A file on its way in: written piece by piece in a folder of its own, and gone again unless it is kept.
//!
//! Rule: dropping one removes it. What a process that died left there is swept later.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of a region that holds what is not whole yet.
pub const INCOMING: &str = "incoming";

#[derive(Debug)]
pub struct Incoming {
    /// Empty once it was moved.
    path: PathBuf,
    /// Until it is finished: a request of a thousand files does not hold a thousand of them open.
    file: Option<File>,
}

impl Incoming {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::create(&path)?;
        Ok(Self { path, file: Some(file) })
    }

    /// Does nothing after [`Incoming::finish`].
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(piece))
    }

    /// All of it is on the disk, whatever happens next.
    pub fn finish(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |file| file.sync_all())
    }

    /// All that was written.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }

    pub(super) fn move_to(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.path = PathBuf::new();
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "a file that was not taken could not be removed; it will be swept");
        }
    }
}
