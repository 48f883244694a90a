//! `/v1/api/projects`: which projects there are for this caller, and a new one.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::caller::{Caller, Here, Tool};
use super::shapes::{Owner, Project};
use crate::access::Membership;
use crate::access::action::EditProjects;
use crate::api::platform::body;
use crate::crypto::api_key::Prefix;
use crate::db::DbError;
use crate::kernel::id::WorkspaceId;
use crate::kernel::network::Networks;
use crate::projects::api_keys::{self, KeyError, Maker, NewKey, Stamp};
use crate::projects::creation::{self, NewProject};
use crate::projects::key_role::KeyRole;
use crate::projects::project::{self, Visibility};
use crate::workspaces::membership::{self, Entry};
use crate::workspaces::workspace::{self, Workspace, WorkspaceKind};

const SHAPE: &str =
    "an object with the text projectName and, if you like, projectVisibility (private, public) and createApiKey";
/// More are not listed in one answer; the newest come first.
const MOST: i64 = 1_000;

#[derive(Serialize)]
struct Projects {
    success: bool,
    projects: Vec<Project>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    project_name: String,
    #[serde(default)]
    project_visibility: Option<String>,
    #[serde(default)]
    create_api_key: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    success: bool,
    id: i64,
    /// Empty when none was asked for.
    api_key: String,
}

/// `GET /v1/api/projects`: with a key that one project.
pub async fn list(caller: Caller) -> Result<HttpResponse, Refusal> {
    let projects = match caller {
        Caller::Tool(tool) => tool.projects().await?,
        Caller::Key(key) => {
            let number = key.key.project_number.ok_or(Refusal::InvalidKey)?;
            let found = key.here.read(move |db| project::by_number(db, number)).await?;
            vec![key.here.project(found.ok_or(Refusal::InvalidKey)?).await?]
        }
    };
    Ok(HttpResponse::Ok().json(Projects { success: true, projects }))
}

impl Owner {
    pub fn of(workspace: Workspace) -> Self {
        let is_personal = workspace.kind == WorkspaceKind::Personal;
        Self { workspace: workspace.name, plan: workspace.plan, is_personal }
    }
}

impl Here {
    /// One project as the dialect shows it.
    pub async fn project(&self, project: project::Project) -> Result<Project, Refusal> {
        let id = project.workspace_id;
        let workspace = self.read(move |db| workspace::by_id(db, id)).await?.ok_or(Refusal::NotFound)?;
        let numbers = self.numbers([id.to_string()]).await?;
        Ok(Project::of(project, &Owner::of(workspace), &numbers))
    }
}

impl Tool {
    /// All of the person's projects, but for those of organizations that do not let them in now.
    pub async fn projects(&self) -> Result<Vec<Project>, Refusal> {
        let (own, name, has_mfa) = (self.account.id, self.account.username.to_string(), self.account.has_mfa);
        let (projects, owners) = self
            .read(move |db| {
                let personal = own.personal_workspace();
                let plan = crate::billing::plan_of(db, personal)?.unwrap_or_default();
                let mut owners: HashMap<WorkspaceId, Owner> = HashMap::new();
                owners.insert(personal, Owner { workspace: name, plan, is_personal: true });
                let mine = membership::organizations_of(db, own)?;
                for one in mine.into_iter().filter(|one| one.entry(has_mfa) == Entry::Open) {
                    owners.insert(one.id, Owner { workspace: one.name, plan: one.plan, is_personal: false });
                }
                let ids: Vec<WorkspaceId> = owners.keys().copied().collect();
                Ok::<_, DbError>((project::of_workspaces(db, &ids, MOST)?, owners))
            })
            .await?;
        let numbers = self.numbers(owners.keys().map(ToString::to_string)).await?;
        let shaped = projects.into_iter().filter_map(|project| {
            let owner = owners.get(&project.workspace_id)?;
            Some(Project::of(project, owner, &numbers))
        });
        Ok(shaped.collect())
    }
}

/// `POST /v1/api/projects/create`: in the person's own workspace, with a key that may everything there unless it says
/// that it wants none. Never a development key. A key is made right after a log-in only.
pub async fn create(here: Tool, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let name = creation::project_name(&asked.project_name).map_err(|error| Refusal::of_field("projectName", error))?;
    let visibility = match asked.project_visibility.as_deref() {
        None => Visibility::Private,
        Some(word) => word.parse().map_err(|error: String| Refusal::of_field("projectVisibility", error))?,
    };
    let new = NewProject { name, description: String::new(), visibility };
    let wants_key = asked.create_api_key.unwrap_or(true);
    let key = NewKey {
        name: "Made with the project".to_owned(),
        role: KeyRole::Admin,
        is_development: false,
        expires_at: None,
        networks: Networks::default(),
    };
    if wants_key {
        here.fresh()?;
    }
    let own = here.account.id;
    let place = here.store.glance(move |db| membership::of(db, own.personal_workspace(), own)).await?;
    let membership: Membership = place.ok_or(Refusal::NotFound)?.membership;
    let permit = membership.permit::<EditProjects>()?;
    let keys = membership.permit()?;
    let (act, stamp) = (here.act.clone(), here.stamp());
    let (id, api_key) = here
        .write(move |db| {
            let project = creation::create(db, &act, &permit, &new)?;
            if !wants_key {
                return Ok((project.number, String::new()));
            }
            let maker = Maker::in_project(&keys, &project).ok_or(KeyError::Gone)?;
            let made = api_keys::create(db, &act, &maker, &stamp, &key)?;
            Ok::<_, KeyError>((project.number, made.value.reveal()))
        })
        .await?;
    Ok(HttpResponse::Ok().json(Created { success: true, id, api_key }))
}

impl Here {
    /// What a new key of a project begins with.
    pub fn stamp(&self) -> Stamp {
        let prefix: &Prefix = &self.site.config.project_key_prefix;
        Stamp { prefix: prefix.clone(), region: self.region }
    }
}
