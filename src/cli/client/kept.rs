//! Where a login is kept: one file for each server in the folder of the person's settings.
//!
//! Rule: a file is written whole or not at all, for its owner alone, and one that anybody else can read is not used.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::{Failed, Server, variable};

const ENDING: &str = "json";
/// More than any token takes.
const LARGEST: u64 = 16 * 1024;

/// No `Debug`: there is a token in it.
#[derive(Serialize, Deserialize)]
pub struct Login {
    pub server: String,
    pub username: String,
    pub token: String,
}

pub struct Logins {
    folder: PathBuf,
}

impl Logins {
    /// `$XDG_CONFIG_HOME/keystead`, or `~/.config/keystead`.
    pub fn of_person() -> Result<Self, Failed> {
        let base = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = base.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config")));
        let base = base.ok_or_else(|| "Where logins are kept cannot be told: HOME is not set.".to_owned())?;
        Ok(Self { folder: base.join("keystead") })
    }

    #[cfg(test)]
    pub fn within(folder: &Path) -> Self {
        Self { folder: folder.join("keystead") }
    }

    /// Every server there is a login for, in the order of their names.
    pub fn servers(&self) -> Result<Vec<Server>, Failed> {
        let cannot = |error| format!("{} cannot be read: {error}.", self.folder.display());
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(cannot)?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(cannot)?.path();
            paths.extend((path.extension().is_some_and(|end| end == ENDING)).then_some(path));
        }
        paths.sort();
        let mut servers = Vec::new();
        for path in paths {
            let login = read(&path)?.ok_or_else(|| format!("{} is gone.", path.display()))?;
            servers.push(Server::parse(&login.server)?);
        }
        Ok(servers)
    }

    pub fn of(&self, server: &Server) -> Result<Option<Login>, Failed> {
        read(&self.path(server))
    }

    pub fn keep(&self, server: &Server, login: &Login) -> Result<PathBuf, Failed> {
        let path = self.path(server);
        let cannot = |error| format!("{} cannot be written: {error}.", path.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(cannot)?;
        // It may have been there, and wider.
        std::fs::set_permissions(&self.folder, PermissionsExt::from_mode(0o700)).map_err(cannot)?;
        let text = serde_json::to_string_pretty(login).map_err(|error| error.to_string())?;
        let beside = self.folder.join(format!(".{}.{}", server.file_name(), std::process::id()));
        let written = write(&beside, &text).and_then(|()| std::fs::rename(&beside, &path));
        written.map_err(|error| {
            // What is left of it is of no use; that the first failure is told matters more than this one.
            drop(std::fs::remove_file(&beside));
            cannot(error)
        })?;
        Ok(path)
    }

    /// Whether there was one.
    pub fn forget(&self, server: &Server) -> Result<bool, Failed> {
        let path = self.path(server);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failed::from(format!("{} cannot be removed: {error}.", path.display()))),
        }
    }

    fn path(&self, server: &Server) -> PathBuf {
        self.folder.join(format!("{}.{ENDING}", server.file_name()))
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Option<Login>, Failed> {
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}.", path.display());
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(cannot)?,
    };
    check(path, &file)?;
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(cannot)?;
    let again = || format!("{} is damaged. Sign in again: keystead login", path.display());
    Ok(Some(serde_json::from_str(&text).map_err(|_| again())?))
}

/// Of the open file, so that it is the one that is read.
fn check(path: &Path, file: &File) -> Result<(), Failed> {
    let facts = file.metadata().map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
    if facts.uid() != rustix::process::geteuid().as_raw() {
        return Err(Failed::from(format!("{} belongs to somebody else, so it is not used.", path.display())));
    }
    if facts.mode() & 0o077 != 0 {
        return Err(Failed::from(format!(
            "Others on this machine can read {path}, so it is not used. If nobody did, run: chmod 600 {path}",
            path = path.display()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_login_is_kept_for_its_owner_alone_and_not_used_when_others_can_read_it() {
        let home = tempfile::tempdir().unwrap();
        let (logins, server) = (Logins::within(home.path()), Server::parse("https://keys.example").unwrap());
        assert!(logins.servers().unwrap().is_empty() && logins.of(&server).unwrap().is_none());
        let login =
            |token: &str| Login { server: server.to_string(), username: "ada".to_owned(), token: token.to_owned() };
        std::fs::create_dir(home.path().join("keystead")).unwrap();
        std::fs::set_permissions(home.path().join("keystead"), PermissionsExt::from_mode(0o755)).unwrap();
        for token in ["one", "two"] {
            let path = logins.keep(&server, &login(token)).unwrap();
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
            assert_eq!(logins.of(&server).unwrap().unwrap().token, token);
        }
        assert_eq!(logins.servers().unwrap(), std::slice::from_ref(&server));
        let files: Vec<_> = std::fs::read_dir(home.path().join("keystead")).unwrap().collect();
        assert_eq!(files.len(), 1, "nothing is left beside it");
        let path = files[0].as_ref().unwrap().path();
        for wide in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(wide)).unwrap();
            assert!(logins.of(&server).err().unwrap().sentence.contains("chmod 600"), "{wide:o}");
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::write(&path, "{").unwrap();
        assert!(logins.of(&server).err().unwrap().sentence.contains("damaged"));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert!(logins.of(&server).is_err(), "a link may lead anywhere");
        assert!(logins.forget(&server).unwrap() && !logins.forget(&server).unwrap());
    }
}
