//! The mails about projects as a whole: what lets programs in goes and comes back with them.

use serde::{Deserialize, Serialize};

use crate::kernel::time::Timestamp;

/// `name` is the project's, `workspace` the first word of its addresses, `slug` the second.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "project", rename_all = "snake_case")]
pub enum ProjectLetter {
    /// To the trash.
    Deleted {
        name: String,
        workspace: String,
        erase_at: Timestamp,
    },
    Restored {
        name: String,
        workspace: String,
        slug: String,
    },
}

impl ProjectLetter {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Deleted { .. } => "project_deleted",
            Self::Restored { .. } => "project_restored",
        }
    }

    #[cfg(test)]
    pub(super) fn samples() -> Vec<Self> {
        let erase_at = Timestamp::from_seconds(1_795_000_000);
        let (name, workspace) = ("Gripper <b>Vision</b>".to_owned(), "tidewater".to_owned());
        vec![
            Self::Deleted { name: name.clone(), workspace: workspace.clone(), erase_at },
            Self::Restored { name, workspace, slug: "gripper-vision".to_owned() },
        ]
    }
}
