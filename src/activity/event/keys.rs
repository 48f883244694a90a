//! What happens to projects and to the keys of projects and workspaces.
//!
//! Rule: as in [`super`]. Names are what people typed, so they go into the erasable part.

use serde_json::{Value, json};

use super::super::kind::Kind;
use crate::kernel::id::{ApiKeyId, ArtifactId, HmacKeyId, ProjectId, SampleId};
use crate::kernel::time::Timestamp;

#[derive(Clone, Debug)]
pub enum KeyEvent {
    Created {
        key: ApiKeyId,
        project: Option<ProjectId>,
        role: &'static str,
        is_development: bool,
        expires_at: Option<Timestamp>,
        name: String,
    },
    Renamed {
        key: ApiKeyId,
        project: Option<ProjectId>,
        name: String,
    },
    Rotated {
        key: ApiKeyId,
        successor: ApiKeyId,
        project: Option<ProjectId>,
        ends_at: Timestamp,
        name: String,
    },
    DevelopmentUnset {
        key: ApiKeyId,
        project: Option<ProjectId>,
        name: String,
    },
    /// A development key's value was handed out once more.
    Shown {
        key: ApiKeyId,
        project: Option<ProjectId>,
        name: String,
    },
    /// Refused from now on; may still be taken back.
    Disabled {
        key: ApiKeyId,
        project: Option<ProjectId>,
        name: String,
    },
    Restored {
        key: ApiKeyId,
        project: Option<ProjectId>,
        name: String,
    },
    Revoked {
        key: ApiKeyId,
        project: Option<ProjectId>,
        name: String,
    },
    HmacCreated {
        key: HmacKeyId,
        project: ProjectId,
        is_development: bool,
        name: String,
    },
    HmacShown {
        key: HmacKeyId,
        project: ProjectId,
        name: String,
    },
    HmacDevelopment {
        key: HmacKeyId,
        project: ProjectId,
        is_development: bool,
        name: String,
    },
    HmacRevoked {
        key: HmacKeyId,
        project: ProjectId,
        name: String,
    },
}

#[derive(Clone, Debug)]
pub enum ProjectEvent {
    Created {
        project: ProjectId,
        name: String,
    },
    /// The names of the fields, never what is in them.
    Changed {
        project: ProjectId,
        fields: Vec<&'static str>,
        name: String,
    },
    SigningChanged {
        project: ProjectId,
        signing: &'static str,
        replay_seconds: Option<i64>,
        name: String,
    },
    Deleted {
        project: ProjectId,
        erase_at: Timestamp,
        name: String,
    },
    Restored {
        project: ProjectId,
        name: String,
    },
    /// How many rows and files went, by step.
    Erased {
        project: ProjectId,
        counts: Vec<(String, i64)>,
    },
    /// Left out of what the project holds, or taken back in. `name` is the file's, here and below.
    SampleSwitched {
        project: ProjectId,
        sample: SampleId,
        is_disabled: bool,
        name: String,
    },
    SampleDeleted {
        project: ProjectId,
        sample: SampleId,
        name: String,
    },
    /// By a program of the platform, as the next two. `name` is the artifact's.
    ArtifactRegistered {
        project: ProjectId,
        artifact: ArtifactId,
        name: String,
    },
    ArtifactChanged {
        project: ProjectId,
        artifact: ArtifactId,
        name: String,
    },
    ArtifactRemoved {
        project: ProjectId,
        artifact: ArtifactId,
        name: String,
    },
}

impl KeyEvent {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Created { .. } => Kind::ApiKeyCreated,
            Self::Renamed { .. } => Kind::ApiKeyRenamed,
            Self::Rotated { .. } => Kind::ApiKeyRotated,
            Self::DevelopmentUnset { .. } => Kind::DevelopmentKeyUnset,
            Self::Shown { .. } => Kind::DevelopmentKeyShown,
            Self::Disabled { .. } => Kind::ApiKeyDisabled,
            Self::Restored { .. } => Kind::ApiKeyRestored,
            Self::Revoked { .. } => Kind::ApiKeyRevoked,
            Self::HmacCreated { .. } => Kind::HmacKeyCreated,
            Self::HmacShown { .. } => Kind::HmacKeyShown,
            Self::HmacDevelopment { .. } => Kind::HmacKeyChanged,
            Self::HmacRevoked { .. } => Kind::HmacKeyRevoked,
        }
    }

    pub(super) fn facts(&self) -> Value {
        let at = |at: &Option<Timestamp>| at.map(|at| at.to_string());
        match self {
            Self::Created { key, project, role, is_development, expires_at, .. } => json!({
                "key": key, "project": project, "role": role, "development": is_development, "expires_at": at(expires_at)
            }),
            Self::Rotated { key, successor, project, ends_at, .. } => {
                json!({ "key": key, "successor": successor, "project": project, "ends_at": ends_at.to_string() })
            }
            Self::Renamed { key, project, .. }
            | Self::DevelopmentUnset { key, project, .. }
            | Self::Shown { key, project, .. }
            | Self::Disabled { key, project, .. }
            | Self::Restored { key, project, .. }
            | Self::Revoked { key, project, .. } => json!({ "key": key, "project": project }),
            Self::HmacCreated { key, project, is_development, .. }
            | Self::HmacDevelopment { key, project, is_development, .. } => {
                json!({ "hmac_key": key, "project": project, "development": is_development })
            }
            Self::HmacShown { key, project, .. } | Self::HmacRevoked { key, project, .. } => {
                json!({ "hmac_key": key, "project": project })
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Created { name, .. }
            | Self::Renamed { name, .. }
            | Self::Rotated { name, .. }
            | Self::DevelopmentUnset { name, .. }
            | Self::Shown { name, .. }
            | Self::Disabled { name, .. }
            | Self::Restored { name, .. }
            | Self::Revoked { name, .. }
            | Self::HmacCreated { name, .. }
            | Self::HmacShown { name, .. }
            | Self::HmacDevelopment { name, .. }
            | Self::HmacRevoked { name, .. } => name,
        }
    }
}

impl ProjectEvent {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Created { .. } => Kind::ProjectCreated,
            Self::Changed { .. } => Kind::ProjectChanged,
            Self::SigningChanged { .. } => Kind::SigningPolicyChanged,
            Self::Deleted { .. } => Kind::ProjectDeleted,
            Self::Restored { .. } => Kind::ProjectRestored,
            Self::Erased { .. } => Kind::ProjectErased,
            Self::SampleSwitched { is_disabled: true, .. } => Kind::SampleDisabled,
            Self::SampleSwitched { is_disabled: false, .. } => Kind::SampleEnabled,
            Self::SampleDeleted { .. } => Kind::SampleDeleted,
            Self::ArtifactRegistered { .. } => Kind::ArtifactRegistered,
            Self::ArtifactChanged { .. } => Kind::ArtifactChanged,
            Self::ArtifactRemoved { .. } => Kind::ArtifactRemoved,
        }
    }

    pub(super) fn facts(&self) -> Value {
        match self {
            Self::Created { project, .. } | Self::Restored { project, .. } => json!({ "project": project }),
            Self::Changed { project, fields, .. } => json!({ "project": project, "fields": fields }),
            Self::SigningChanged { project, signing, replay_seconds, .. } => {
                json!({ "project": project, "signing": signing, "replay_seconds": replay_seconds })
            }
            Self::Deleted { project, erase_at, .. } => {
                json!({ "project": project, "erase_at": erase_at.to_string() })
            }
            Self::Erased { project, counts } => {
                let counts: serde_json::Map<String, Value> =
                    counts.iter().map(|(what, n)| (what.clone(), json!(n))).collect();
                json!({ "project": project, "counts": counts })
            }
            Self::SampleSwitched { project, sample, .. } | Self::SampleDeleted { project, sample, .. } => {
                json!({ "project": project, "sample": sample })
            }
            Self::ArtifactRegistered { project, artifact, .. }
            | Self::ArtifactChanged { project, artifact, .. }
            | Self::ArtifactRemoved { project, artifact, .. } => json!({ "project": project, "artifact": artifact }),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Created { name, .. }
            | Self::Changed { name, .. }
            | Self::SigningChanged { name, .. }
            | Self::Deleted { name, .. }
            | Self::Restored { name, .. }
            | Self::SampleSwitched { name, .. }
            | Self::SampleDeleted { name, .. }
            | Self::ArtifactRegistered { name, .. }
            | Self::ArtifactChanged { name, .. }
            | Self::ArtifactRemoved { name, .. } => name,
            Self::Erased { .. } => "",
        }
    }
}
