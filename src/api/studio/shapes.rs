//! The shapes that several answers have in common, with the dialect's field names.
//!
//! Rule: what this platform has no notion of is given the value that means "none", because typed clients want the field.

use serde::Serialize;
use serde_json::{Map, Value};

use super::numbered::Numbers;
use crate::access::Role;
use crate::kernel::id::AccountId;
use crate::kernel::time::Timestamp;
use crate::pages::links;
use crate::projects::project::{self, Visibility};

/// An answer that says nothing but that it was done.
#[derive(Serialize)]
pub struct Done {
    success: bool,
}

pub const DONE: Done = Done { success: true };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Staff {
    is_staff: bool,
    has_sudo_rights: bool,
}

pub const NO_STAFF: Staff = Staff { is_staff: false, has_sudo_rights: false };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "as the dialect calls them")]
pub struct Project {
    pub id: i64,
    pub name: String,
    pub description: String,
    created: String,
    owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_user_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_organization_id: Option<i64>,
    owner_is_developer_profile: bool,
    collaborators: [(); 0],
    labeling_method: &'static str,
    metadata: Map<String, Value>,
    is_enterprise_project: bool,
    whitelabel_id: Option<i64>,
    tags: [&'static str; 0],
    tier: &'static str,
    has_public_version: bool,
    is_public: bool,
    allows_live_public_access: bool,
    ind_pause_processing_samples: bool,
    public_project_listed: bool,
}

/// Whose a project is.
#[derive(Clone, Debug)]
pub struct Owner {
    pub workspace: String,
    pub plan: String,
    pub is_personal: bool,
}

impl Project {
    pub fn of(project: project::Project, owner: &Owner, numbers: &Numbers) -> Self {
        let number = numbers.of(project.workspace_id.as_str());
        Self {
            id: project.number,
            name: project.name,
            description: project.description,
            created: date(project.created_at),
            owner: owner.workspace.clone(),
            owner_user_id: owner.is_personal.then_some(number),
            owner_organization_id: Some(number),
            owner_is_developer_profile: owner.is_personal,
            collaborators: [],
            labeling_method: "single_label",
            metadata: Map::new(),
            is_enterprise_project: false,
            whitelabel_id: None,
            tags: [],
            tier: tier(&owner.plan),
            has_public_version: false,
            is_public: project.visibility == Visibility::Public,
            allows_live_public_access: false,
            ind_pause_processing_samples: false,
            public_project_listed: false,
        }
    }
}

impl Project {
    /// Whether the workspace of this number owns it.
    pub fn is_of(&self, number: i64) -> bool {
        self.owner_organization_id == Some(number)
    }

    pub fn is_public(&self) -> bool {
        self.is_public
    }
}

/// ISO 8601 in UTC; the clients take three fractional digits at most, so there are none.
pub fn date(at: Timestamp) -> String {
    at.to_string()
}

/// The nearest of the four words that the dialect knows.
pub fn tier(plan: &str) -> &'static str {
    match plan {
        "free" => "free",
        "enterprise" => "enterprise",
        _ => "professional",
    }
}

/// `admin`, `member` or `guest`.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner | Role::Admin => "admin",
        Role::Editor => "member",
        Role::Viewer => "guest",
    }
}

/// The whole address of somebody's photo.
pub fn photo(origin: &str, account: AccountId, version: Option<&str>) -> Option<String> {
    version.map(|version| format!("{origin}{}", links::photo(account.personal_workspace(), version, 128)))
}
