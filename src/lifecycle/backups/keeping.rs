//! Where a backup goes and what it is called there, and which older ones are let go.
//!
//! Rule: only files named exactly as this program names them are ever removed, and only after a newer one is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::kernel::time::{Timestamp, days};

const BEGINNING: &str = "keystead-";
const PLAIN: &str = ".tar";
const SEALED: &str = ".tar.age";
/// What the name of one ends with that is not whole yet.
const UNFINISHED: &str = ".partial";
const LOG: &str = "erasures.log";
/// In one second, in one folder.
const MOST_ALIKE: u32 = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Named by its time.
    Folder(PathBuf),
    File(PathBuf),
}

impl Destination {
    /// A name that ends as those of backups do is a file's, unless a folder is there.
    pub fn of(path: &Path) -> Self {
        let is_file = path.extension().is_some_and(|end| end == "tar" || end == "age");
        if is_file && !path.is_dir() { Self::File(path.to_owned()) } else { Self::Folder(path.to_owned()) }
    }

    pub fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::File(file) => folder_of(file),
        }
    }

    /// The log of erasures beside it.
    pub fn log(&self) -> PathBuf {
        self.folder().join(LOG)
    }

    /// A name that nothing has yet.
    pub(super) fn free_name(&self, now: Timestamp, is_sealed: bool) -> io::Result<PathBuf> {
        let taken = || io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of that name already");
        match self {
            Self::File(file) if file.try_exists()? => Err(taken()),
            Self::File(file) => Ok(file.clone()),
            Self::Folder(folder) => {
                fs::create_dir_all(folder)?;
                let stamp = now.to_jiff().strftime("%Y%m%dT%H%M%SZ");
                let end = if is_sealed { SEALED } else { PLAIN };
                for alike in 0..MOST_ALIKE {
                    let more = if alike == 0 { String::new() } else { format!("-{alike}") };
                    let path = folder.join(format!("{BEGINNING}{stamp}{more}{end}"));
                    if !path.try_exists()? {
                        return Ok(path);
                    }
                }
                Err(taken())
            }
        }
    }
}

/// The log of erasures beside a backup.
pub fn log_beside(file: &Path) -> PathBuf {
    folder_of(file).join(LOG)
}

/// Where a file lies; one without any folder in its name lies here.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Its name while it is not whole.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    PathBuf::from(name)
}

/// What makes one name of ours older than another: the instant, and which of that second.
fn age_of(name: &str) -> Option<(String, u32)> {
    let rest = name.strip_prefix(BEGINNING)?;
    let rest = rest.strip_suffix(SEALED).or_else(|| rest.strip_suffix(PLAIN))?;
    let (stamp, alike) = rest.split_once('-').map_or(Some((rest, 0)), |(stamp, n)| Some((stamp, n.parse().ok()?)))?;
    let is_digit = |at: usize, byte: u8| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    let is_ours = stamp.len() == 16 && stamp.bytes().enumerate().all(|(at, byte)| is_digit(at, byte));
    is_ours.then(|| (stamp.to_owned(), alike))
}

/// Removes all but the newest of our files, never the one that was just made, whatever the names say; how many went.
pub(super) fn keep_newest(folder: &Path, most: usize, made: &Path) -> io::Result<usize> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(age) = name.to_str().and_then(age_of)
            && entry.file_type()?.is_file()
            && Some(name.as_os_str()) != made.file_name()
        {
            found.push((age, entry.path()));
        }
    }
    found.sort();
    let too_many = (found.len() + 1).saturating_sub(most.max(1));
    for (_, path) in &found[..too_many] {
        fs::remove_file(path)?;
    }
    Ok(too_many)
}

/// Removes what a backup left that was killed a day ago or earlier; a younger one may be another installation's.
pub(super) fn sweep_unfinished(folder: &Path, now: Timestamp) -> io::Result<()> {
    let limit = std::time::UNIX_EPOCH + now.minus(days(1)).since(Timestamp::from_seconds(0));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_ours = name.to_str().and_then(|name| age_of(name.strip_suffix(UNFINISHED)?)).is_some();
        if is_ours && entry.metadata()?.modified()? < limit {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_are_let_go_and_the_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let ours =
            ["keystead-20261129T113000Z.tar", "keystead-20261128T113000Z.tar", "keystead-20261129T113000Z-1.tar.age"];
        let others = [
            "keystead-20261127T113000Z.tar.partial",
            "keystead-2026112XT113000Z.tar",
            "my-keystead-20261101T113000Z.tar",
            "keystead-before-the-move.tar",
            "keystead-20261101T113000Z.tar.gz",
            "erasures.log",
        ];
        for name in ours.iter().chain(&others) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("keystead-20200101T000000Z.tar")).unwrap();
        let made = folder.path().join(ours[2]);
        assert_eq!(keep_newest(folder.path(), 1, &made).unwrap(), 2);
        assert!(folder.path().join(ours[2]).exists() && !folder.path().join(ours[0]).exists());
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
        assert_eq!(keep_newest(folder.path(), 1, &made).unwrap(), 0);
    }

    #[test]
    fn a_name_is_a_files_or_a_folders() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Destination::of(folder.path()), Destination::Folder(folder.path().to_owned()));
        let file = folder.path().join("x.tar.age");
        assert_eq!(Destination::of(&file), Destination::File(file.clone()));
        assert_eq!(Destination::of(Path::new("x.tar")).log(), Path::new("./erasures.log"));
        fs::write(&file, "x").unwrap();
        assert!(Destination::of(&file).free_name(Timestamp::from_seconds(0), true).is_err());
        let destination = Destination::of(folder.path());
        let first = destination.free_name(Timestamp::from_seconds(1_795_239_060), false).unwrap();
        assert!(first.ends_with("keystead-20261121T053100Z.tar"));
        fs::write(&first, "x").unwrap();
        let second = destination.free_name(Timestamp::from_seconds(1_795_239_060), false).unwrap();
        assert!(second.ends_with("keystead-20261121T053100Z-1.tar"));
    }
}
