//! The kinds of events, in words close to OWASP's logging vocabulary and to chapter V16 of ASVS.

use crate::text_enum;

text_enum! {
    /// Stored as its word: never renamed once released.
    pub enum Kind {
        EmailConfirmed = "email.confirmed",
        SignInSucceeded = "sign_in.succeeded",
        SignInFailed = "sign_in.failed",
        SignOut = "sign_out",
        ToolAllowed = "tool.allowed",
        ToolRefused = "tool.refused",
        SessionEnded = "session.ended",
        SessionsEnded = "sessions.ended",
        PasswordChanged = "password.changed",
        PasswordResetRequested = "password.reset_requested",
        PasswordReset = "password.reset",
        PasswordResetRefused = "password.reset_refused",
        MfaTurnedOn = "mfa.turned_on",
        MfaTurnedOff = "mfa.turned_off",
        RecoveryCodesMade = "recovery_codes.made",
        RecoveryCodesChecked = "recovery_codes.checked",
        RecoveryCodeUsed = "recovery_codes.used",
        BrowserTrusted = "browser.trusted",
        BrowserUntrusted = "browser.untrusted",
        StepUpSucceeded = "step_up.succeeded",
        StepUpFailed = "step_up.failed",
        ProfileChanged = "profile.changed",
        PhotoChanged = "photo.changed",
        PhotoRemoved = "photo.removed",
        AccountClosing = "account.closing",
        ClosingCancelled = "account.closing_cancelled",
        AccountErased = "account.erased",
        AccountSuspended = "account.suspended",
        AccountReinstated = "account.reinstated",
        AccountOpened = "account.opened_by_administrator",
        AccountDeleted = "account.deleted_by_administrator",
        SessionsEndedByAdministrator = "sessions.ended_by_administrator",
        MfaResetRequested = "mfa.reset_requested",
        MfaResetCancelled = "mfa.reset_cancelled",
        MfaResetDone = "mfa.reset_done",
        AdministratorMade = "administrator.made",
        AdministratorWithdrawn = "administrator.withdrawn",
        AccountsExported = "accounts.exported",
        JobRetried = "job.retried",
        JobDiscarded = "job.discarded",
        AdmissionInvited = "admission.invited",
        AdmissionWithdrawn = "admission.withdrawn",
        AdmissionUsed = "admission.used",
        AccessRefused = "access.refused",
        ServiceTokenCreated = "service_token.created",
        ServiceTokenRevoked = "service_token.revoked",
        MasterKeyMade = "master_key.made",
        MasterKeyRetired = "master_key.retired",
        OrganizationCreated = "organization.created",
        OrganizationChanged = "organization.changed",
        PictureChanged = "organization.picture_changed",
        PictureRemoved = "organization.picture_removed",
        PoliciesChanged = "organization.policies_changed",
        OrganizationClosing = "organization.closing",
        OrganizationKept = "organization.closing_cancelled",
        OrganizationErased = "organization.erased",
        OrganizationSuspended = "organization.suspended",
        OrganizationReinstated = "organization.reinstated",
        OrganizationDeleted = "organization.deleted",
        MemberInvited = "member.invited",
        InvitationSentAgain = "member.invitation_sent_again",
        InvitationCancelled = "member.invitation_cancelled",
        InvitationDeclined = "member.invitation_declined",
        MemberJoined = "member.joined",
        RoleChanged = "member.role_changed",
        MemberRemoved = "member.removed",
        MemberLeft = "member.left",
        MemberWentAway = "member.went_away",
        MemberCameBack = "member.came_back",
        ApiKeyCreated = "api_key.created",
        ApiKeyRenamed = "api_key.renamed",
        ApiKeyRotated = "api_key.rotated",
        DevelopmentKeyUnset = "api_key.no_longer_development",
        DevelopmentKeyShown = "api_key.shown",
        ApiKeyDisabled = "api_key.disabled",
        ApiKeyRestored = "api_key.restored",
        ApiKeyRevoked = "api_key.revoked",
        HmacKeyCreated = "hmac_key.created",
        HmacKeyShown = "hmac_key.shown",
        HmacKeyChanged = "hmac_key.changed",
        HmacKeyRevoked = "hmac_key.revoked",
        ProjectCreated = "project.created",
        ProjectChanged = "project.changed",
        SigningPolicyChanged = "project.signing_changed",
        ProjectDeleted = "project.deleted",
        ProjectRestored = "project.restored",
        ProjectErased = "project.erased",
        SampleDisabled = "sample.disabled",
        SampleEnabled = "sample.enabled",
        SampleDeleted = "sample.deleted",
        ArtifactRegistered = "artifact.registered",
        ArtifactChanged = "artifact.changed",
        ArtifactRemoved = "artifact.removed",
        SecretAdded = "secret.added",
        SecretReplaced = "secret.replaced",
        SecretRolledBack = "secret.rolled_back",
        SecretChanged = "secret.changed",
        SecretDeleted = "secret.deleted",
        SecretRestored = "secret.restored",
        SecretErased = "secret.erased",
        SecretLeaked = "secret.leaked",
        SecretWithheld = "secret.leak_withheld",
        SecretHandedOut = "secret.leak_handed_out",
        LeakStepDone = "secret.leak_step_done",
        LeakStepUndone = "secret.leak_step_undone",
        LeakClosed = "secret.leak_closed",
    }
}

/// How an event stands out in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    Plain,
    /// Something was refused or failed.
    Warning,
    /// A credential or the account itself changed.
    Important,
    /// An administrator did it.
    Administrator,
}

impl Kind {
    /// What happened, as its owner reads it.
    #[expect(clippy::too_many_lines, reason = "one line for each kind")]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::EmailConfirmed => "Email address confirmed",
            Self::SignInSucceeded => "Signed in",
            Self::SignInFailed => "Failed sign-in",
            Self::SignOut => "Signed out",
            Self::ToolAllowed => "Program allowed to sign in",
            Self::ToolRefused => "Program refused to sign in",
            Self::SessionEnded => "Session ended",
            Self::SessionsEnded => "Other sessions ended",
            Self::PasswordChanged => "Password changed",
            Self::PasswordResetRequested => "Password reset requested",
            Self::PasswordReset => "Password reset",
            Self::PasswordResetRefused => "Password reset refused",
            Self::MfaTurnedOn => "Multi-factor authentication turned on",
            Self::MfaTurnedOff => "Multi-factor authentication turned off",
            Self::RecoveryCodesMade => "Recovery codes made",
            Self::RecoveryCodesChecked => "Recovery codes checked",
            Self::RecoveryCodeUsed => "Recovery code used",
            Self::BrowserTrusted => "Browser trusted",
            Self::BrowserUntrusted => "Browser no longer trusted",
            Self::StepUpSucceeded => "Identity confirmed",
            Self::StepUpFailed => "Identity not confirmed",
            Self::ProfileChanged => "Profile changed",
            Self::PhotoChanged => "Photo changed",
            Self::PhotoRemoved => "Photo removed",
            Self::AccountClosing => "Account closed",
            Self::ClosingCancelled => "Closing the account cancelled",
            Self::AccountErased => "Account erased",
            Self::AccountSuspended => "Account suspended",
            Self::AccountReinstated => "Account reinstated",
            Self::AccountOpened => "Account opened by an administrator",
            Self::AccountDeleted => "Account deleted by an administrator",
            Self::SessionsEndedByAdministrator => "Sessions ended by an administrator",
            Self::MfaResetRequested => "Reset of multi-factor authentication requested",
            Self::MfaResetCancelled => "Reset of multi-factor authentication cancelled",
            Self::MfaResetDone => "Multi-factor authentication reset",
            Self::AdministratorMade => "Made an administrator",
            Self::AdministratorWithdrawn => "No longer an administrator",
            Self::AccountsExported => "Accounts exported",
            Self::JobRetried => "Job retried",
            Self::JobDiscarded => "Job discarded",
            Self::AdmissionInvited => "Somebody invited to sign up",
            Self::AdmissionWithdrawn => "Invitation withdrawn",
            Self::AdmissionUsed => "Invitation used",
            Self::AccessRefused => "Access refused",
            Self::ServiceTokenCreated => "Service token created",
            Self::ServiceTokenRevoked => "Service token revoked",
            Self::MasterKeyMade => "Master key made",
            Self::MasterKeyRetired => "Master key retired",
            Self::OrganizationCreated => "Organization created",
            Self::OrganizationChanged => "Organization's profile changed",
            Self::PictureChanged => "Picture changed",
            Self::PictureRemoved => "Picture removed",
            Self::PoliciesChanged => "Policies changed",
            Self::OrganizationClosing => "Organization deleted",
            Self::OrganizationKept => "Deleting the organization cancelled",
            Self::OrganizationErased => "Organization erased",
            Self::OrganizationSuspended => "Organization suspended",
            Self::OrganizationReinstated => "Organization reinstated",
            Self::OrganizationDeleted => "Organization deleted by an administrator",
            Self::MemberInvited => "Somebody invited",
            Self::InvitationSentAgain => "Invitation sent again",
            Self::InvitationCancelled => "Invitation cancelled",
            Self::InvitationDeclined => "Invitation declined",
            Self::MemberJoined => "Member joined",
            Self::RoleChanged => "Role changed",
            Self::MemberRemoved => "Member removed",
            Self::MemberLeft => "Member left",
            Self::MemberWentAway => "Member closed their account",
            Self::MemberCameBack => "Member kept their account",
            Self::ApiKeyCreated => "API key created",
            Self::ApiKeyRenamed => "API key renamed",
            Self::ApiKeyRotated => "API key rotated",
            Self::DevelopmentKeyUnset => "Development key no longer one",
            Self::DevelopmentKeyShown => "Development key shown",
            Self::ApiKeyDisabled => "API key disabled",
            Self::ApiKeyRestored => "API key enabled again",
            Self::ApiKeyRevoked => "API key revoked for good",
            Self::HmacKeyCreated => "HMAC key created",
            Self::HmacKeyShown => "HMAC key shown",
            Self::HmacKeyChanged => "HMAC key changed",
            Self::HmacKeyRevoked => "HMAC key revoked",
            Self::ProjectCreated => "Project created",
            Self::ProjectChanged => "Project changed",
            Self::SigningPolicyChanged => "Signing policy changed",
            Self::ProjectDeleted => "Project deleted",
            Self::ProjectRestored => "Project restored",
            Self::ProjectErased => "Project erased",
            Self::SampleDisabled => "Sample disabled",
            Self::SampleEnabled => "Sample enabled again",
            Self::SampleDeleted => "Sample deleted",
            Self::ArtifactRegistered => "Artifact registered",
            Self::ArtifactChanged => "Artifact changed",
            Self::ArtifactRemoved => "Artifact removed",
            Self::SecretAdded => "Secret added",
            Self::SecretReplaced => "Secret replaced",
            Self::SecretRolledBack => "Secret rolled back",
            Self::SecretChanged => "Secret changed",
            Self::SecretDeleted => "Secret deleted",
            Self::SecretRestored => "Secret restored",
            Self::SecretErased => "Secret erased",
            Self::SecretLeaked => "Secret marked as leaked",
            Self::SecretWithheld => "Leaked secret kept from jobs",
            Self::SecretHandedOut => "Leaked secret handed to jobs again",
            Self::LeakStepDone => "Step of a leak drill done",
            Self::LeakStepUndone => "Step of a leak drill open again",
            Self::LeakClosed => "Leak drill closed",
        }
    }

    #[expect(clippy::too_many_lines, reason = "one line for each kind")]
    pub const fn badge(self) -> Badge {
        match self {
            Self::SignInFailed
            | Self::StepUpFailed
            | Self::PasswordResetRefused
            | Self::AccessRefused
            | Self::ToolRefused => Badge::Warning,
            Self::PasswordChanged
            | Self::ToolAllowed
            | Self::PasswordReset
            | Self::MfaTurnedOn
            | Self::MfaTurnedOff
            | Self::RecoveryCodesMade
            | Self::RecoveryCodeUsed
            | Self::AccountClosing
            | Self::ClosingCancelled
            | Self::AccountErased
            | Self::ServiceTokenCreated
            | Self::ServiceTokenRevoked
            | Self::MasterKeyMade
            | Self::MasterKeyRetired
            | Self::PoliciesChanged
            | Self::OrganizationClosing
            | Self::OrganizationKept
            | Self::OrganizationErased
            | Self::RoleChanged
            | Self::MemberRemoved
            | Self::ApiKeyCreated
            | Self::ApiKeyRotated
            | Self::DevelopmentKeyShown
            | Self::ApiKeyDisabled
            | Self::ApiKeyRestored
            | Self::HmacKeyCreated
            | Self::HmacKeyShown
            | Self::HmacKeyRevoked
            | Self::SigningPolicyChanged
            | Self::ProjectDeleted
            | Self::ProjectRestored
            | Self::SecretAdded
            | Self::SecretReplaced
            | Self::SecretRolledBack
            | Self::SecretChanged
            | Self::SecretDeleted
            | Self::SecretRestored
            | Self::SecretLeaked
            | Self::SecretWithheld
            | Self::SecretHandedOut
            | Self::LeakClosed => Badge::Important,
            Self::AccountSuspended
            | Self::AccountReinstated
            | Self::AccountOpened
            | Self::AccountDeleted
            | Self::SessionsEndedByAdministrator
            | Self::MfaResetRequested
            | Self::MfaResetCancelled
            | Self::MfaResetDone
            | Self::AdministratorMade
            | Self::AdministratorWithdrawn
            | Self::OrganizationSuspended
            | Self::OrganizationReinstated
            | Self::OrganizationDeleted => Badge::Administrator,
            Self::EmailConfirmed
            | Self::SignInSucceeded
            | Self::SignOut
            | Self::SessionEnded
            | Self::SessionsEnded
            | Self::PasswordResetRequested
            | Self::RecoveryCodesChecked
            | Self::BrowserTrusted
            | Self::BrowserUntrusted
            | Self::StepUpSucceeded
            | Self::ProfileChanged
            | Self::PhotoChanged
            | Self::PhotoRemoved
            | Self::AccountsExported
            | Self::JobRetried
            | Self::JobDiscarded
            | Self::AdmissionInvited
            | Self::AdmissionWithdrawn
            | Self::AdmissionUsed
            | Self::OrganizationCreated
            | Self::OrganizationChanged
            | Self::PictureChanged
            | Self::PictureRemoved
            | Self::MemberInvited
            | Self::InvitationSentAgain
            | Self::InvitationCancelled
            | Self::InvitationDeclined
            | Self::MemberJoined
            | Self::MemberLeft
            | Self::MemberWentAway
            | Self::MemberCameBack
            | Self::ApiKeyRenamed
            | Self::DevelopmentKeyUnset
            | Self::ApiKeyRevoked
            | Self::HmacKeyChanged
            | Self::ProjectCreated
            | Self::ProjectChanged
            | Self::ProjectErased
            | Self::SampleDisabled
            | Self::SampleEnabled
            | Self::SampleDeleted
            | Self::ArtifactRegistered
            | Self::ArtifactChanged
            | Self::ArtifactRemoved
            | Self::SecretErased
            | Self::LeakStepDone
            | Self::LeakStepUndone => Badge::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// Every Rust file below, but for the record itself and the demo, which imitates the rest.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("src/activity") || path.ends_with("src/cli/demo") {
                continue;
            }
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }

    /// Organizations have an enum of their own; what holds it to this is in its room.
    #[test]
    fn every_event_is_recorded_somewhere() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let text: String = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let arms = include_str!("event.rs").lines().filter(|line| line.contains(" => Kind::"));
        let events: Vec<&str> =
            arms.filter_map(|arm| arm.trim().strip_prefix("Self::")?.split([' ', '(']).next()).collect();
        assert!(events.len() > 30, "{events:?}");
        for event in events {
            let event = format!("Event::{event}");
            let is_whole = |at: usize| !text[at + event.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
            assert!(text.match_indices(&event).any(|(at, _)| is_whole(at)), "nothing records {event}");
        }
    }
}
