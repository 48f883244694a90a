//! Reading a backup: entry by entry, each checked against its hash, the whole against its proof.
//!
//! Rule: nothing of it is believed before the last byte was read; until then it only goes where nobody looks.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::entry::{ABOUT, About, END, FILES, FORMAT, SUMS, end_text, sum_line};
use super::stream::{BLOCK, Summed};
use crate::crypto::content_hash::{ContentHash, ContentHasher};
use crate::crypto::passphrase::{OpenError, Opening, Passphrase, is_sealed};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;

const BUFFER: usize = 1024 * 1024;
/// What is read into memory, such as what a backup says of itself.
const LONGEST_TEXT: u64 = 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("it cannot be read: {0}")]
    Io(#[source] io::Error),
    #[error("it is encrypted. Set KEYSTEAD_BACKUP_PASSPHRASE, or KEYSTEAD_BACKUP_PASSPHRASE_FILE, to its passphrase")]
    NoPassphrase,
    #[error("it is not encrypted, although a passphrase is set. Unset KEYSTEAD_BACKUP_PASSPHRASE if you trust it")]
    NotEncrypted,
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    #[error("it is no backup of Keystead, or damaged at its beginning")]
    NotOurs,
    #[error("it was made by a newer Keystead ({0}). Restore it with that program")]
    Newer(String),
    #[error("it is incomplete: it ends too early")]
    Truncated,
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("{path} cannot be written: {1}", path = .0.display())]
    Write(PathBuf, #[source] io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidData | io::ErrorKind::Other => Self::Damaged(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::WrongPassphrase => Self::WrongPassphrase,
            OpenError::TooMuchWork | OpenError::Damaged => Self::Damaged(format!("its first lines say that {error}")),
            OpenError::Io(error) => error.into(),
        }
    }
}

/// A file that may be a backup, with what opens it.
pub struct Backup<'a> {
    pub path: &'a Path,
    pub passphrase: Option<&'a Passphrase>,
}

/// Where what a backup holds is put while it is read.
pub trait Unpacked {
    /// A database, by the name of its entry.
    fn database(&self, entry: &str) -> Option<PathBuf>;
    fn file(&self, region: Region, name: &str) -> PathBuf;
}

impl Backup<'_> {
    /// What it says of itself. Only the beginning is read.
    pub fn about(&self) -> Result<About, ReadError> {
        Reading::begin(self)?.about()
    }

    /// Reads all of it, and checks all of it. What it says of itself is to be `about`, which decided where things go.
    pub fn unpack(&self, about: &About, to: &dyn Unpacked, progress: super::Progress<'_>) -> Result<(), ReadError> {
        let mut reading = Reading::begin(self)?;
        if reading.about()? != *about {
            return Err(ReadError::Damaged("it changed while it was read".to_owned()));
        }
        let mut databases: Vec<String> = about.databases.iter().map(super::DatabaseAbout::entry).collect();
        let mut files = 0_u64;
        let sums = loop {
            let entry = reading.next()?;
            if entry.name == SUMS {
                break entry;
            }
            let path = match entry.file() {
                Some((region, name)) => to.file(region, name),
                None if databases.first() == Some(&entry.name) => {
                    databases.remove(0);
                    to.database(&entry.name).ok_or_else(|| entry.is_unexpected())?
                }
                None => return Err(entry.is_unexpected()),
            };
            files += u64::from(entry.file().is_some());
            reading.write(&entry, &path)?;
            if files > 0 && files.is_multiple_of(1_000) {
                progress(&format!("{files} files so far"));
            }
        };
        if let Some(missing) = databases.first() {
            return Err(ReadError::Damaged(format!("{missing} is missing")));
        }
        reading.end(&sums)
    }
}

enum Source {
    Plain(File),
    Sealed(Box<Opening<File>>),
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(from) => from.read(into),
            Self::Sealed(from) => from.read(into),
        }
    }
}

struct Entry {
    name: String,
    size: u64,
    changed_at: u64,
}

impl Entry {
    /// The region and the name of a file of the file storage. A name never leads anywhere else.
    fn file(&self) -> Option<(Region, &str)> {
        let (region, name) = self.name.strip_prefix(FILES)?.strip_prefix('/')?.split_once('/')?;
        let is_plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let region: Region = region.parse().ok()?;
        name.split('/').all(is_plain).then_some((region, name))
    }

    fn is_unexpected(&self) -> ReadError {
        ReadError::Damaged(format!("{:?} does not belong there", self.name))
    }
}

struct Reading {
    source: Summed<io::BufReader<Source>>,
    /// Of the lines that stand for the entries so far.
    sums: ContentHasher,
    piece: Vec<u8>,
}

impl Reading {
    fn begin(backup: &Backup<'_>) -> Result<Self, ReadError> {
        let mut file = File::open(backup.path).map_err(ReadError::Io)?;
        let mut beginning = [0; 32];
        let mut read = 0;
        while let count @ 1.. = file.read(&mut beginning[read..]).map_err(ReadError::Io)? {
            read += count;
        }
        io::Seek::rewind(&mut file).map_err(ReadError::Io)?;
        let source = match (is_sealed(&beginning[..read]), backup.passphrase) {
            (false, None) => Source::Plain(file),
            // Whoever can write where backups lie could put one of their own there.
            (false, Some(_)) => return Err(ReadError::NotEncrypted),
            (true, None) => return Err(ReadError::NoPassphrase),
            (true, Some(passphrase)) => Source::Sealed(Box::new(Opening::begin(passphrase, file)?)),
        };
        let source = Summed::new(io::BufReader::with_capacity(64 * 1024, source));
        Ok(Self { source, sums: ContentHasher::default(), piece: vec![0; BUFFER] })
    }

    fn about(&mut self) -> Result<About, ReadError> {
        let entry = match self.next() {
            Ok(entry) if entry.name == ABOUT => entry,
            Ok(_) | Err(ReadError::Damaged(_)) => return Err(ReadError::NotOurs),
            Err(error) => return Err(error),
        };
        let text = self.text(&entry)?;
        let unclear = |error: serde_json::Error| ReadError::Damaged(format!("{ABOUT}: {error}"));
        let about: serde_json::Value = serde_json::from_slice(&text).map_err(unclear)?;
        if about["format"].as_u64().is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(ReadError::Newer(about["program"].as_str().unwrap_or_default().to_owned()));
        }
        let about: About = serde_json::from_value(about).map_err(unclear)?;
        if Timestamp::parse_rfc3339(&about.made_at).is_none() {
            return Err(ReadError::Damaged(format!("{ABOUT}: it has no date")));
        }
        Ok(about)
    }

    fn next(&mut self) -> Result<Entry, ReadError> {
        let mut block = [0; BLOCK];
        self.source.read_exact(&mut block)?;
        let header = tar::Header::from_byte_slice(&block);
        let damaged = || ReadError::Damaged("what stands before one of its entries was changed".to_owned());
        // The sum of the header with blanks in its own place.
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        let is_right = header.cksum().is_ok_and(|told| told == sum(&block) - sum(&block[148..156]) + 8 * 32);
        if !is_right || !header.entry_type().is_file() {
            return Err(damaged());
        }
        let name = header.path().ok().and_then(|path| path.to_str().map(ToOwned::to_owned)).ok_or_else(damaged)?;
        let (size, changed_at) = (header.size().map_err(|_| damaged())?, header.mtime().map_err(|_| damaged())?);
        Ok(Entry { name, size, changed_at })
    }

    /// Copies the entry and what fills its last block.
    fn copy(
        &mut self,
        entry: &Entry,
        mut to: impl FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<ContentHash, ReadError> {
        let mut hasher = ContentHasher::default();
        let mut left = entry.size;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            let count = self.source.read(&mut self.piece[..most])?;
            if count == 0 {
                return Err(ReadError::Truncated);
            }
            hasher.update(&self.piece[..count]);
            to(&self.piece[..count])?;
            left -= count as u64;
        }
        let mut padding = [0; BLOCK];
        let padding = &mut padding[..usize::try_from(entry.size.wrapping_neg() % 512).unwrap_or(0)];
        self.source.read_exact(padding)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(ReadError::Damaged(format!("what stands behind {} was changed", entry.name)));
        }
        Ok(hasher.finish())
    }

    fn text(&mut self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        if entry.size > LONGEST_TEXT {
            return Err(entry.is_unexpected());
        }
        let mut text = Vec::new();
        let hash = self.copy(entry, |piece| {
            text.extend_from_slice(piece);
            Ok(())
        })?;
        self.sums.update(sum_line(&hash, &entry.name).as_bytes());
        Ok(text)
    }

    fn write(&mut self, entry: &Entry, path: &Path) -> Result<(), ReadError> {
        let failed = |error| ReadError::Write(path.to_owned(), error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = File::create(path).map_err(failed)?;
        let hash = self.copy(entry, |piece| file.write_all(piece).map_err(failed))?;
        let changed_at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(entry.changed_at);
        file.set_modified(changed_at).map_err(failed)?;
        self.sums.update(sum_line(&hash, &entry.name).as_bytes());
        Ok(())
    }

    /// The sums, which are those of the lines so far, the proof, and nothing more.
    fn end(mut self, sums: &Entry) -> Result<(), ReadError> {
        let expected = self.sums.clone().finish();
        if self.copy(sums, |_| Ok(()))? != expected {
            return Err(ReadError::Damaged(format!("its entries are not those that {SUMS} names")));
        }
        let entry = self.next()?;
        let (bytes, crc32) = self.source.sum.before_last();
        if entry.name != END || self.text(&entry)? != end_text(bytes, crc32).as_bytes() {
            return Err(ReadError::Damaged("its end does not fit the rest".to_owned()));
        }
        let mut rest = Vec::new();
        self.source.inner.take(3 * BLOCK as u64).read_to_end(&mut rest)?;
        if rest.len() < 2 * BLOCK {
            return Err(ReadError::Truncated);
        }
        if rest.len() > 2 * BLOCK || rest.iter().any(|byte| *byte != 0) {
            return Err(ReadError::Damaged("something stands behind its end".to_owned()));
        }
        Ok(())
    }
}
