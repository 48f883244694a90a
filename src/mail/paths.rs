//! The few addresses mails lead to. The pages' own links are functions too; a test there compares the two.

pub const SIGN_IN: &str = "/sign-in";
pub const SESSIONS: &str = "/settings/sessions";
pub const PASSWORD: &str = "/settings/password";
pub const MFA: &str = "/settings/mfa";
pub const ORGANIZATIONS: &str = "/settings/organizations";

pub fn reset(token: &str) -> String {
    format!("/reset/{token}")
}

pub fn cancel_closing(token: &str) -> String {
    format!("/cancel-closing/{token}")
}

pub fn confirm_mfa_reset(token: &str) -> String {
    format!("/confirm-mfa-reset/{token}")
}

pub fn invitation(token: &str) -> String {
    format!("/invitation/{token}")
}

pub fn members(organization: &str) -> String {
    format!("/{organization}/settings/members")
}

/// A workspace's deleted projects.
pub fn trash(workspace: &str) -> String {
    format!("/{workspace}/trash")
}

pub fn project_keys(workspace: &str, project: &str) -> String {
    format!("/{workspace}/{project}/keys")
}
