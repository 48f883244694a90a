//! The master key: the one secret that is kept outside the databases, in a file or the environment.
//!
//! Rule: a file that others on the machine can read is refused. Several keys may be present; the first is current.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::chance::Chance;

/// Names a master key without telling anything about it: the first 8 hex digits of its SHA-256.
pub type MasterKeyId = [u8; 4];

pub fn key_name(id: MasterKeyId) -> String {
    HEXLOWER.encode(&id)
}

pub struct MasterKey {
    pub id: MasterKeyId,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("it holds no key; expected a line of base64 or hex for 32 bytes")]
    Empty,
    #[error("line {0} is not base64 or hex for 32 bytes")]
    Line(usize),
    #[error("others may read it (mode {0:o}); run chmod 600 on it")]
    Exposed(u32),
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

pub struct MasterKeys(pub(super) Vec<MasterKey>);

impl MasterKeys {
    /// One key a line, base64 or hex; lines beginning with `#` are comments. The first key seals, all of them open.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let mut keys = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                keys.push(parse_line(line).ok_or(MasterKeyError::Line(number + 1))?);
            }
        }
        if keys.is_empty() { Err(MasterKeyError::Empty) } else { Ok(Self(keys)) }
    }

    pub fn load_file(path: &Path) -> Result<Self, MasterKeyError> {
        Self::parse(&read(path)?)
    }

    /// Makes the file with a fresh key, mode 0600. When another process was quicker, its file stands.
    pub fn create_file(path: &Path, chance: &Chance) -> io::Result<()> {
        let unfinished = write_aside(path, &Self::generate(chance), 0o600)?;
        // A hard link fails when the name is there already, which a rename would not.
        let linked = fs::hard_link(&unfinished, path);
        fs::remove_file(&unfinished)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => File::open(folder_of(path))?.sync_all(),
        }
    }

    /// Puts a fresh key before those that are there: from now on it seals, and the others open.
    pub fn put_first(path: &Path, chance: &Chance) -> Result<MasterKeyId, MasterKeyError> {
        let text = read(path)?;
        let fresh = Self::generate(chance);
        let id = Self::parse(&fresh)?.0[0].id;
        replace(path, &Zeroizing::new(format!("{}{}", *fresh, *text)))?;
        Ok(id)
    }

    /// Takes a key out, with nothing else.
    pub fn take_out(path: &Path, id: MasterKeyId) -> Result<(), MasterKeyError> {
        let text = read(path)?;
        let stays = |line: &&str| parse_line(line.trim()).is_none_or(|key| key.id != id);
        let left = Zeroizing::new(text.lines().filter(stays).flat_map(|line| [line, "\n"]).collect::<String>());
        // The last one is never taken out.
        Self::parse(&left)?;
        replace(path, &left)
    }

    /// The text of a new key file.
    pub fn generate(chance: &Chance) -> Zeroizing<String> {
        let key = Zeroizing::new(chance.bytes::<32>());
        Zeroizing::new(format!(
            "# Keystead master key. Keep a copy apart from the databases; without it nothing sealed can be read.\n{}\n",
            BASE64.encode(key.as_slice())
        ))
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, MasterKeyError> {
    // Asked of the open file: its name could lead elsewhere a moment later.
    let mut file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    // The group may read it, as container platforms mount secrets that way; everybody may not.
    if mode & 0o007 != 0 {
        return Err(MasterKeyError::Exposed(mode));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Replaces the file in one step, with the mode and, behind a symbolic link, in the place it has.
fn replace(path: &Path, text: &str) -> Result<(), MasterKeyError> {
    let path = path.canonicalize()?;
    let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
    let unfinished = write_aside(&path, text, mode)?;
    fs::rename(&unfinished, &path)?;
    Ok(File::open(folder_of(&path))?.sync_all()?)
}

/// Writes a new file in the same folder, down to the disk.
fn write_aside(path: &Path, text: &str, mode: u32) -> io::Result<PathBuf> {
    let unfinished = path.with_extension(format!("new-{}", HEXLOWER.encode(&Chance::system().bytes::<4>())));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(unfinished)
}

/// The parent of a bare file name is the empty path, which cannot be opened.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn parse_line(line: &str) -> Option<MasterKey> {
    let decoded = Zeroizing::new(if line.len() == 64 {
        HEXLOWER_PERMISSIVE.decode(line.as_bytes()).ok()?
    } else {
        BASE64.decode(line.as_bytes()).ok()?
    });
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(decoded.as_slice()).ok()?);
    let digest: [u8; 32] = Sha256::digest(bytes.as_slice()).into();
    let [a, b, c, d, ..] = digest;
    Some(MasterKey { id: [a, b, c, d], bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_file_is_read_back_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKeys::create_file(&path, &Chance::system()).unwrap();
        let first = MasterKeys::load_file(&path).unwrap();
        MasterKeys::create_file(&path, &Chance::system()).unwrap();
        let second = MasterKeys::load_file(&path).unwrap();
        assert_eq!(first.0[0].id, second.0[0].id);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_everybody_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKeys::create_file(&path, &Chance::system()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MasterKeys::load_file(&path), Err(MasterKeyError::Exposed(0o644))));
    }

    #[test]
    fn what_is_no_key_is_refused_by_line() {
        assert!(matches!(MasterKeys::parse("# none\n"), Err(MasterKeyError::Empty)));
        assert!(matches!(MasterKeys::parse("#\nAAAA"), Err(MasterKeyError::Line(2))));
        assert!(MasterKeys::parse(&"ab".repeat(32)).is_ok());
    }

    #[test]
    fn a_bare_file_name_lies_in_the_working_folder() {
        let name = format!("master-{}.key", HEXLOWER.encode(&Chance::system().bytes::<8>()));
        let made = MasterKeys::create_file(Path::new(&name), &Chance::system());
        let loaded = MasterKeys::load_file(Path::new(&name));
        fs::remove_file(&name).unwrap();
        assert!(made.is_ok() && loaded.is_ok());
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let start = || {
            MasterKeys::create_file(&path, &Chance::system()).unwrap();
            MasterKeys::load_file(&path).unwrap().0[0].id
        };
        let ids: Vec<MasterKeyId> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
            running.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]));
    }
}
