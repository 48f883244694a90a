//! Every mail there is.

use serde::{Deserialize, Serialize};

use super::organization::OrganizationNews;
use crate::kernel::time::Timestamp;

mod keys;
mod projects;
mod secrets;

pub use keys::KeyLetter;
pub use projects::ProjectLetter;
pub use secrets::SecretLetter;

/// What one mail tells. Has no `Debug`, because codes and tokens are in it; it is stored sealed only.
///
/// Nothing that a stranger may type (a name at sign-up, say) is in a mail that goes to an unconfirmed address.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// The six digits that confirm an address.
    ConfirmAddress {
        code: String,
    },
    /// Somebody tried to sign up with the address of an account. Nothing else tells that it is taken.
    AddressTaken,
    ResetPassword {
        token: String,
    },
    PasswordChanged,
    PasswordReset,
    /// A sign-in from a browser not seen before.
    NewBrowser,
    /// A tool took a token, and none of its name had one.
    NewTool,
    /// One that asked was let in from a page, and fetched its token.
    ToolAllowed,
    MfaTurnedOn,
    MfaTurnedOff,
    RecoveryCodesMade,
    RecoveryCodeUsed {
        left: i64,
    },
    SessionsEnded {
        count: i64,
    },
    SessionsEndedByAdministrator {
        count: i64,
    },
    /// The owner closed the account; the link cancels.
    AccountClosing {
        username: String,
        erase_at: Timestamp,
        token: String,
    },
    /// An administrator did. `erase_at` is absent when it is erased at once.
    DeletedByAdministrator {
        username: String,
        reason: String,
        erase_at: Option<Timestamp>,
    },
    ClosingCancelled {
        username: String,
    },
    /// The receipt: how many of what were erased, in the words of the page that announced it.
    AccountErased {
        username: String,
        counts: Vec<(String, i64)>,
    },
    Suspended {
        reason: String,
    },
    Reinstated,
    MfaResetRequested {
        token: String,
        effective_at: Timestamp,
    },
    MfaResetDone,
    AdministratorMade,
    AdministratorWithdrawn,
    /// An administrator asks somebody to sign up.
    Invitation {
        token: String,
        expires_at: Timestamp,
    },
    /// Something about an organization, known by the word of its address: what people call it, anybody could have typed.
    Organization {
        name: String,
        news: OrganizationNews,
    },
    Key(KeyLetter),
    Project(ProjectLetter),
    Secret(SecretLetter),
    Test,
}

impl Letter {
    /// Whether it may tell of an account that is gone for good by the time it is sent.
    pub fn is_receipt(&self) -> bool {
        matches!(self, Self::AccountErased { .. } | Self::DeletedByAdministrator { .. })
    }

    /// What the outbox shows of a mail: its kind, nothing of its words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConfirmAddress { .. } => "confirm_address",
            Self::AddressTaken => "address_taken",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::NewBrowser => "new_browser",
            Self::NewTool => "new_tool",
            Self::ToolAllowed => "tool_allowed",
            Self::MfaTurnedOn => "mfa_turned_on",
            Self::MfaTurnedOff => "mfa_turned_off",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::SessionsEndedByAdministrator { .. } => "sessions_ended_by_administrator",
            Self::AccountClosing { .. } => "account_closing",
            Self::DeletedByAdministrator { .. } => "deleted_by_administrator",
            Self::ClosingCancelled { .. } => "closing_cancelled",
            Self::AccountErased { .. } => "account_erased",
            Self::Suspended { .. } => "suspended",
            Self::Reinstated => "reinstated",
            Self::MfaResetRequested { .. } => "mfa_reset_requested",
            Self::MfaResetDone => "mfa_reset_done",
            Self::AdministratorMade => "administrator_made",
            Self::AdministratorWithdrawn => "administrator_withdrawn",
            Self::Invitation { .. } => "invitation",
            Self::Organization { news, .. } => news.kind(),
            Self::Key(letter) => letter.kind(),
            Self::Project(letter) => letter.kind(),
            Self::Secret(letter) => letter.kind(),
            Self::Test => "test",
        }
    }

    /// Whether the browser behind it is the reader's business. An administrator's own address is not.
    pub(super) fn tells_where_from(&self) -> bool {
        if let Self::Key(letter) = self {
            return letter.tells_where_from();
        }
        if let Self::Secret(letter) = self {
            return letter.tells_where_from();
        }
        !matches!(
            self,
            Self::SessionsEndedByAdministrator { .. }
                | Self::DeletedByAdministrator { .. }
                | Self::AccountErased { .. }
                | Self::Suspended { .. }
                | Self::Reinstated
                | Self::MfaResetRequested { .. }
                | Self::MfaResetDone
                | Self::AdministratorMade
                | Self::AdministratorWithdrawn
                | Self::Invitation { .. }
                | Self::Organization { .. }
                | Self::Test
        )
    }

    /// One of each, for the test that renders them all.
    #[cfg(test)]
    pub(super) fn samples() -> Vec<Self> {
        let at = Timestamp::from_seconds(1_795_000_000);
        let (username, token) = ("ada".to_owned(), "eToken-of-43-characters".to_owned());
        let reason = "Sends <b>spam</b> & worse".to_owned();
        let about = |news| Self::Organization { name: "acme-labs".to_owned(), news };
        let mut samples: Vec<Self> = OrganizationNews::samples(&token, at).into_iter().map(about).collect();
        samples.extend(KeyLetter::samples().into_iter().map(Self::Key));
        samples.extend(ProjectLetter::samples().into_iter().map(Self::Project));
        samples.extend(SecretLetter::samples().into_iter().map(Self::Secret));
        samples.extend([
            Self::ConfirmAddress { code: "048151".to_owned() },
            Self::AddressTaken,
            Self::ResetPassword { token: token.clone() },
            Self::PasswordChanged,
            Self::PasswordReset,
            Self::NewBrowser,
            Self::NewTool,
            Self::ToolAllowed,
            Self::MfaTurnedOn,
            Self::MfaTurnedOff,
            Self::RecoveryCodesMade,
            Self::RecoveryCodeUsed { left: 1 },
            Self::SessionsEnded { count: 3 },
            Self::SessionsEndedByAdministrator { count: 1 },
            Self::AccountClosing { username: username.clone(), erase_at: at, token: token.clone() },
            Self::DeletedByAdministrator { username: username.clone(), reason: reason.clone(), erase_at: Some(at) },
            Self::DeletedByAdministrator { username: username.clone(), reason: reason.clone(), erase_at: None },
            Self::ClosingCancelled { username: username.clone() },
            Self::AccountErased { username, counts: vec![("sessions".to_owned(), 3), ("photo".to_owned(), 1)] },
            Self::Suspended { reason },
            Self::Reinstated,
            Self::MfaResetRequested { token: token.clone(), effective_at: at },
            Self::MfaResetDone,
            Self::AdministratorMade,
            Self::AdministratorWithdrawn,
            Self::Invitation { token, expires_at: at },
            Self::Test,
        ]);
        samples
    }
}
