//! The master keys a running program holds, and how it learns of a new one.
//!
//! Rule: what is sealed is sealed with the key that comes first in the file as the file is now. Nothing is sealed with the
//! old key once `keystead keys rotate` has written the new one, so nothing it has passed needs the old key again.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::master_key::{MasterKey, MasterKeyId, MasterKeys};

pub(super) struct Masters {
    file: Option<PathBuf>,
    loaded: RwLock<Loaded>,
}

struct Loaded {
    keys: Arc<[MasterKey]>,
    stamp: Option<Stamp>,
}

/// Changes whenever the file is replaced or written to.
#[derive(PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let file = fs::metadata(path)?;
        let modified = (file.mtime(), file.mtime_nsec());
        Ok(Self { device: file.dev(), inode: file.ino(), length: file.len(), modified })
    }
}

impl Masters {
    pub(super) fn new(keys: MasterKeys) -> Self {
        Self { file: None, loaded: RwLock::new(Loaded { keys: keys.0.into(), stamp: None }) }
    }

    /// The file is read again whenever it changed.
    pub(super) fn kept_in(mut self, file: PathBuf) -> Self {
        self.file = Some(file);
        self
    }

    /// All keys, the one that seals first.
    pub(super) fn now(&self) -> Arc<[MasterKey]> {
        self.look_again();
        self.held()
    }

    /// Runs `work` with the key of this name. A key that is not known yet is looked for in the file.
    pub(super) fn with<T>(&self, id: &[u8], work: impl FnOnce(&MasterKey) -> T) -> Option<T> {
        let find = |keys: &[MasterKey]| keys.iter().position(|key| key.id == id);
        let mut keys = self.held();
        if find(&keys).is_none() {
            keys = self.now();
        }
        find(&keys).map(|at| work(&keys[at]))
    }

    fn held(&self) -> Arc<[MasterKey]> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    /// A file that cannot be read changes nothing: what was read before goes on to be used, and the operator is told.
    fn look_again(&self) {
        let Some(file) = &self.file else { return };
        let stamp = Stamp::of(file).ok();
        if self.loaded.read().unwrap_or_else(PoisonError::into_inner).stamp == stamp {
            return;
        }
        let keys = MasterKeys::load_file(file);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        loaded.stamp = stamp;
        match keys {
            Ok(keys) => loaded.keys = keys.0.into(),
            Err(error) => {
                tracing::error!(%error, "the file of the master key cannot be read; those read before are used");
            }
        }
    }
}

impl super::keyring::Keyring {
    /// The names of the keys that are present, the one that seals first.
    pub fn master_ids(&self) -> Vec<MasterKeyId> {
        self.masters.now().iter().map(|key| key.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::chance::Chance;

    fn first(masters: &Masters) -> MasterKeyId {
        masters.now()[0].id
    }

    #[test]
    fn a_key_that_is_put_first_seals_from_then_on_and_the_old_one_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let chance = Chance::system();
        MasterKeys::create_file(&path, &chance).unwrap();
        let masters = Masters::new(MasterKeys::load_file(&path).unwrap()).kept_in(path.clone());
        let old = first(&masters);
        let new = MasterKeys::put_first(&path, &chance).unwrap();
        assert_eq!(masters.with(&new, |key| key.id), Some(new), "one who only opens learns of it too");
        assert_eq!((first(&masters), masters.with(&old, |key| key.id)), (new, Some(old)));
        MasterKeys::take_out(&path, old).unwrap();
        assert_eq!((first(&masters), masters.with(&old, |key| key.id)), (new, None));
    }

    #[test]
    fn a_file_that_is_gone_or_spoiled_takes_no_key_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKeys::create_file(&path, &Chance::system()).unwrap();
        let masters = Masters::new(MasterKeys::load_file(&path).unwrap()).kept_in(path.clone());
        let key = first(&masters);
        fs::write(&path, "not a key").unwrap();
        assert_eq!(first(&masters), key);
        fs::remove_file(&path).unwrap();
        assert_eq!(first(&masters), key);
    }
}
