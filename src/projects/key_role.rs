//! What a project's key may do: four roles, and the actions that the platform asks about.

use crate::access::Role;
use crate::text_enum;

text_enum! {
    /// Ordered by what they may: full access stands first.
    pub enum KeyRole {
        Admin = "admin",
        IngestionDeployment = "ingestion_deployment",
        IngestionOnly = "ingestiononly",
        ReadOnly = "readonly",
    }
}

text_enum! {
    /// What a program wants to do with a key. Training, deployment and remote management are done by the platform, which
    /// asks here whether the key may.
    pub enum KeyAction {
        ReadData = "read_data",
        ReadImpulse = "read_impulse",
        AddData = "add_data",
        RemoteManagement = "remote_management",
        Deploy = "deploy",
        /// Label, move, disable, delete.
        ChangeData = "change_data",
        Train = "train",
        ManageKeys = "manage_keys",
        ChangeSettings = "change_settings",
    }
}

impl KeyRole {
    /// As pages say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Admin => "Admin, full access",
            Self::IngestionDeployment => "Ingestion + deployment",
            Self::IngestionOnly => "Ingestion",
            Self::ReadOnly => "Read-only",
        }
    }

    /// As it completes "This key can …".
    pub const fn can(self) -> &'static str {
        match self {
            Self::Admin => "do everything in the project: keys, settings, data, training and deployment",
            Self::IngestionDeployment => "add data, connect to remote management, read data and deploy models",
            Self::IngestionOnly => "add data, connect to remote management and read data",
            Self::ReadOnly => "read data and the state of the impulse",
        }
    }

    pub const fn may(self, action: KeyAction) -> bool {
        use KeyAction::{AddData, Deploy, ReadData, ReadImpulse, RemoteManagement};
        match self {
            Self::Admin => true,
            Self::IngestionDeployment => matches!(action, AddData | RemoteManagement | ReadData | Deploy),
            Self::IngestionOnly => matches!(action, AddData | RemoteManagement | ReadData),
            Self::ReadOnly => matches!(action, ReadData | ReadImpulse),
        }
    }

    /// Whether a key of this role is within the rights of whoever may make keys up to `most`.
    pub fn is_within(self, most: Self) -> bool {
        self >= most
    }

    /// The strongest key that somebody of this role may make; a Viewer none.
    pub const fn most_of(role: Role) -> Option<Self> {
        match role {
            Role::Owner | Role::Admin => Some(Self::Admin),
            Role::Editor => Some(Self::IngestionDeployment),
            Role::Viewer => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_makes_a_key_above_their_own_rights() {
        assert_eq!(KeyRole::most_of(Role::Owner), KeyRole::most_of(Role::Admin));
        let most = KeyRole::most_of(Role::Editor).unwrap();
        let within: Vec<KeyRole> = KeyRole::ALL.iter().copied().filter(|role| role.is_within(most)).collect();
        assert_eq!(within, [KeyRole::IngestionDeployment, KeyRole::IngestionOnly, KeyRole::ReadOnly]);
        assert_eq!(KeyRole::most_of(Role::Viewer), None);
    }

    #[test]
    fn a_role_may_what_its_sentence_says() {
        let may = |role: KeyRole| KeyAction::ALL.iter().filter(|action| role.may(**action)).count();
        assert_eq!(KeyRole::ALL.iter().map(|role| may(*role)).collect::<Vec<_>>(), [KeyAction::ALL.len(), 4, 3, 2]);
        assert!(KeyRole::IngestionDeployment.may(KeyAction::Deploy) && !KeyRole::IngestionOnly.may(KeyAction::Deploy));
        assert!(!KeyRole::ReadOnly.may(KeyAction::AddData) && KeyRole::ReadOnly.may(KeyAction::ReadImpulse));
    }
}
