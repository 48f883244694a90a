//! Making a backup while servers run: the regions, then the directory, then the files that the regions name.
//!
//! Rule: from before the first database is read until the last file is, the files are held; a hold that broke makes the
//! backup fail. What the directory then knows too much of, the doctor removes; too little would be worse.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::entry::{ABOUT, About, DIRECTORY, DatabaseAbout, Engine, FORMAT, file_entry};
use super::keeping::{Destination, keep_newest, sweep_unfinished, unfinished};
use super::writing::Writing;
use super::{Progress, record, size_words};
use crate::crypto::act::Act;
use crate::crypto::keyring::key_name;
use crate::crypto::passphrase::Passphrase;
use crate::db::snapshot::{self, SnapshotError};
use crate::db::{DbError, Store, migrate};
use crate::files::{Files, hold};
use crate::kernel::clock::Clock;
use crate::kernel::id::BackupId;
use crate::kernel::region::Region;
use crate::kernel::time::{minutes, seconds};
use crate::lifecycle::erasures::{self, Erasure};
use crate::lifecycle::many;
use crate::lifecycle::sealed;
use crate::regions::Regions;

/// How long files stay held after a backup was killed.
const LEASE: Duration = minutes(5);
const RENEWED_EVERY: Duration = seconds(60);
/// A line of progress comes after so many files.
const STEP: u64 = 1_000;

const LOCK: &str = "backup.lock";
const SCRATCH: &str = "backup.partial";

#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error("Another backup is being made right now.")]
    Busy,
    #[error("The {0} database cannot be copied: {1}. Nothing was written under the backup's name.")]
    Snapshot(String, #[source] SnapshotError),
    #[error("The {0} database failed: {1}. Nothing was written under the backup's name.")]
    Database(String, #[source] DbError),
    #[error("The schema of the {0} database cannot be read: {1}")]
    Schema(String, #[source] migrate::MigrateError),
    #[error("{path} cannot be written: {1}. Nothing was written under that name; earlier backups are as they were.", path = .0.display())]
    Write(PathBuf, #[source] io::Error),
    #[error("The files cannot be read: {0}. Nothing was written under the backup's name.")]
    Files(#[source] io::Error),
    #[error("The databases did not answer for so long that files may have been removed meanwhile. Try again.")]
    LetGo,
    #[error("The backup {path} is whole, but its date cannot be noted: {1}", path = .0.display())]
    Noted(PathBuf, #[source] DbError),
    #[error("The backup {path} is whole, but the log of erasures {log} cannot be written: {2}", path = .0.display(), log = .1.display())]
    Log(PathBuf, PathBuf, #[source] io::Error),
    #[error("The backup {path} is whole, but older ones cannot be removed: {1}", path = .0.display())]
    Keep(PathBuf, #[source] io::Error),
}

/// What is backed up, and with what.
pub struct Source<'a> {
    pub regions: &'a Regions,
    pub files: &'a Files,
    /// The databases lie here as copies for a while.
    pub data: &'a Path,
    pub clock: &'a Clock,
    pub act: &'a Act,
    pub passphrase: Option<&'a Passphrase>,
    /// The log of erasures of this installation.
    pub log: &'a Path,
}

pub struct Taken {
    pub path: PathBuf,
    pub bytes: u64,
    pub files: u64,
    /// How many older ones went.
    pub let_go: usize,
}

/// Makes one, and lets all but the `most` newest go.
pub fn take(
    source: &Source<'_>,
    destination: &Destination,
    most: Option<usize>,
    progress: Progress<'_>,
) -> Result<Taken, TakeError> {
    let now = source.act.now;
    let named = destination.free_name(now, source.passphrase.is_some());
    let path = named.map_err(|error| TakeError::Write(destination.folder().to_owned(), error))?;
    let cannot = |error| TakeError::Write(path.clone(), error);
    let _turn = turn(source.data)?;
    sweep_unfinished(destination.folder(), now).map_err(cannot)?;
    let scratch = Scratch::make(source.data).map_err(cannot)?;
    let id: BackupId = source.act.id();
    let held = Held::begin(source, id)?;
    let mut keys = needed_keys(source.regions)?;
    let databases = snapshots(source, &scratch.0, progress)?;
    // A rotation may have passed by meanwhile.
    keys.extend(needed_keys(source.regions)?);
    let about = About {
        format: FORMAT,
        id: id.to_string(),
        made_at: now.to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        master_keys: keys.into_iter().collect(),
        databases: databases.iter().map(|(about, _)| about.clone()).collect(),
    };
    let writing = Writing::begin(unfinished(&path), &scratch.0, source.passphrase, now);
    let mut writing = writing.map_err(cannot)?;
    let text = serde_json::to_string_pretty(&about).map_err(|error| cannot(error.into()))?;
    writing.add_text(ABOUT, &format!("{text}\n")).map_err(cannot)?;
    for (about, copy) in &databases {
        writing.add_file(&about.entry(), copy).map_err(cannot)?;
        // The room may be needed.
        fs::remove_file(copy).map_err(cannot)?;
    }
    let files = add_files(source, &mut writing, &path, progress)?;
    if !held.end(source.clock) {
        return Err(TakeError::LetGo);
    }
    let bytes = writing.bytes;
    writing.finish(&path).map_err(cannot)?;
    let noted = source.regions.directory.write_now(|db| record::made(db, id, now));
    noted.map_err(|error| TakeError::Noted(path.clone(), error))?;
    write_logs(source, destination, &path)?;
    let let_go = match most {
        Some(most) => {
            keep_newest(destination.folder(), most, &path).map_err(|error| TakeError::Keep(path.clone(), error))?
        }
        None => 0,
    };
    Ok(Taken { path, bytes, files, let_go })
}

/// One at a time.
fn turn(data: &Path) -> Result<File, TakeError> {
    let lock = data.join(LOCK);
    let file = File::create(&lock).map_err(|error| TakeError::Write(lock.clone(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(TakeError::Busy),
        Err(fs::TryLockError::Error(error)) => Err(TakeError::Write(lock, error)),
    }
}

/// A folder that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn make(data: &Path) -> io::Result<Self> {
        let path = data.join(SCRATCH);
        // Of one that was killed.
        if path.try_exists()? {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "scratch storage could not be removed");
        }
    }
}

/// The copies of all databases, the directory's the last.
fn snapshots(
    source: &Source<'_>,
    scratch: &Path,
    progress: Progress<'_>,
) -> Result<Vec<(DatabaseAbout, PathBuf)>, TakeError> {
    let regions = source.regions.served().map(|(region, store)| (region.to_string(), store));
    let mut all = Vec::new();
    for (name, store) in regions.chain([(DIRECTORY.to_owned(), &source.regions.directory)]) {
        let copy = scratch.join(&name);
        snapshot::take(store.url(), &copy).map_err(|error| TakeError::Snapshot(name.clone(), error))?;
        let schema = migrate::applied(store.url()).map_err(|error| TakeError::Schema(name.clone(), error))?;
        let size = fs::metadata(&copy).map_err(|error| TakeError::Write(copy.clone(), error))?.len();
        progress(&format!("{name}: {} as of one moment", size_words(size)));
        all.push((DatabaseAbout { name, engine: Engine::of(store.url()), schema }, copy));
    }
    Ok(all)
}

/// Every file of every region; how many.
fn add_files(
    source: &Source<'_>,
    writing: &mut Writing,
    path: &Path,
    progress: Progress<'_>,
) -> Result<u64, TakeError> {
    let (mut count, mut bytes) = (0, 0);
    for (region, _) in source.regions.served() {
        source.files.walk(region, &mut |name, file| {
            let before = writing.bytes;
            writing
                .add_file(&file_entry(region, name), file)
                .map_err(|error| TakeError::Write(path.to_owned(), error))?;
            count += 1;
            bytes += writing.bytes - before;
            if count % STEP == 0 {
                progress(&format!("{count} files, {} so far", size_words(bytes)));
            }
            Ok::<_, TakeError>(())
        })?;
    }
    progress(&format!("{count} files, {}", size_words(bytes)));
    Ok(count)
}

impl From<io::Error> for TakeError {
    fn from(error: io::Error) -> Self {
        Self::Files(error)
    }
}

/// The names of the master keys that something needs.
fn needed_keys(regions: &Regions) -> Result<BTreeSet<String>, TakeError> {
    let failed = |name: &str, error| TakeError::Database(name.to_owned(), error);
    let directory = regions.directory.read_now(|db| sealed::count(db, sealed::OF_DIRECTORY));
    let mut needed: BTreeSet<_> = directory.map_err(|error| failed(DIRECTORY, error))?.into_keys().collect();
    for (region, store) in regions.served() {
        let of_region =
            store.read_now(|db| Ok::<_, DbError>((sealed::count(db, sealed::OF_REGION)?, many::sealed_under(db)?)));
        let (in_tables, in_jobs) = of_region.map_err(|error| failed(region.as_str(), error))?;
        needed.extend(in_tables.into_keys().chain(in_jobs));
    }
    Ok(needed.into_iter().map(key_name).collect())
}

/// Completes the log of this installation and the one beside the backup, each from the other and from what was noted.
fn write_logs(source: &Source<'_>, destination: &Destination, path: &Path) -> Result<(), TakeError> {
    let mut all: Vec<Erasure> = Vec::new();
    for (region, store) in source.regions.served() {
        let noted = store.read_now(|db| erasures::noted(db, region, false));
        all.extend(noted.map_err(|error| TakeError::Database(region.to_string(), error))?);
    }
    let beside = destination.log();
    for log in [source.log, &beside] {
        let failed = |error| TakeError::Log(path.to_owned(), log.to_owned(), error);
        all.extend(erasures::read(log).map_err(failed)?.0);
    }
    for log in [source.log, &beside] {
        erasures::complete(log, &all).map_err(|error| TakeError::Log(path.to_owned(), log.to_owned(), error))?;
    }
    // One without a line says that nobody was erased; none at all says nothing.
    erasures::make(&beside).map_err(|error| TakeError::Log(path.to_owned(), beside.clone(), error))
}

/// The files of all regions, held until it is dropped; renewed by a thread of its own, because a large database takes
/// its time.
struct Held {
    stores: Vec<(Region, Store)>,
    id: String,
    renewing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Held {
    fn begin(source: &Source<'_>, id: BackupId) -> Result<Self, TakeError> {
        let stores: Vec<(Region, Store)> =
            source.regions.served().map(|(region, store)| (region, store.clone())).collect();
        let mut held = Self { stores, id: id.to_string(), renewing: None };
        for (region, store) in &held.stores {
            let now = source.clock.now();
            let begun = store.write_now(|db| hold::begin(db, &held.id, now, now.plus(LEASE)));
            begun.map_err(|error| TakeError::Database(region.to_string(), error))?;
        }
        let (stop, stopped) = mpsc::channel();
        let (stores, id, clock) = (held.stores.clone(), held.id.clone(), source.clock.clone());
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(RENEWED_EVERY) == Err(RecvTimeoutError::Timeout) {
                // One that could not be renewed is missed at the end.
                renew(&stores, &id, &clock);
            }
        });
        held.renewing = Some((stop, thread));
        Ok(held)
    }

    /// Whether nothing was let go meanwhile.
    fn end(self, clock: &Clock) -> bool {
        renew(&self.stores, &self.id, clock)
    }
}

fn renew(stores: &[(Region, Store)], id: &str, clock: &Clock) -> bool {
    let mut are_held = true;
    for (region, store) in stores {
        let now = clock.now();
        match store.write_now(|db| hold::renew(db, id, now, now.plus(LEASE))) {
            Ok(is_held) => are_held &= is_held,
            Err(error) => {
                tracing::warn!(%region, %error, "a backup cannot tell that it holds the files");
                are_held = false;
            }
        }
    }
    are_held
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.renewing.take() {
            drop(stop);
            if thread.join().is_err() {
                tracing::warn!("what renews the hold of a backup panicked");
            }
        }
        for (region, store) in &self.stores {
            if let Err(error) = store.write_now(|db| hold::end(db, &self.id)) {
                tracing::warn!(%region, %error, "files stay held for some minutes after a backup");
            }
        }
    }
}
