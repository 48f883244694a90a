//! `/v1/api/user`: the person themselves, with all their organizations and projects.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Payload};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Refusal;
use super::caller::Tool;
use super::numbered::Numbers;
use super::shapes::{DONE, NO_STAFF, Project, Staff, date, photo, tier};
use crate::access::Role;
use crate::accounts::profile::{self, Profile, Saved};
use crate::accounts::time_zones;
use crate::api::platform::body;
use crate::billing;
use crate::db::DbError;
use crate::kernel::id::WorkspaceId;
use crate::kernel::names::{one_line, person_name};
use crate::lifecycle::LifecycleError;
use crate::lifecycle::closing::{self, By, When};
use crate::lifecycle::departures::Fates;
use crate::photos::PhotoChange;
use crate::sessions::account;
use crate::workspaces::membership::{self, Mine};
use crate::workspaces::summary::{self, Heads};

const LONGEST_LINE: usize = 100;
const SAVE_SHAPE: &str = "an object with any of the texts name, jobTitle, companyName and timezone";
const CLOSE_SHAPE: &str = "an object with the texts password and, with multi-factor authentication, totpToken";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    success: bool,
    id: i64,
    username: String,
    name: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
    created: String,
    last_seen: String,
    staff_info: Staff,
    pending: bool,
    activated: bool,
    suspended: bool,
    job_title: String,
    company_name: String,
    timezone: String,
    mfa_configured: bool,
    password_configured: bool,
    tier: &'static str,
    organizations: Vec<Organization>,
    projects: Vec<Project>,
    experiments: [(); 0],
    notifications: [(); 0],
    eulas: [(); 0],
    projects_sort_order: &'static str,
    has_enterprise_features_access: bool,
    last_accessed_projects: LastAccessed,
    private_personal_projects_used: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LastAccessed {
    projects: [(); 0],
    has_more_projects: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    id: i64,
    name: String,
    is_developer_profile: bool,
    is_admin: bool,
    created: String,
    user_count: i64,
    admin_count: i64,
    private_project_count: usize,
    whitelabel_id: Option<i64>,
    trial_id: Option<i64>,
    trial_expired_date: Option<String>,
    trial_upgraded_date: Option<String>,
    entitlement_limits: Map<String, Value>,
}

/// `GET`
pub async fn show(here: Tool) -> Result<HttpResponse, Refusal> {
    let account = here.account.clone();
    let id = account.id;
    let (mine, heads, plan) = here
        .read(move |db| {
            let mine: Vec<Mine> = membership::organizations_of(db, id)?.into_iter().filter(Mine::is_listed).collect();
            let ids: Vec<_> = mine.iter().map(|one| one.id).collect();
            let heads = summary::heads(db, &ids)?;
            let plan = billing::plan_of(db, id.personal_workspace())?.unwrap_or_default();
            Ok::<_, DbError>((mine, heads, plan))
        })
        .await?;
    let projects = here.projects().await?;
    let ids = mine.iter().map(|one| one.id.to_string());
    let numbers = here.numbers(ids.chain([id.to_string()])).await?;
    let own = numbers.of(id.as_str());
    let private = |of: i64| projects.iter().filter(|project| project.is_of(of) && !project.is_public()).count();
    let mut organizations = vec![Organization {
        is_developer_profile: true,
        ..Organization::new(own, account.username.to_string(), Role::Owner, date(account.created_at), ONE)
    }];
    organizations.extend(mine.into_iter().map(|one| of_mine(one, &heads, &numbers)));
    for one in &mut organizations {
        one.private_project_count = private(one.id);
    }
    let private_of_own = private(own);
    Ok(HttpResponse::Ok().json(User {
        success: true,
        id: own,
        username: account.username.to_string(),
        name: account.name,
        email: account.email,
        photo: photo(&here.site.public_origin(), id, account.photo.as_deref()),
        created: date(account.created_at),
        last_seen: date(account.last_seen_at),
        staff_info: NO_STAFF,
        pending: false,
        activated: true,
        suspended: false,
        job_title: account.job_title,
        company_name: account.company,
        timezone: account.time_zone,
        mfa_configured: account.has_mfa,
        password_configured: account.has_password,
        tier: tier(&plan),
        organizations,
        projects,
        experiments: [],
        notifications: [],
        eulas: [],
        projects_sort_order: "created-desc",
        has_enterprise_features_access: false,
        last_accessed_projects: LastAccessed { projects: [], has_more_projects: false },
        private_personal_projects_used: private_of_own,
    }))
}

/// A person's own workspace has them alone.
const ONE: Heads = Heads { members: 1, admins: 1 };

impl Organization {
    fn new(id: i64, name: String, role: Role, created: String, heads: Heads) -> Self {
        Self {
            id,
            name,
            is_developer_profile: false,
            is_admin: role <= Role::Admin,
            created,
            user_count: heads.members,
            admin_count: heads.admins,
            private_project_count: 0,
            whitelabel_id: None,
            trial_id: None,
            trial_expired_date: None,
            trial_upgraded_date: None,
            entitlement_limits: Map::new(),
        }
    }
}

fn of_mine(one: Mine, heads: &HashMap<WorkspaceId, Heads>, numbers: &Numbers) -> Organization {
    let counted = heads.get(&one.id).copied().unwrap_or_default();
    Organization::new(numbers.of(one.id.as_str()), one.title, one.role, date(one.created_at), counted)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    job_title: Option<String>,
    #[serde(default)]
    company_name: Option<String>,
    #[serde(default)]
    timezone: Option<String>,
}

/// `POST`: what is left out stays as it is.
pub async fn save(here: Tool, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Changed = body::json(payload, body::SMALL, SAVE_SHAPE).await?;
    let line = |field, text: &Option<String>| {
        let checked = text.as_deref().map(|text| one_line(text, LONGEST_LINE)).transpose();
        checked.map_err(|error| Refusal::of_field(field, error))
    };
    let name = asked.name.as_deref().map(person_name).transpose().map_err(|error| Refusal::of_field("name", error))?;
    let (job_title, company) = (line("jobTitle", &asked.job_title)?, line("companyName", &asked.company_name)?);
    let zone = match &asked.timezone {
        None => None,
        Some(zone) => {
            Some(time_zones::known(zone).ok_or_else(|| Refusal::of_field("timezone", "This is no time zone."))?)
        }
    };
    let (act, id) = (here.act.clone(), here.account.id);
    let saved = here
        .write(move |db| {
            let Some(now) = account::held(db, id)? else { return Err(DbError::NotFound) };
            let mut new = Profile::of(&now);
            for (field, typed) in [
                (&mut new.name, &name),
                (&mut new.job_title, &job_title),
                (&mut new.company, &company),
                (&mut new.time_zone, &zone),
            ] {
                if let Some(typed) = typed {
                    field.clone_from(typed);
                }
            }
            profile::save(db, &act, id, now.revision, &new, &PhotoChange::Keep)
        })
        .await?;
    match saved {
        Saved::Done { .. } => Ok(HttpResponse::Ok().json(DONE)),
        Saved::ChangedMeanwhile(_) => Err(Refusal::Failed("It was changed somewhere else just now.".to_owned())),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Closing {
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    totp_token: Option<String>,
}

/// `DELETE`: the ordinary closing, with its days of grace and the mail whose link brings everything back.
pub async fn close(here: Tool, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Closing = body::json(payload, body::SMALL, CLOSE_SHAPE).await?;
    let text = |asked: Option<String>| asked.unwrap_or_default();
    here.proved("delete your account", &text(asked.password), &text(asked.totp_token)).await?;
    let (site, act, region, id) = (here.site.clone(), here.act.clone(), here.region, here.account.id);
    let when = When::After(site.config.deletion_grace_days);
    let close = move || closing::close_with(&site.regions, region, &act, id, &By::Owner, when, &Fates::new());
    let stopped = |_| Refusal::Unavailable("the server is stopping".to_owned());
    let closed: Result<_, LifecycleError> = web::block(close).await.map_err(stopped)?;
    closed?;
    here.site.wake.notify_one();
    Ok(HttpResponse::Ok().json(DONE))
}
