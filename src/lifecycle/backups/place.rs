//! The place that a backup is brought back to: empty before, and not used by anybody until all of it is there.
//!
//! Rule: what is unpacked lies beside its place until all of it was checked. From before the first piece is put in its
//! place until the last thing is done, the mark stands: no server starts then, and another try may clear the databases
//! that it names. A place without the mark is never cleared.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::keeping::folder_of;
use super::reading::Unpacked;
use super::restoring::RestoreError;
use super::{About, DatabaseAbout, Engine};
use crate::db::snapshot::{self, files_of};
use crate::db::url::DatabaseUrl;
use crate::kernel::region::Region;

const MARK: &str = "restoring.mark";
const UNPACKED: &str = "restoring.partial";
const FILES: &str = "files";

/// What servers and other commands say before they open anything.
pub fn refuse_half_restored(data: &Path) -> Result<(), String> {
    match data.join(MARK).try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(format!(
            "A backup was not brought back to {} completely. Run `keystead restore` again; it starts over.",
            data.display()
        )),
        Err(error) => Err(format!("{} cannot be read: {error}", data.display())),
    }
}

pub struct Place {
    pub data: PathBuf,
    /// By the names that backups know them by.
    pub databases: Vec<(String, DatabaseUrl)>,
}

impl Place {
    /// Whether an earlier try put something here.
    pub fn is_half_restored(&self) -> io::Result<bool> {
        self.data.join(MARK).try_exists()
    }

    /// A line for each database, without passwords.
    fn addresses(&self) -> String {
        self.databases.iter().flat_map(|(name, url)| [name.clone(), format!(" {url}\n")]).collect()
    }

    /// What an earlier try put somewhere is only cleared where it says it did.
    pub(super) fn refuse_if_others_were_begun(&self) -> Result<(), RestoreError> {
        let mark = self.data.join(MARK);
        let text = fs::read_to_string(&mark).map_err(|error| RestoreError::File(mark, error))?;
        let begun = text.split_once('\n').map_or("", |(_, begun)| begun);
        if begun == self.addresses() {
            return Ok(());
        }
        Err(RestoreError::OthersWereBegun(begun.lines().collect::<Vec<_>>().join(", ")))
    }

    pub(super) fn refuse_if_taken(&self) -> Result<(), RestoreError> {
        for (name, url) in &self.databases {
            let is_empty = snapshot::is_empty(url);
            if !is_empty.map_err(|error| RestoreError::Database(name.clone(), url.to_string(), error))? {
                return Err(RestoreError::Taken(format!("the {name} database ({url}) is there already")));
            }
        }
        let files = self.data.join(FILES);
        match fs::read_dir(&files) {
            Ok(mut entries) => match entries.next() {
                None => Ok(()),
                Some(_) => Err(RestoreError::Taken(format!("there is something in {} already", files.display()))),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(RestoreError::File(files, error)),
        }
    }

    /// Removes what an earlier try has unpacked and never put in its place.
    pub(super) fn clear_unpacked(&self, about: &About) -> Result<(), RestoreError> {
        for database in &about.databases {
            if let Some(path) = self.database(&database.entry()) {
                remove_file(&path)?;
            }
        }
        remove_folder(&self.data.join(UNPACKED))
    }

    pub(super) fn mark(&self, about: &About) -> Result<(), RestoreError> {
        let (mark, unpacked) = (self.data.join(MARK), self.data.join(UNPACKED));
        let written = (|| {
            // Whole from its first moment on: another try goes by what it says.
            fs::create_dir_all(&unpacked)?;
            let whole = unpacked.join(MARK);
            fs::write(&whole, format!("{}\n{}", about.id, self.addresses()))?;
            File::open(&whole)?.sync_all()?;
            fs::rename(&whole, &mark)?;
            File::open(&self.data)?.sync_all()
        })();
        written.map_err(|error| RestoreError::File(mark, error))
    }

    /// The last thing that is done.
    pub fn unmark(&self) -> io::Result<()> {
        fs::remove_file(self.data.join(MARK))?;
        File::open(&self.data)?.sync_all()
    }

    /// Puts everything in its place; what an earlier try put there is replaced.
    pub(super) fn put(&self, about: &About) -> Result<(), RestoreError> {
        for database in &about.databases {
            let (Some(from), Some(url)) = (self.database(&database.entry()), self.url(&database.name)) else {
                continue;
            };
            match url {
                DatabaseUrl::Sqlite(path) => {
                    for old in files_of(path) {
                        remove_file(&old)?;
                    }
                    fs::rename(&from, path).map_err(|error| RestoreError::File(path.clone(), error))?;
                }
                DatabaseUrl::Postgres(_) => {
                    let filled = snapshot::fill(url, &from);
                    filled.map_err(|error| RestoreError::Database(database.name.clone(), url.to_string(), error))?;
                    remove_file(&from)?;
                }
            }
        }
        let (from, to) = (self.data.join(UNPACKED).join(FILES), self.data.join(FILES));
        remove_folder(&to)?;
        if from.is_dir() {
            fs::rename(&from, &to).map_err(|error| RestoreError::File(to, error))?;
        }
        remove_folder(&self.data.join(UNPACKED))?;
        self.settle()
    }

    /// All of it is on the disk.
    pub(super) fn settle(&self) -> Result<(), RestoreError> {
        let sqlite = self.databases.iter().filter_map(|(_, url)| match url {
            DatabaseUrl::Sqlite(path) => Some(folder_of(path)),
            DatabaseUrl::Postgres(_) => None,
        });
        for folder in sqlite.chain([self.data.as_path()]) {
            let synced = File::open(folder).and_then(|folder| rustix::fs::syncfs(folder).map_err(io::Error::from));
            synced.map_err(|error| RestoreError::File(folder.to_owned(), error))?;
        }
        Ok(())
    }

    pub(super) fn url(&self, name: &str) -> Option<&DatabaseUrl> {
        self.databases.iter().find(|(own, _)| own == name).map(|(_, url)| url)
    }
}

impl Unpacked for Place {
    /// A file of SQLite beside its place, so that it is only renamed; a dump in the data folder.
    fn database(&self, entry: &str) -> Option<PathBuf> {
        let is_it =
            |name: &str, engine| DatabaseAbout { name: name.to_owned(), engine, schema: Vec::new() }.entry() == entry;
        self.databases.iter().find_map(|(name, url)| match url {
            DatabaseUrl::Sqlite(path) if is_it(name, Engine::Sqlite) => Some(path.with_extension(UNPACKED)),
            DatabaseUrl::Postgres(_) if is_it(name, Engine::Postgres) => {
                Some(self.data.join(UNPACKED).join(format!("{name}.pgdump")))
            }
            _ => None,
        })
    }

    fn file(&self, region: Region, name: &str) -> PathBuf {
        self.data.join(UNPACKED).join(FILES).join(region.as_str()).join(name)
    }
}

fn remove_file(path: &Path) -> Result<(), RestoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RestoreError::File(path.to_owned(), error)),
        _ => Ok(()),
    }
}

fn remove_folder(path: &Path) -> Result<(), RestoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RestoreError::File(path.to_owned(), error)),
        _ => Ok(()),
    }
}
