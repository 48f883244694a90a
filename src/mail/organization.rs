//! The mails about organizations and the people in them.
//!
//! Rule: an organization and its people are called by the words of their addresses. What they are titled, a stranger may
//! have typed, and the invited are strangers.

use serde::{Deserialize, Serialize};

use super::compose::House;
use super::paths;
use super::words::{Words, link, moment};
use crate::kernel::time::Timestamp;

/// Roles as pages say them: `Editor`. People by their usernames.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum OrganizationNews {
    Invited {
        role: String,
        by: String,
        token: String,
        expires_at: Timestamp,
    },
    /// To the Owners.
    Joined {
        who: String,
        role: String,
    },
    /// To the Owners.
    Left {
        who: String,
    },
    /// To Owners and Admins: what somebody had sent who may no longer invite people like these.
    InvitationsCancelled {
        sender: String,
        addresses: Vec<String>,
    },
    /// To whom it happened, as the two below.
    RoleChanged {
        from: String,
        to: String,
        by: String,
    },
    Removed {
        by: String,
    },
    /// The last Owner closed their account, or handed over before.
    HandedOver,
    /// To Owners and Admins.
    Closing {
        by: String,
        erase_at: Timestamp,
    },
    ClosingCancelled {
        by: String,
    },
    /// To Owners and Admins, as the two below: what an administrator of the site did, and why.
    Suspended {
        reason: String,
    },
    Reinstated {
        reason: String,
    },
    Deleted {
        reason: String,
        erase_at: Timestamp,
    },
    /// The receipt, to whoever was an Owner: how many of what went.
    Erased {
        counts: Vec<(String, i64)>,
    },
}

impl OrganizationNews {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Invited { .. } => "organization_invited",
            Self::Joined { .. } => "organization_joined",
            Self::Left { .. } => "organization_left",
            Self::InvitationsCancelled { .. } => "organization_invitations_cancelled",
            Self::RoleChanged { .. } => "organization_role_changed",
            Self::Removed { .. } => "organization_removed",
            Self::HandedOver => "organization_handed_over",
            Self::Closing { .. } => "organization_closing",
            Self::ClosingCancelled { .. } => "organization_closing_cancelled",
            Self::Suspended { .. } => "organization_suspended",
            Self::Reinstated { .. } => "organization_reinstated",
            Self::Deleted { .. } => "organization_deleted",
            Self::Erased { .. } => "organization_erased",
        }
    }

    pub(super) fn words(&self, house: &House, name: &str) -> Words {
        let product = &house.name;
        let members = || Some(link(house, "Look at the members", &paths::members(name)));
        match self {
            Self::Invited { role, by, token, expires_at } => Words {
                link: Some(link(house, "Look at the invitation", &paths::invitation(token))),
                unless: "If you do not know them, ignore this mail: without your answer nothing happens.".to_owned(),
                ..say(
                    format!("{by} invites you to {name} on {product}"),
                    format!(
                        "The account \"{by}\" invites you to the organization \"{name}\", as its {role}. The invitation is \
                         for this email address only, works once, and ends on {}.",
                        moment(*expires_at)
                    ),
                )
            },
            Self::Joined { who, role } => Words {
                link: members(),
                ..say(
                    format!("{who} joined {name}"),
                    format!("\"{who}\" accepted the invitation to the organization \"{name}\" and is its {role} now."),
                )
            },
            Self::Left { who } => Words {
                link: members(),
                ..say(
                    format!("{who} left {name}"),
                    format!("\"{who}\" is no longer a member of the organization \"{name}\". Their seat is free."),
                )
            },
            Self::InvitationsCancelled { sender, addresses } => Words {
                items: addresses.clone(),
                link: members(),
                unless: "Invite those again who are still to join.".to_owned(),
                ..say(
                    format!("Invitations to {name} were cancelled"),
                    format!(
                        "\"{sender}\" may no longer invite people like these to the organization \"{name}\", so their \
                         invitations no longer work, and the seats are free:"
                    ),
                )
            },
            Self::RoleChanged { from, to, by } => Words {
                link: Some(link(house, "Look at your organizations", paths::ORGANIZATIONS)),
                ..say(
                    format!("Your role in {name} changed"),
                    format!("\"{by}\" changed your role in the organization \"{name}\" from {from} to {to}."),
                )
            },
            Self::Removed { by } => say(
                format!("You are no longer a member of {name}"),
                format!(
                    "\"{by}\" removed you from the organization \"{name}\". Your account and what is yours alone are as \
                     they were."
                ),
            ),
            Self::HandedOver => Words {
                link: members(),
                ..say(
                    format!("You are an Owner of {name}"),
                    format!(
                        "The last Owner of the organization \"{name}\" closed their account, and it was handed over to you."
                    ),
                )
            },
            Self::Closing { by, erase_at } => Words {
                link: Some(link(house, "Look at your organizations", paths::ORGANIZATIONS)),
                unless: "Until then an Owner can bring it back. After that date nothing can.".to_owned(),
                ..say(
                    format!("{name} was deleted"),
                    format!(
                        "\"{by}\" deleted the organization \"{name}\". Nobody can enter it any more, and everything in it is \
                         erased on {}.",
                        moment(*erase_at)
                    ),
                )
            },
            Self::ClosingCancelled { by } => Words {
                link: Some(link(house, "Look at your organizations", paths::ORGANIZATIONS)),
                ..say(
                    format!("{name} stays"),
                    format!("\"{by}\" brought the organization \"{name}\" back. Nothing in it was erased."),
                )
            },
            Self::Suspended { reason } => suspended(house, name, reason),
            Self::Reinstated { reason } => reinstated(house, name, reason),
            Self::Deleted { reason, erase_at } => deleted(house, name, reason, *erase_at),
            Self::Erased { counts } => Words {
                items: counts.iter().map(|(what, count)| format!("{what}: {count}")).collect(),
                unless: "This is the receipt. There is nothing left to bring back.".to_owned(),
                ..say(
                    format!("{name} was erased"),
                    format!("The organization \"{name}\" was erased with everything in it:"),
                )
            },
        }
    }

    #[cfg(test)]
    pub(super) fn samples(token: &str, at: Timestamp) -> Vec<Self> {
        let (by, who, role) = ("grace".to_owned(), "ada".to_owned(), "Editor".to_owned());
        vec![
            Self::Invited { role: role.clone(), by: by.clone(), token: token.to_owned(), expires_at: at },
            Self::Joined { who: who.clone(), role: role.clone() },
            Self::Left { who: who.clone() },
            Self::InvitationsCancelled { sender: who, addresses: vec!["noor@example.com".to_owned()] },
            Self::RoleChanged { from: role, to: "Admin".to_owned(), by: by.clone() },
            Self::Removed { by: by.clone() },
            Self::HandedOver,
            Self::Closing { by: by.clone(), erase_at: at },
            Self::ClosingCancelled { by },
            Self::Suspended { reason: "Spam.".to_owned() },
            Self::Reinstated { reason: "A mistake.".to_owned() },
            Self::Deleted { reason: "Spam.".to_owned(), erase_at: at },
            Self::Erased { counts: vec![("members".to_owned(), 3)] },
        ]
    }
}

fn say(subject: String, happened: String) -> Words {
    Words { subject, happened: vec![happened], ..Words::default() }
}

fn suspended(house: &House, name: &str, reason: &str) -> Words {
    let happened = format!(
        "An administrator of {} suspended the organization \"{name}\". Nobody can enter it, and its keys are refused. The \
         reason: {reason}",
        house.name
    );
    Words {
        unless: "Nothing in it was removed. Answer whoever runs the site if you think that this is a mistake."
            .to_owned(),
        ..say(format!("{name} was suspended"), happened)
    }
}

fn reinstated(house: &House, name: &str, reason: &str) -> Words {
    let happened = format!(
        "An administrator of {} opened the organization \"{name}\" again, and its keys work as before. The reason: {reason}",
        house.name
    );
    Words {
        link: Some(link(house, "Look at your organizations", paths::ORGANIZATIONS)),
        ..say(format!("{name} was reinstated"), happened)
    }
}

fn deleted(house: &House, name: &str, reason: &str, erase_at: Timestamp) -> Words {
    let happened = format!(
        "An administrator of {} deleted the organization \"{name}\". Nobody can enter it any more, and everything in it is \
         erased on {}. The reason: {reason}",
        house.name,
        moment(erase_at)
    );
    Words {
        unless: "Until then an administrator can bring it back. After that date nothing can.".to_owned(),
        ..say(format!("{name} was deleted"), happened)
    }
}
