//! Bytes that are too large for a table: photos and samples now, exports later. A local folder behind few functions.
//!
//! Rule: a name is made of letters, digits, `.`, `-` and `/`; nothing a person typed ever becomes a path. What was
//! written is whole and on the disk, or not there at all.

pub mod hold;
mod incoming;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

pub use hold::Unheld;
pub use incoming::{INCOMING, Incoming};

use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;

/// What the name of a file ends with until all of it is written.
const UNFINISHED: &str = "part";

#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Writes all of `bytes` under `name`, replacing what was there in one step.
    pub fn put(&self, region: Region, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(region, name)?;
        let folder = path.parent().unwrap_or(&self.root);
        self.make_folder(folder)?;
        let unfinished = path.with_extension(UNFINISHED);
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        File::open(folder)?.sync_all()
    }

    /// Begins a file that comes piece by piece. Nobody sees it until it is [kept](Self::keep).
    pub fn begin(&self, region: Region, own_name: &str) -> io::Result<Incoming> {
        let path = self.path(region, &format!("{INCOMING}/{own_name}"))?;
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        Incoming::create(path)
    }

    /// Moves a finished file to its name, replacing what was there. It is sure to stay there once its folder is
    /// [settled](Self::settle), which many files may share.
    pub fn keep(&self, region: Region, finished: Incoming, name: &str) -> io::Result<()> {
        let path = self.path(region, name)?;
        self.make_folder(path.parent().unwrap_or(&self.root))?;
        finished.move_to(&path)
    }

    pub fn settle(&self, region: Region, folder: &str) -> io::Result<()> {
        File::open(self.path(region, folder)?)?.sync_all()
    }

    pub fn exists(&self, region: Region, name: &str) -> io::Result<bool> {
        self.path(region, name)?.try_exists()
    }

    /// To be read piece by piece; `None` when there is no such file.
    pub fn open(&self, region: Region, name: &str) -> io::Result<Option<File>> {
        match File::open(self.path(region, name)?) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A new folder's name is on the disk too before anything is put into it.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        for parent in folder.ancestors().skip(1).take_while(|parent| parent.starts_with(&self.root)) {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }

    /// `None` when there is no such file; every other failure is an error.
    pub fn get(&self, region: Region, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(region, name)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names below a folder, without its own name; empty when there is none.
    pub fn list(&self, region: Region, folder: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.path(region, folder)?) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// Of the names below a folder those last written before `than`.
    pub fn list_older(&self, region: Region, folder: &str, than: Timestamp) -> io::Result<Vec<String>> {
        let limit = UNIX_EPOCH + than.since(Timestamp::from_seconds(0));
        let mut older = Vec::new();
        for name in self.list(region, folder)? {
            let about = fs::metadata(self.path(region, folder)?.join(&name));
            match about.and_then(|about| about.modified()) {
                Ok(at) if at < limit => older.push(name),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(older)
    }

    /// Calls `visit` with the name and the path of every file of a region that is whole. What this program cannot have put
    /// there, such as `.DS_Store`, is left out.
    pub fn walk<E: From<io::Error>>(
        &self,
        region: Region,
        visit: &mut dyn FnMut(&str, &Path) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_folder(region, "", visit)
    }

    fn walk_folder<E: From<io::Error>>(
        &self,
        region: Region,
        folder: &str,
        visit: &mut dyn FnMut(&str, &Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = if folder.is_empty() { self.root.join(region.as_str()) } else { self.path(region, folder)? };
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let entry = entry?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let name = if folder.is_empty() { own.clone() } else { format!("{folder}/{own}") };
            if self.path(region, &name).is_err() {
                tracing::warn!(path = %entry.path().display(), "not a file of this program's; it is left out");
                continue;
            }
            let is_folder = entry.file_type()?.is_dir();
            if is_folder && name != INCOMING {
                self.walk_folder(region, &name, visit)?;
            } else if !is_folder && entry.path().extension() != Some(OsStr::new(UNFINISHED)) {
                visit(&name, &entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes a folder with all in it. Doing it twice changes nothing.
    pub fn remove_folder(&self, region: Region, folder: &str, _: &Unheld) -> io::Result<()> {
        match fs::remove_dir_all(self.path(region, folder)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes one file. Doing it twice changes nothing.
    pub fn remove(&self, region: Region, name: &str, _: &Unheld) -> io::Result<()> {
        match fs::remove_file(self.path(region, name)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, region: Region, name: &str) -> io::Result<PathBuf> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !name.split('/').all(plain) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name of this storage"));
        }
        Ok(self.root.join(region.as_str()).join(Path::new(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_until_its_folder_goes() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        files.put(Region::Eu, "photos/one/64.webp", b"x").unwrap();
        assert_eq!(files.get(Region::Eu, "photos/one/64.webp").unwrap().as_deref(), Some(b"x".as_slice()));
        assert_eq!(files.get(Region::Us, "photos/one/64.webp").unwrap(), None);
        assert_eq!(files.list(Region::Eu, "photos/one").unwrap(), ["64.webp"]);
        let mut seen = Vec::new();
        let mut see = |name: &str, path: &Path| -> io::Result<()> {
            seen.push((name.to_owned(), fs::read(path)?));
            Ok(())
        };
        files.walk(Region::Eu, &mut see).unwrap();
        assert_eq!(seen, [("photos/one/64.webp".to_owned(), b"x".to_vec())]);
        files.remove_folder(Region::Eu, "photos/one", &Unheld::for_test()).unwrap();
        files.remove_folder(Region::Eu, "photos/one", &Unheld::for_test()).unwrap();
        assert_eq!(files.list(Region::Eu, "photos/one").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_comes_in_pieces_is_seen_whole_or_never() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        let incoming = || files.list(Region::Eu, INCOMING).unwrap();
        let mut cut_off = files.begin(Region::Eu, "one").unwrap();
        cut_off.write(b"half").unwrap();
        assert_eq!(incoming(), ["one"]);
        drop(cut_off);
        assert_eq!(incoming(), Vec::<String>::new());
        let mut whole = files.begin(Region::Eu, "two").unwrap();
        whole.write(b"ha").unwrap();
        whole.write(b"lf").unwrap();
        whole.finish().unwrap();
        assert_eq!(whole.read().unwrap(), b"half");
        assert!(!files.exists(Region::Eu, "samples/p/h").unwrap());
        files.keep(Region::Eu, whole, "samples/p/h").unwrap();
        files.settle(Region::Eu, "samples/p").unwrap();
        assert_eq!(files.get(Region::Eu, "samples/p/h").unwrap().as_deref(), Some(b"half".as_slice()));
        assert_eq!(incoming(), Vec::<String>::new());
    }

    #[test]
    fn a_name_never_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        for name in ["../x", "a/../x", "/etc/passwd", "a//b", "", ".x", "a\0b"] {
            assert!(files.get(Region::Eu, name).is_err(), "{name:?}");
        }
    }
}
