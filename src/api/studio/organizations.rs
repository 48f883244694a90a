//! `/v1/api/organizations`: the person's own workspace and those that they belong to, with their people.
//!
//! Rule: addresses are shown to those who manage members, as on the members page; to others a member is a name.

use actix_web::HttpResponse;
use serde::Serialize;

use super::Refusal;
use super::caller::{Caller, Tool};
use super::numbered::Numbers;
use super::places::InOrganization;
use super::shapes::{NO_STAFF, Staff, date, photo, role_word};
use crate::access::Role;
use crate::access::action::ManageMembers;
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::sessions::account;
use crate::workspaces::invitations::{self, Invitation};
use crate::workspaces::membership::{self, Entry, Mine};
use crate::workspaces::people::{self, Person};

/// More people are not named in one answer.
const MOST: i64 = 1_000;

#[derive(Serialize)]
struct List {
    success: bool,
    organizations: Vec<Organization>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    success: bool,
    organization: Organization,
    datasets: [(); 0],
    experiments: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    id: i64,
    name: String,
    users: Vec<User>,
    is_developer_profile: bool,
    show_header_img_mask: bool,
    whitelabel_id: Option<i64>,
    trial_id: Option<i64>,
    trial_expired_date: Option<String>,
    trial_upgraded_date: Option<String>,
    created: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: i64,
    username: String,
    name: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
    staff_info: Staff,
    /// Invited, and not answered yet.
    pending: bool,
    activated: bool,
    mfa_configured: bool,
    added: String,
    role: &'static str,
    project_count: i64,
    datasets: [(); 0],
}

/// What the database says of one, before anything has its number.
struct Found {
    id: WorkspaceId,
    name: String,
    created_at: Timestamp,
    is_personal: bool,
    role: Role,
    members: Vec<(Person, String)>,
    invitations: Vec<Invitation>,
}

/// `GET /v1/api/organizations`. To a project's key there are none, and tools tell kinds of keys by these very words.
pub async fn list(caller: Caller) -> Result<HttpResponse, Refusal> {
    let Caller::Tool(tool) = caller else { return Err(Refusal::InvalidKey) };
    let (id, now, has_mfa) = (tool.account.id, tool.act.now, tool.account.has_mfa);
    let (username, created_at) = (tool.account.username.to_string(), tool.account.created_at);
    let found = tool
        .read(move |db| {
            let mut found = vec![Found {
                id: id.personal_workspace(),
                name: username,
                created_at,
                is_personal: true,
                role: Role::Owner,
                members: Vec::new(),
                invitations: Vec::new(),
            }];
            for one in membership::organizations_of(db, id)?.into_iter().filter(Mine::is_listed) {
                let (id, role, created_at) = (one.id, one.role, one.created_at);
                let is_open = one.entry(has_mfa) == Entry::Open;
                let of_one = Found { id, name: one.title, created_at, is_personal: false, role, ..Found::empty(id) };
                found.push(if is_open { of_one.with_people(db, now)? } else { of_one });
            }
            Ok::<_, DbError>(found)
        })
        .await?;
    let numbers = tool.numbers(found.iter().flat_map(Found::ids)).await?;
    let organizations = found.into_iter().map(|one| one.shaped(&tool, &numbers)).collect();
    Ok(HttpResponse::Ok().json(List { success: true, organizations }))
}

/// `GET /v1/api/organizations/{organization}`
pub async fn show(here: InOrganization) -> Result<HttpResponse, Refusal> {
    let InOrganization { tool, place } = here;
    let now = tool.act.now;
    let is_personal = place.organization.is_none();
    let found = Found {
        name: place.organization.map_or(place.workspace.name, |organization| organization.title),
        created_at: place.workspace.created_at,
        is_personal,
        role: place.membership.role,
        ..Found::empty(place.workspace.id)
    };
    let found = if is_personal { found } else { tool.read(move |db| found.with_people(db, now)).await? };
    let numbers = tool.numbers(found.ids()).await?;
    let organization = found.shaped(&tool, &numbers);
    Ok(HttpResponse::Ok().json(Info { success: true, organization, datasets: [], experiments: [] }))
}

impl Found {
    fn empty(id: WorkspaceId) -> Self {
        Self {
            id,
            name: String::new(),
            created_at: Timestamp::from_micros(0),
            is_personal: false,
            role: Role::Viewer,
            members: Vec::new(),
            invitations: Vec::new(),
        }
    }

    fn with_people(mut self, db: &mut Db, now: Timestamp) -> Result<Self, DbError> {
        let members = people::list(db, self.id, &people::Asked { most: MOST, ..people::Asked::default() })?;
        let mut addresses = std::collections::HashMap::new();
        if self.manages() {
            let accounts = account::some(db, members.iter().map(|one| one.id))?;
            addresses.extend(accounts.into_iter().map(|one| (one.id, one.email)));
            let all = invitations::of_workspace(db, self.id, MOST)?;
            self.invitations = all.into_iter().filter(|one| one.expires_at > now).collect();
        }
        let with_address = |one: Person| {
            let address = addresses.remove(&one.id).unwrap_or_default();
            (one, address)
        };
        self.members = members.into_iter().map(with_address).collect();
        Ok(self)
    }

    fn manages(&self) -> bool {
        use crate::access::action::Action;
        ManageMembers::ALLOWED.contains(&self.role)
    }

    fn ids(&self) -> Vec<String> {
        let people = self.members.iter().map(|(one, _)| one.id.to_string());
        let invited = self.invitations.iter().map(|one| one.id.to_string());
        people.chain(invited).chain([self.id.to_string()]).collect()
    }

    fn shaped(self, tool: &Tool, numbers: &Numbers) -> Organization {
        let origin = tool.site.public_origin();
        let sees_mfa = self.manages();
        let mut users: Vec<User> = Vec::new();
        if self.is_personal {
            users.push(oneself(tool, &origin, numbers));
        }
        users.extend(self.members.into_iter().map(|(one, address)| {
            let email = if one.id == tool.account.id { tool.account.email.clone() } else { address };
            User {
                photo: photo(&origin, one.id, one.photo.as_deref()),
                last_seen: Some(date(one.last_seen_at)),
                mfa_configured: sees_mfa && one.has_mfa,
                ..User::new(numbers.of(one.id.as_str()), one.username, one.name, email, one.joined_at, one.role)
            }
        }));
        users.extend(self.invitations.into_iter().map(|one| User {
            pending: true,
            activated: false,
            ..User::new(
                numbers.of(one.id.as_str()),
                String::new(),
                one.email.clone(),
                one.email,
                one.created_at,
                one.role,
            )
        }));
        Organization {
            id: numbers.of(self.id.as_str()),
            name: self.name,
            users,
            is_developer_profile: self.is_personal,
            show_header_img_mask: false,
            whitelabel_id: None,
            trial_id: None,
            trial_expired_date: None,
            trial_upgraded_date: None,
            created: date(self.created_at),
        }
    }
}

impl User {
    fn new(id: i64, username: String, name: String, email: String, at: Timestamp, role: Role) -> Self {
        Self {
            id,
            username,
            name,
            email,
            photo: None,
            created: date(at),
            last_seen: None,
            staff_info: NO_STAFF,
            pending: false,
            activated: true,
            mfa_configured: false,
            added: date(at),
            role: role_word(role),
            project_count: 0,
            datasets: [],
        }
    }
}

fn oneself(tool: &Tool, origin: &str, numbers: &Numbers) -> User {
    let own = &tool.account;
    let id: AccountId = own.id;
    User {
        photo: photo(origin, id, own.photo.as_deref()),
        last_seen: Some(date(own.last_seen_at)),
        mfa_configured: own.has_mfa,
        ..User::new(
            numbers.of(id.as_str()),
            own.username.to_string(),
            own.name.clone(),
            own.email.clone(),
            own.created_at,
            Role::Owner,
        )
    }
}
