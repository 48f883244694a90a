//! Writing a backup: entries one after the other, each with its hash, and the proof at the end.
//!
//! Rule: it is written beside its name and moved there once it is whole and on the disk. Dropped before, it is gone.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::entry::{END, SUMS, end_text, sum_line};
use super::keeping::folder_of;
use super::stream::{Hashed, Summed};
use crate::crypto::passphrase::{Passphrase, Sealing};
use crate::kernel::time::Timestamp;

const BUFFER: usize = 1024 * 1024;

enum Sink {
    Plain(BufWriter<File>),
    Sealed(Box<Sealing<BufWriter<File>>>),
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(piece),
            Self::Sealed(to) => to.write(piece),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Sealed(to) => to.flush(),
        }
    }
}

pub(super) struct Writing {
    tar: tar::Builder<Summed<Sink>>,
    /// Kept apart until all entries are written: there may be millions.
    sums: BufWriter<File>,
    sums_path: PathBuf,
    unfinished: Unfinished,
    now: Timestamp,
    pub bytes: u64,
}

/// Removes what never got its final name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty()
            && let Err(error) = fs::remove_file(&self.0)
        {
            tracing::warn!(%error, path = %self.0.display(), "an unfinished backup could not be removed");
        }
    }
}

impl Writing {
    /// Writes to `unfinished`; `scratch` is a folder for what has to wait.
    pub fn begin(
        unfinished: PathBuf,
        scratch: &Path,
        passphrase: Option<&Passphrase>,
        now: Timestamp,
    ) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, File::create(&unfinished)?);
        let unfinished = Unfinished(unfinished);
        let sink = match passphrase {
            Some(passphrase) => Sink::Sealed(Box::new(Sealing::begin(passphrase, file)?)),
            None => Sink::Plain(file),
        };
        let sums_path = scratch.join(SUMS);
        let sums = BufWriter::new(File::create(&sums_path)?);
        Ok(Self { tar: tar::Builder::new(Summed::new(sink)), sums, sums_path, unfinished, now, bytes: 0 })
    }

    /// An entry of `size` bytes; an error when there are fewer.
    pub fn add(&mut self, name: &str, size: u64, changed_at: u64, from: impl Read) -> io::Result<()> {
        let mut hashed = Hashed::new(from.take(size));
        self.append(name, size, changed_at, &mut hashed)?;
        self.sums.write_all(sum_line(&hashed.finish(), name).as_bytes())
    }

    pub fn add_text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.add(name, text.len() as u64, self.seconds(), text.as_bytes())
    }

    /// A file as it is now, with the time it was last changed.
    pub fn add_file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let changed_at = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        self.add(name, about.len(), changed_at, file)
    }

    /// Writes the sums and the end, and moves all of it to its name once it is on the disk.
    pub fn finish(mut self, path: &Path) -> io::Result<()> {
        self.sums.flush()?;
        let sums = File::open(&self.sums_path)?;
        let size = sums.metadata()?.len();
        self.append(SUMS, size, self.seconds(), sums)?;
        let (bytes, crc32) = self.tar.get_ref().sum.all();
        let end = end_text(bytes, crc32);
        self.append(END, end.len() as u64, self.seconds(), end.as_bytes())?;
        let Self { tar, mut unfinished, .. } = self;
        let file = match tar.into_inner()?.inner {
            Sink::Plain(file) => file,
            Sink::Sealed(sealing) => sealing.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&unfinished.0, path)?;
        unfinished.0 = PathBuf::new();
        File::open(folder_of(path))?.sync_all()
    }

    fn append(&mut self, name: &str, size: u64, changed_at: u64, mut from: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(changed_at);
        header.set_path(name)?;
        header.set_cksum();
        self.tar.get_mut().write_all(header.as_bytes())?;
        let mut piece = vec![0; usize::try_from(size).unwrap_or(BUFFER).clamp(1, BUFFER)];
        let mut left = size;
        while left > 0 {
            let count = from.read(&mut piece)?;
            if count == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} became shorter meanwhile")));
            }
            self.tar.get_mut().write_all(&piece[..count])?;
            left = left.saturating_sub(count as u64);
        }
        let padding = usize::try_from(size.wrapping_neg() % 512).unwrap_or(0);
        self.tar.get_mut().write_all(&[0; 512][..padding])?;
        self.bytes += size;
        Ok(())
    }

    fn seconds(&self) -> u64 {
        u64::try_from(self.now.as_seconds()).unwrap_or(0)
    }
}
