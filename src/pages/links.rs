//! Every address of this site, each a constant or a function, so that no template spells one.

mod of_secrets;

use url::form_urlencoded::byte_serialize;

pub use of_secrets::*;

pub const SIGN_IN: &str = "/sign-in";
pub const SIGN_IN_CODE: &str = "/sign-in/code";
pub const SIGN_UP: &str = "/sign-up";
pub const SIGN_UP_CODE: &str = "/sign-up/code";
pub const SIGN_OUT: &str = "/sign-out";
pub const FORGOT_PASSWORD: &str = "/forgot-password";
pub const RESET: &str = "/reset";
/// Where an organization's invitation is answered.
pub const INVITATION: &str = "/invitation";
pub const SETUP: &str = "/setup";
/// Where a program that asks to be signed in is allowed or refused.
pub const DEVICE: &str = "/login/device";
pub const DEVICE_ANSWER: &str = "/login/device/answer";
pub const CONFIRM: &str = "/confirm";
pub const THEME: &str = "/theme";

pub const ACCOUNT: &str = "/settings/account";
pub const DELETE_ACCOUNT: &str = "/settings/account/delete";
pub const PASSWORD: &str = "/settings/password";
pub const MFA: &str = "/settings/mfa";
pub const MFA_SET_UP: &str = "/settings/mfa/set-up";
pub const MFA_CODES: &str = "/settings/mfa/codes";
pub const MFA_NEW_CODES: &str = "/settings/mfa/new-codes";
pub const MFA_TURN_OFF: &str = "/settings/mfa/turn-off";
pub const MFA_TRUSTED: &str = "/settings/mfa/trusted";
pub const SESSIONS: &str = "/settings/sessions";
pub const SESSIONS_END: &str = "/settings/sessions/end";
pub const SESSIONS_END_OTHERS: &str = "/settings/sessions/end-others";
pub const BILLING: &str = "/settings/billing";
pub const API_KEYS: &str = "/settings/api-keys";
pub const ORGANIZATIONS: &str = "/settings/organizations";
pub const NEW_ORGANIZATION: &str = "/settings/organizations/new";

pub const ADMIN_ACCOUNTS: &str = "/admin/accounts";
pub const ADMIN_ORGANIZATIONS: &str = "/admin/organizations";
pub const ADMIN_JOBS: &str = "/admin/jobs";
pub const ADMIN_DOCTOR: &str = "/admin/doctor";
pub const ADMIN_SELECTED: &str = "/admin/accounts/selected";
pub const ADMIN_INVITATIONS: &str = "/admin/accounts/invitations";
pub const ADMIN_INVITATIONS_WITHDRAW: &str = "/admin/accounts/invitations/withdraw";
pub const ADMIN_DELETE_SELECTED: &str = "/admin/accounts/delete";

pub const FAREWELL: &str = "/farewell";
pub const CANCEL_CLOSING: &str = "/cancel-closing";
pub const CONFIRM_MFA_RESET: &str = "/confirm-mfa-reset";

/// One account in the administration. The address names its region, so that no other is asked.
pub fn admin_account(region: crate::kernel::region::Region, account: crate::kernel::id::AccountId) -> String {
    format!("{ADMIN_ACCOUNTS}/{region}/{account}")
}

pub fn admin_delete(region: crate::kernel::region::Region, account: crate::kernel::id::AccountId) -> String {
    format!("{ADMIN_ACCOUNTS}/{region}/{account}/delete")
}

/// One organization in the administration, likewise.
pub fn admin_organization(region: crate::kernel::region::Region, id: crate::kernel::id::WorkspaceId) -> String {
    format!("{ADMIN_ORGANIZATIONS}/{region}/{id}")
}

pub fn admin_organization_delete(region: crate::kernel::region::Region, id: crate::kernel::id::WorkspaceId) -> String {
    format!("{ADMIN_ORGANIZATIONS}/{region}/{id}/delete")
}

/// A part of the list of organizations, those filters left out that are empty.
pub fn admin_organizations(filters: &[(&str, &str)]) -> String {
    part_of(ADMIN_ORGANIZATIONS, filters)
}

/// Where a failed job or mail is decided on.
pub fn admin_job(region: crate::kernel::region::Region, job: crate::kernel::id::JobId) -> String {
    format!("{ADMIN_JOBS}/{region}/{job}")
}

/// How far the deletion of many accounts is.
pub fn admin_deletion(region: crate::kernel::region::Region, job: crate::kernel::id::JobId) -> String {
    format!("{ADMIN_ACCOUNTS}/deletions/{region}/{job}")
}

/// A part of the invitations to sign up, those filters left out that are empty.
pub fn admin_invitations(filters: &[(&str, &str)]) -> String {
    part_of(ADMIN_INVITATIONS, filters)
}

/// A part of what failed, likewise.
pub fn admin_jobs(filters: &[(&str, &str)]) -> String {
    part_of(ADMIN_JOBS, filters)
}

fn part_of(list: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { list.to_owned() } else { format!("{list}?{}", query(&set)) }
}

/// The preview over accounts that were selected in the list.
pub fn admin_delete_selected(of: &str) -> String {
    format!("{ADMIN_DELETE_SELECTED}?{}", query(&[("of", of)]))
}

/// The same page with the code filled in.
pub fn device_with(code: &str) -> String {
    format!("{DEVICE}?{}", query(&[("user_code", code)]))
}

/// Confirm it is you to `deed`, then go back to `back`.
pub fn confirm(deed: &str, back: &str) -> String {
    format!("{CONFIRM}?{}", query(&[("deed", deed), ("return_to", back)]))
}

/// Sign in, then go on to `path`.
pub fn sign_in_then(path: &str) -> String {
    format!("{SIGN_IN}?{}", query(&[("return_to", path)]))
}

fn query(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// The list of this page as a file, those filters left out that are empty.
pub fn csv(list: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { format!("{list}.csv") } else { format!("{list}.csv?{}", query(&set)) }
}

/// The days of a month as a table; `billing` is the page of whoever used them.
pub fn usage_csv(billing: &str, month: crate::kernel::month::Month) -> String {
    format!("{billing}/usage.csv?month={month}")
}

/// The home of a workspace, by the first word of its addresses.
pub fn workspace(name: &str) -> String {
    format!("/{name}")
}

pub fn project(workspace: &str, slug: &str) -> String {
    format!("/{workspace}/{slug}")
}

pub fn organization_profile(name: &str) -> String {
    format!("/{name}/settings/profile")
}

pub fn organization_billing(name: &str) -> String {
    format!("/{name}/settings/billing")
}

pub fn leave(organization: &str) -> String {
    format!("{ORGANIZATIONS}/{organization}/leave")
}

pub fn members(organization: &str) -> String {
    format!("/{organization}/settings/members")
}

/// A part of the members, those filters left out that are empty.
pub fn members_where(organization: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { members(organization) } else { format!("{}?{}", members(organization), query(&set)) }
}

pub fn member(organization: &str, account: crate::kernel::id::AccountId) -> String {
    format!("/{organization}/settings/members/{account}")
}

pub fn policies(organization: &str) -> String {
    format!("/{organization}/settings/policies")
}

pub fn delete_organization(organization: &str) -> String {
    format!("/{organization}/settings/delete")
}

pub fn invite(organization: &str) -> String {
    format!("/{organization}/settings/members/invite")
}

pub fn invitations(organization: &str) -> String {
    format!("/{organization}/settings/members/invitations")
}

/// One size of the photo of a person (by their personal workspace) or of an organization; the version makes the address new with every upload.
pub fn photo(owner: crate::kernel::id::WorkspaceId, version: &str, size: u32) -> String {
    format!("/photos/{owner}/{version}-{size}")
}

/// The accounts list with these filters.
pub fn admin_accounts(filters: &[(&str, &str)]) -> String {
    if filters.is_empty() { ADMIN_ACCOUNTS.to_owned() } else { format!("{ADMIN_ACCOUNTS}?{}", query(filters)) }
}

/// The same as a file.
pub fn admin_accounts_csv(filters: &[(&str, &str)]) -> String {
    csv(ADMIN_ACCOUNTS, filters)
}

/// A part of a workspace's projects, those filters left out that are empty.
pub fn projects_where(workspace_name: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { workspace(workspace_name) } else { format!("{}?{}", workspace(workspace_name), query(&set)) }
}

pub fn new_project(workspace: &str) -> String {
    format!("/{workspace}/new-project")
}

/// A workspace's deleted projects.
pub fn trash(workspace: &str) -> String {
    format!("/{workspace}/trash")
}

/// A part of it, those filters left out that are empty.
pub fn trash_where(workspace: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { trash(workspace) } else { format!("{}?{}", trash(workspace), query(&set)) }
}

/// The same as a file.
pub fn trash_csv(workspace: &str, words: &str) -> String {
    csv(&format!("{}/projects", trash(workspace)), &[("q", words)])
}

/// The projects of a workspace as a file.
pub fn projects_csv(workspace: &str, words: &str) -> String {
    csv(&format!("/{workspace}/projects/all"), &[("q", words)])
}

pub fn project_settings(project: &str) -> String {
    format!("{project}/settings")
}

pub fn project_delete(project: &str) -> String {
    format!("{project}/settings/delete")
}

pub fn project_keys(project: &str) -> String {
    format!("{project}/keys")
}

pub fn project_artifacts(project: &str) -> String {
    format!("{project}/artifacts")
}

pub fn project_data(project: &str) -> String {
    format!("{project}/data")
}

/// A part of the samples, those filters left out that are empty.
pub fn project_data_where(project: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if set.is_empty() { project_data(project) } else { format!("{}?{}", project_data(project), query(&set)) }
}

pub fn data_check(project: &str) -> String {
    format!("{project}/data/check")
}

pub fn sample(project: &str, id: crate::kernel::id::SampleId) -> String {
    format!("{project}/data/{id}")
}

pub fn sample_file(project: &str, id: crate::kernel::id::SampleId) -> String {
    format!("{project}/data/{id}/file")
}

pub fn sample_labels(project: &str, id: crate::kernel::id::SampleId) -> String {
    format!("{project}/data/{id}/labels")
}

pub fn sample_delete(project: &str, id: crate::kernel::id::SampleId) -> String {
    format!("{project}/data/{id}/delete")
}

/// A part of the artifacts, those filters left out that are empty.
pub fn artifacts_where(project: &str, filters: &[(&str, &str)]) -> String {
    let set: Vec<(&str, &str)> = filters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    let list = project_artifacts(project);
    if set.is_empty() { list } else { format!("{list}?{}", query(&set)) }
}

/// Keys of a workspace: one's own, or an organization's by its name.
pub fn workspace_keys(organization: Option<&str>) -> String {
    organization.map_or_else(|| API_KEYS.to_owned(), |name| format!("/{name}/settings/api-keys"))
}

// Of keys: `base` is the list they stand in, of a project or of a workspace.

pub fn key_new(base: &str) -> String {
    format!("{base}/new")
}

pub fn key_created(base: &str) -> String {
    format!("{base}/created")
}

pub fn key(base: &str, id: crate::kernel::id::ApiKeyId) -> String {
    format!("{base}/{id}")
}

pub fn key_not_development(base: &str, id: crate::kernel::id::ApiKeyId) -> String {
    format!("{base}/{id}/ordinary")
}

pub fn key_restore(base: &str, id: crate::kernel::id::ApiKeyId) -> String {
    format!("{base}/{id}/restore")
}

pub fn key_rotate(base: &str, id: crate::kernel::id::ApiKeyId) -> String {
    format!("{base}/{id}/rotate")
}

pub fn key_revoke(base: &str, id: crate::kernel::id::ApiKeyId) -> String {
    format!("{base}/{id}/revoke")
}

/// The list, which says what was just revoked and how to take it back.
pub fn key_revoked(base: &str, id: crate::kernel::id::ApiKeyId) -> String {
    format!("{base}?{}", query(&[("revoked", id.as_str())]))
}

pub fn signing(base: &str) -> String {
    format!("{base}/signing")
}

/// Beside the list of a project's keys.
pub fn hmac_keys(base: &str) -> String {
    format!("{}/hmac-keys", base.strip_suffix("/keys").unwrap_or(base))
}

pub fn hmac_new(base: &str) -> String {
    format!("{}/new", hmac_keys(base))
}

pub fn hmac_key(base: &str, id: crate::kernel::id::HmacKeyId) -> String {
    format!("{}/{id}", hmac_keys(base))
}

pub fn hmac_value(base: &str, id: crate::kernel::id::HmacKeyId) -> String {
    format!("{}/value", hmac_key(base, id))
}

pub fn hmac_revoke(base: &str, id: crate::kernel::id::HmacKeyId) -> String {
    format!("{}/revoke", hmac_key(base, id))
}

pub fn hmac_show(key: &str) -> String {
    format!("{key}/show")
}

pub fn hmac_flag(key: &str) -> String {
    format!("{key}/flag")
}
