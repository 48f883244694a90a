//! The mails about secrets. Names only: no mail ever holds a value.

use serde::{Deserialize, Serialize};

use crate::kernel::time::Timestamp;

/// `place` is the workspace in words, `path` the page of its secrets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "secret", rename_all = "snake_case")]
pub enum SecretLetter {
    /// New ones, new values, or both.
    Kept {
        added: Vec<String>,
        replaced: Vec<String>,
        place: String,
        path: String,
    },
    RolledBack {
        name: String,
        version: i64,
        place: String,
        path: String,
    },
    /// Which jobs get it, or for how long.
    Changed {
        name: String,
        place: String,
        path: String,
    },
    Deleted {
        name: String,
        erase_at: Timestamp,
        place: String,
        path: String,
    },
    Restored {
        name: String,
        place: String,
        path: String,
    },
    Expires {
        name: String,
        ends_at: Timestamp,
        place: String,
        path: String,
    },
    /// `path` is the page of the drill here and below.
    Leaked {
        name: String,
        version: i64,
        is_withheld: bool,
        place: String,
        path: String,
    },
    Withheld {
        name: String,
        is_withheld: bool,
        place: String,
        path: String,
    },
    LeakClosed {
        name: String,
        is_false_alarm: bool,
        place: String,
        path: String,
    },
}

impl SecretLetter {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "secrets_kept",
            Self::RolledBack { .. } => "secret_rolled_back",
            Self::Changed { .. } => "secret_changed",
            Self::Deleted { .. } => "secret_deleted",
            Self::Restored { .. } => "secret_restored",
            Self::Expires { .. } => "secret_expires",
            Self::Leaked { .. } => "secret_leaked",
            Self::Withheld { .. } => "secret_leak_withheld",
            Self::LeakClosed { .. } => "secret_leak_closed",
        }
    }

    /// A secret that ends by itself was touched by nobody.
    pub(super) fn tells_where_from(&self) -> bool {
        !matches!(self, Self::Expires { .. })
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<Self> {
        let at = Timestamp::from_seconds(1_795_000_000);
        let name = || "OPENAI_API_KEY".to_owned();
        let place = || "the workspace tidewater".to_owned();
        let path = || "/tidewater/settings/secrets".to_owned();
        vec![
            Self::Kept { added: vec![name()], replaced: Vec::new(), place: place(), path: path() },
            Self::Kept { added: Vec::new(), replaced: vec![name()], place: place(), path: path() },
            Self::Kept { added: vec![name()], replaced: vec!["S3_KEY".to_owned()], place: place(), path: path() },
            Self::RolledBack { name: name(), version: 2, place: place(), path: path() },
            Self::Changed { name: name(), place: place(), path: path() },
            Self::Deleted { name: name(), erase_at: at, place: place(), path: path() },
            Self::Restored { name: name(), place: place(), path: path() },
            Self::Expires { name: name(), ends_at: at, place: place(), path: path() },
            Self::Leaked { name: name(), version: 3, is_withheld: true, place: place(), path: path() },
            Self::Leaked { name: name(), version: 3, is_withheld: false, place: place(), path: path() },
            Self::Withheld { name: name(), is_withheld: true, place: place(), path: path() },
            Self::Withheld { name: name(), is_withheld: false, place: place(), path: path() },
            Self::LeakClosed { name: name(), is_false_alarm: false, place: place(), path: path() },
            Self::LeakClosed { name: name(), is_false_alarm: true, place: place(), path: path() },
        ]
    }
}
