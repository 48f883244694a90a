//! What a project asks of the files that come in, and the keys to check them with.

use std::time::Duration;

use diesel::prelude::*;
use zeroize::Zeroizing;

use crate::crypto::keyring::Keyring;
use crate::db::Db;
use crate::db::schema::projects;
use crate::ingestion::extension::Extension;
use crate::ingestion::verdict::{self, Judged, SigningKey};
use crate::kernel::id::{HmacKeyId, ProjectId};
use crate::kernel::time::seconds;
use crate::projects::hmac_keys::{self, HmacKeyError};
use crate::projects::project::{LONGEST_REPLAY, Signing};

/// As they stand when a request begins. No `Debug`: it carries keys.
pub struct Rules {
    pub signing: Signing,
    /// How old a signed file may be.
    pub window: Option<Duration>,
    keys: Vec<(HmacKeyId, Zeroizing<String>)>,
}

/// `None` when the project is gone.
pub fn rules(db: &mut Db, keyring: &Keyring, project: ProjectId) -> Result<Option<Rules>, HmacKeyError> {
    let found: Option<(Signing, Option<i64>)> = projects::table
        .find(project)
        .filter(projects::deleted_at.is_null())
        .select((projects::signing, projects::replay_seconds))
        .first(db)
        .optional()?;
    let Some((signing, window)) = found else { return Ok(None) };
    let window = window.map(|window| seconds(window.unsigned_abs()).min(LONGEST_REPLAY));
    Ok(Some(Rules { signing, window, keys: hmac_keys::to_try(db, keyring, project)? }))
}

impl Rules {
    /// The verdict on a whole file, by every key of the project.
    pub fn judge(&self, file: &[u8], extension: Extension) -> Judged<HmacKeyId> {
        let keys: Vec<SigningKey<'_, HmacKeyId>> =
            self.keys.iter().map(|(id, text)| SigningKey { id: *id, text }).collect();
        verdict::judge(file, extension, &keys)
    }
}
