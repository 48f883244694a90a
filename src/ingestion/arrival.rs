//! One file on its way in: hashed while it streams by, held in memory while it is small, and on the disk beyond that.
//!
//! Rule: whatever a sender says of a length, a file takes [`IN_MEMORY`] bytes of memory at most until it is whole. Only
//! then is a document read, one of few at a time.

use std::io;

use futures_util::{Stream, StreamExt};
use tokio::sync::Semaphore;

use super::document;
use super::extension::Extension;
use super::pace::{Pace, TooSlow};
use crate::crypto::content_hash::{ContentHash, ContentHasher};
use crate::files::{Files, Incoming};
use crate::kernel::id::SampleId;
use crate::kernel::region::Region;

/// Of a file that is no document, in bytes.
pub const LARGEST: usize = 100 * 1024 * 1024;
const IN_MEMORY: usize = 256 * 1024;
/// Large documents that are read at the same time, of [`document::LARGEST`] bytes each.
const READERS: usize = 4;

static READING: Semaphore = Semaphore::const_new(READERS);

/// Why a file did not arrive. With it the whole request ends.
#[derive(Debug)]
pub enum Lost {
    Broken,
    TooSlow(TooSlow),
    /// What it is, and how many megabytes it may have.
    TooLarge(&'static str, usize),
    Storage(io::Error),
}

impl From<TooSlow> for Lost {
    fn from(error: TooSlow) -> Self {
        Self::TooSlow(error)
    }
}

/// Where it is written, and under which name of its own.
#[derive(Clone)]
pub struct Berth {
    pub files: Files,
    pub region: Region,
    pub id: SampleId,
}

/// A file that is whole.
pub struct Arrived {
    pub hash: ContentHash,
    pub size: usize,
    content: Content,
}

enum Content {
    Memory(Vec<u8>),
    Disk(Incoming),
}

fn most(extension: Extension) -> (usize, &'static str) {
    match extension.encoding() {
        Some(_) => (document::LARGEST, "The document"),
        None => (LARGEST, "The file"),
    }
}

/// Takes all of `pieces`. A file that is dropped half-way leaves nothing.
pub async fn receive<S, P, E>(
    berth: &Berth,
    extension: Extension,
    pace: &mut Pace,
    pieces: &mut S,
) -> Result<Arrived, Lost>
where
    S: Stream<Item = Result<P, E>> + Unpin,
    P: AsRef<[u8]>,
{
    let (most, what) = most(extension);
    let (mut hasher, mut size) = (ContentHasher::default(), 0);
    let (mut held, mut written) = (Vec::new(), None);
    while let Some(piece) = pace.wait(pieces.next()).await? {
        let piece = piece.map_err(|_| Lost::Broken)?;
        let piece = piece.as_ref();
        pace.received(piece.len());
        size += piece.len();
        if size > most {
            return Err(Lost::TooLarge(what, most >> 20));
        }
        hasher.update(piece);
        held.extend_from_slice(piece);
        if held.len() > IN_MEMORY {
            let (emptied, file) = spill(berth, held, written).await?;
            (held, written) = (emptied, Some(file));
        }
    }
    let content =
        if written.is_some() { Content::Disk(spill(berth, held, written).await?.1) } else { Content::Memory(held) };
    Ok(Arrived { hash: hasher.finish(), size, content })
}

/// Takes all of `pieces` into memory; `None` when that is more than `most`.
pub async fn hold<S, P, E>(pace: &mut Pace, pieces: &mut S, most: usize) -> Result<Option<Vec<u8>>, Lost>
where
    S: Stream<Item = Result<P, E>> + Unpin,
    P: AsRef<[u8]>,
{
    let mut held = Vec::new();
    while let Some(piece) = pace.wait(pieces.next()).await? {
        let piece = piece.map_err(|_| Lost::Broken)?;
        let piece = piece.as_ref();
        pace.received(piece.len());
        if held.len() + piece.len() > most {
            skip(pace, pieces).await?;
            return Ok(None);
        }
        held.extend_from_slice(piece);
    }
    Ok(Some(held))
}

/// Reads on without keeping anything.
pub async fn skip<S, P, E>(pace: &mut Pace, pieces: &mut S) -> Result<(), Lost>
where
    S: Stream<Item = Result<P, E>> + Unpin,
    P: AsRef<[u8]>,
{
    let mut size = 0;
    while let Some(piece) = pace.wait(pieces.next()).await? {
        let piece = piece.map_err(|_| Lost::Broken)?;
        pace.received(piece.as_ref().len());
        size += piece.as_ref().len();
        if size > LARGEST {
            return Err(Lost::TooLarge("The file", LARGEST >> 20));
        }
    }
    Ok(())
}

/// Writes what is held, behind what was written before; gives the empty buffer back.
async fn spill(berth: &Berth, mut held: Vec<u8>, written: Option<Incoming>) -> Result<(Vec<u8>, Incoming), Lost> {
    let berth = berth.clone();
    on_blocking_thread(move || {
        let mut written = match written {
            Some(written) => written,
            None => berth.begin()?,
        };
        written.write(&held)?;
        held.clear();
        Ok((held, written))
    })
    .await
}

impl Berth {
    fn begin(&self) -> io::Result<Incoming> {
        self.files.begin(self.region, self.id.as_str())
    }
}

impl Arrived {
    /// Puts it on the disk, and gives `look` all of it where it is a document (else nothing). What `look` refuses is gone.
    pub async fn settle<T, R>(
        self,
        berth: &Berth,
        is_document: bool,
        look: impl FnOnce(&[u8]) -> Result<T, R> + Send + 'static,
    ) -> Result<Result<(Incoming, T), R>, Lost>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        // Held by the thread: whoever waits no longer does not make room for one more.
        let turn = match &self.content {
            Content::Disk(_) if is_document => READING.acquire().await.ok(),
            _ => None,
        };
        let berth = berth.clone();
        on_blocking_thread(move || {
            let _turn = turn;
            let (mut written, looked) = match self.content {
                Content::Memory(bytes) => match look(if is_document { &bytes } else { &[] }) {
                    Ok(looked) => {
                        let mut written = berth.begin()?;
                        written.write(&bytes)?;
                        (written, looked)
                    }
                    Err(refused) => return Ok(Err(refused)),
                },
                Content::Disk(written) => {
                    let looked = if is_document { look(&written.read()?) } else { look(&[]) };
                    match looked {
                        Ok(looked) => (written, looked),
                        Err(refused) => return Ok(Err(refused)),
                    }
                }
            };
            written.finish()?;
            Ok(Ok((written, looked)))
        })
        .await
    }
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Lost> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Lost::Storage),
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Lost::Storage(io::Error::other("the server is stopping"))),
        },
    }
}
