//! What may be recorded in an organization's own chain.
//!
//! Rule: ids, roles and counts only. Whom an invitation went to is no part of it: that text would outlive the person.

use serde_json::{Map, Value, json};

use super::kind::Kind;
use crate::kernel::id::{InvitationId, WorkspaceId};
use crate::kernel::time::Timestamp;

/// Roles by their word. Who did it is the event's actor, to whom its subject.
#[derive(Clone, Debug)]
pub enum OrganizationEvent {
    Created,
    /// The names of the fields, never what is in them.
    Changed {
        fields: Vec<&'static str>,
    },
    PictureChanged,
    PictureRemoved,
    PoliciesChanged {
        fields: Vec<&'static str>,
    },
    MemberInvited {
        invitation: InvitationId,
        role: &'static str,
    },
    InvitationSentAgain {
        invitation: InvitationId,
    },
    InvitationCancelled {
        invitation: InvitationId,
    },
    InvitationDeclined {
        invitation: InvitationId,
    },
    MemberJoined {
        invitation: InvitationId,
        role: &'static str,
    },
    RoleChanged {
        from: &'static str,
        to: &'static str,
    },
    MemberRemoved {
        role: &'static str,
    },
    MemberLeft {
        role: &'static str,
    },
    /// The member's account is closing.
    MemberWentAway {
        role: &'static str,
    },
    MemberCameBack {
        role: &'static str,
    },
    Closing {
        erase_at: Timestamp,
    },
    ClosingCancelled,
    /// By an administrator, as the two below; the reason stands in the mail that its Owners got.
    Suspended {
        organization: WorkspaceId,
    },
    Reinstated {
        organization: WorkspaceId,
    },
    Deleted {
        organization: WorkspaceId,
        erase_at: Timestamp,
    },
    /// In the record of the instance: its own chain went with it.
    Erased {
        organization: WorkspaceId,
        counts: Vec<(String, i64)>,
    },
}

impl OrganizationEvent {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Created => Kind::OrganizationCreated,
            Self::Changed { .. } => Kind::OrganizationChanged,
            Self::PictureChanged => Kind::PictureChanged,
            Self::PictureRemoved => Kind::PictureRemoved,
            Self::PoliciesChanged { .. } => Kind::PoliciesChanged,
            Self::MemberInvited { .. } => Kind::MemberInvited,
            Self::InvitationSentAgain { .. } => Kind::InvitationSentAgain,
            Self::InvitationCancelled { .. } => Kind::InvitationCancelled,
            Self::InvitationDeclined { .. } => Kind::InvitationDeclined,
            Self::MemberJoined { .. } => Kind::MemberJoined,
            Self::RoleChanged { .. } => Kind::RoleChanged,
            Self::MemberRemoved { .. } => Kind::MemberRemoved,
            Self::MemberLeft { .. } => Kind::MemberLeft,
            Self::MemberWentAway { .. } => Kind::MemberWentAway,
            Self::MemberCameBack { .. } => Kind::MemberCameBack,
            Self::Closing { .. } => Kind::OrganizationClosing,
            Self::ClosingCancelled => Kind::OrganizationKept,
            Self::Suspended { .. } => Kind::OrganizationSuspended,
            Self::Reinstated { .. } => Kind::OrganizationReinstated,
            Self::Deleted { .. } => Kind::OrganizationDeleted,
            Self::Erased { .. } => Kind::OrganizationErased,
        }
    }

    pub(super) fn facts(&self) -> Value {
        match self {
            Self::Changed { fields } | Self::PoliciesChanged { fields } => json!({ "fields": fields }),
            Self::MemberInvited { invitation, role } | Self::MemberJoined { invitation, role } => {
                json!({ "invitation": invitation, "role": role })
            }
            Self::InvitationSentAgain { invitation }
            | Self::InvitationCancelled { invitation }
            | Self::InvitationDeclined { invitation } => json!({ "invitation": invitation }),
            Self::RoleChanged { from, to } => json!({ "from": from, "to": to }),
            Self::MemberRemoved { role }
            | Self::MemberLeft { role }
            | Self::MemberWentAway { role }
            | Self::MemberCameBack { role } => json!({ "role": role }),
            Self::Closing { erase_at } => json!({ "erase_at": erase_at.to_string() }),
            Self::Suspended { organization } | Self::Reinstated { organization } => {
                json!({ "organization": organization })
            }
            Self::Deleted { organization, erase_at } => {
                json!({ "organization": organization, "erase_at": erase_at.to_string() })
            }
            Self::Erased { organization, counts } => {
                let counts: Map<String, Value> = counts.iter().map(|(what, n)| (what.clone(), json!(n))).collect();
                json!({ "organization": organization, "counts": counts })
            }
            Self::Created | Self::PictureChanged | Self::PictureRemoved | Self::ClosingCancelled => json!({}),
        }
    }
}
