//! What happens to secrets. That a job got one stands in the secret's own access log.
//!
//! Rule: as in [`super`]. A value is never in an event; names are what people typed, so they go into the erasable part.

use serde_json::{Value, json};

use super::super::kind::Kind;
use crate::kernel::id::SecretId;
use crate::kernel::time::Timestamp;

#[derive(Clone, Debug)]
pub enum SecretEvent {
    Added {
        secret: SecretId,
        name: String,
    },
    Replaced {
        secret: SecretId,
        version: i64,
        name: String,
    },
    /// Jobs get this version from now on.
    RolledBack {
        secret: SecretId,
        version: i64,
        name: String,
    },
    /// The names of the fields, never what is in them.
    Changed {
        secret: SecretId,
        fields: Vec<&'static str>,
        name: String,
    },
    Deleted {
        secret: SecretId,
        erase_at: Timestamp,
        name: String,
    },
    Restored {
        secret: SecretId,
        name: String,
    },
    Erased {
        secret: SecretId,
    },
    /// A leak drill began.
    Leaked {
        secret: SecretId,
        version: i64,
        is_withheld: bool,
        name: String,
    },
    /// During a drill: whether jobs get the leaked version.
    Withheld {
        secret: SecretId,
        is_withheld: bool,
        name: String,
    },
    LeakStep {
        secret: SecretId,
        step: &'static str,
        is_done: bool,
        name: String,
    },
    /// With all of it done, or before that. The reason is with the drill.
    LeakClosed {
        secret: SecretId,
        version: i64,
        is_all_done: bool,
        is_false_alarm: bool,
        name: String,
    },
}

impl SecretEvent {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Added { .. } => Kind::SecretAdded,
            Self::Replaced { .. } => Kind::SecretReplaced,
            Self::RolledBack { .. } => Kind::SecretRolledBack,
            Self::Changed { .. } => Kind::SecretChanged,
            Self::Deleted { .. } => Kind::SecretDeleted,
            Self::Restored { .. } => Kind::SecretRestored,
            Self::Erased { .. } => Kind::SecretErased,
            Self::Leaked { .. } => Kind::SecretLeaked,
            Self::Withheld { is_withheld: true, .. } => Kind::SecretWithheld,
            Self::Withheld { is_withheld: false, .. } => Kind::SecretHandedOut,
            Self::LeakStep { is_done: true, .. } => Kind::LeakStepDone,
            Self::LeakStep { is_done: false, .. } => Kind::LeakStepUndone,
            Self::LeakClosed { .. } => Kind::LeakClosed,
        }
    }

    pub(super) fn facts(&self) -> Value {
        match self {
            Self::Added { secret, .. }
            | Self::Restored { secret, .. }
            | Self::Erased { secret }
            | Self::Withheld { secret, .. } => {
                json!({ "secret": secret })
            }
            Self::Replaced { secret, version, .. } | Self::RolledBack { secret, version, .. } => {
                json!({ "secret": secret, "version": version })
            }
            Self::Changed { secret, fields, .. } => json!({ "secret": secret, "fields": fields }),
            Self::Deleted { secret, erase_at, .. } => json!({ "secret": secret, "erase_at": erase_at.to_string() }),
            Self::Leaked { secret, version, is_withheld, .. } => {
                json!({ "secret": secret, "version": version, "withheld": is_withheld })
            }
            Self::LeakStep { secret, step, .. } => json!({ "secret": secret, "step": step }),
            Self::LeakClosed { secret, version, is_all_done, is_false_alarm, .. } => json!({
                "secret": secret, "version": version, "all_done": is_all_done, "false_alarm": is_false_alarm
            }),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Added { name, .. }
            | Self::Replaced { name, .. }
            | Self::RolledBack { name, .. }
            | Self::Changed { name, .. }
            | Self::Deleted { name, .. }
            | Self::Restored { name, .. }
            | Self::Leaked { name, .. }
            | Self::Withheld { name, .. }
            | Self::LeakStep { name, .. }
            | Self::LeakClosed { name, .. } => name,
            Self::Erased { .. } => "",
        }
    }
}
