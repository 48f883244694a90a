//! Mails about keys of projects and workspaces.

use serde::{Deserialize, Serialize};

use crate::kernel::time::Timestamp;

/// `place` is in words, `path` leads to where the keys are looked after. A key's value is in none of them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "key_letter", rename_all = "snake_case")]
pub enum KeyLetter {
    Created {
        name: String,
        place: String,
        can: String,
        path: String,
    },
    Rotated {
        name: String,
        place: String,
        ends_at: Timestamp,
        path: String,
    },
    /// For an hour it can be had back.
    Revoked {
        name: String,
        place: String,
        gone_at: Timestamp,
        path: String,
    },
    Restored {
        name: String,
        place: String,
        path: String,
    },
    Expires {
        name: String,
        place: String,
        ends_at: Timestamp,
        path: String,
    },
    /// A rotated key that somebody goes on using.
    StillUsed {
        name: String,
        place: String,
        ends_at: Timestamp,
        path: String,
    },
    /// Whoever made these may no longer have such keys.
    Disabled {
        person: String,
        keys: Vec<String>,
    },
    HmacCreated {
        name: String,
        place: String,
        path: String,
    },
    HmacShown {
        name: String,
        place: String,
        path: String,
    },
    HmacRevoked {
        name: String,
        place: String,
        path: String,
    },
}

impl KeyLetter {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "api_key_created",
            Self::Rotated { .. } => "api_key_rotated",
            Self::Revoked { .. } => "api_key_revoked",
            Self::Restored { .. } => "api_key_restored",
            Self::Expires { .. } => "api_key_expires",
            Self::StillUsed { .. } => "api_key_still_used",
            Self::Disabled { .. } => "api_keys_disabled",
            Self::HmacCreated { .. } => "hmac_key_created",
            Self::HmacShown { .. } => "hmac_key_shown",
            Self::HmacRevoked { .. } => "hmac_key_revoked",
        }
    }

    /// A key that ends by itself was touched by nobody.
    pub(super) fn tells_where_from(&self) -> bool {
        !matches!(self, Self::Expires { .. } | Self::StillUsed { .. } | Self::Disabled { .. })
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<Self> {
        let at = Timestamp::from_seconds(1_795_000_000);
        let name = || "ci <b>nightly</b>".to_owned();
        let place = || "the project gripper-vision of tidewater".to_owned();
        let path = || "/tidewater/gripper-vision/keys".to_owned();
        vec![
            Self::Created { name: name(), place: place(), can: "read data".to_owned(), path: path() },
            Self::Rotated { name: name(), place: place(), ends_at: at, path: path() },
            Self::Revoked { name: name(), place: place(), gone_at: at, path: path() },
            Self::Restored { name: name(), place: place(), path: path() },
            Self::Expires { name: name(), place: place(), ends_at: at, path: path() },
            Self::StillUsed { name: name(), place: place(), ends_at: at, path: path() },
            Self::Disabled { person: "Ada".to_owned(), keys: vec![name()] },
            Self::HmacCreated { name: name(), place: place(), path: path() },
            Self::HmacShown { name: name(), place: place(), path: path() },
            Self::HmacRevoked { name: name(), place: place(), path: path() },
        ]
    }
}
