//! `/v1/api/{project}/apikeys`: a project's keys, made and revoked by the functions of the Keys tab.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::caller::{Here, Key};
use super::numbered::Numbers;
use super::places::InProject;
use super::shapes::{DONE, date, photo};
use crate::api::platform::body;
use crate::db::DbError;
use crate::kernel::id::AccountId;
use crate::kernel::network::Networks;
use crate::kernel::time::{Timestamp, days, seconds};
use crate::projects::api_keys::{self, ApiKey, KeyError, NewKey};
use crate::projects::key_role::{KeyAction, KeyRole};
use crate::sessions::account::{self, Account};

const SHAPE: &str =
    "an object with the texts name and role and, if you like, isDevelopmentKey and ttl, a whole number of seconds";
/// Ten years: longer is a mistake.
const LONGEST_TTL: u64 = 10 * 365 * 24 * 60 * 60;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    success: bool,
    api_keys: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: i64,
    /// What recognises it; the value is not kept.
    api_key: String,
    is_development_key: bool,
    name: String,
    created: String,
    role: KeyRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_user: Option<Maker>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<LastUsed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// Who made something.
#[derive(Serialize)]
pub struct Maker {
    id: i64,
    name: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LastUsed {
    date: String,
    ip_address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    name: String,
    role: String,
    #[serde(default)]
    is_development_key: Option<bool>,
    #[serde(default)]
    ttl: Option<u64>,
    #[serde(default)]
    api_key: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    success: bool,
    id: i64,
    /// Here and never again.
    api_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    success: bool,
    api_key_id: i64,
    project_id: i64,
    role: KeyRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// `GET /v1/api/projects/api-key-info`: what the key that asks is.
pub async fn info(Key { key, .. }: Key) -> Result<HttpResponse, Refusal> {
    let project_id = key.project_number.ok_or(Refusal::InvalidKey)?;
    let expires = key.expires_at.map(date);
    Ok(HttpResponse::Ok().json(Info { success: true, api_key_id: key.number, project_id, role: key.role, expires }))
}

/// `GET`: those that can be used, or could until they expired.
pub async fn list(here: InProject) -> Result<HttpResponse, Refusal> {
    here.key_may(KeyAction::ManageKeys, "see keys")?;
    let id = here.project.id;
    let (keys, people) = here
        .here()
        .read(move |db| {
            let keys: Vec<ApiKey> =
                api_keys::of_project(db, id)?.into_iter().filter(|key| !key.is_disabled()).collect();
            let people = account::some(db, keys.iter().filter_map(|key| key.created_by))?;
            Ok::<_, DbError>((keys, people))
        })
        .await?;
    let numbers = here.here().numbers(people.iter().map(|one| one.id.to_string())).await?;
    let item = |key: ApiKey| Item {
        id: key.number,
        api_key: key.recognised_by(),
        is_development_key: key.is_development,
        created: date(key.created_at),
        role: key.role,
        created_by_user: Maker::of(here.here(), &people, &numbers, key.created_by),
        last_used: key.last_used_at.map(|at| LastUsed { date: date(at), ip_address: key.last_used_address.clone() }),
        expires: key.expires_at.map(date),
        name: key.name,
    };
    Ok(HttpResponse::Ok().json(List { success: true, api_keys: keys.into_iter().map(item).collect() }))
}

impl Maker {
    pub fn of(here: &Here, people: &[Account], numbers: &Numbers, id: Option<AccountId>) -> Option<Self> {
        let one = people.iter().find(|one| Some(one.id) == id)?;
        Some(Self {
            id: numbers.of(one.id.as_str()),
            name: one.name.clone(),
            username: one.username.to_string(),
            photo: photo(&here.site.public_origin(), one.id, one.photo.as_deref()),
        })
    }
}

/// `POST`: never above the maker's own rights.
pub async fn create(here: InProject, payload: Payload) -> Result<HttpResponse, Refusal> {
    let maker = here.maker()?;
    here.fresh()?;
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    if asked.api_key.is_some_and(|own| !own.is_empty()) {
        return Err(Refusal::of_field(
            "apiKey",
            "Keys are made here: one that was brought along may be known to others.",
        ));
    }
    let name = NewKey::name(&asked.name).map_err(|error| Refusal::of_field("name", error))?;
    let role: KeyRole = asked.role.parse().map_err(|error: String| Refusal::of_field("role", error))?;
    let (act, stamp, workspace) = (here.here().act.clone(), here.here().stamp(), here.project.workspace_id);
    let asked_until = asked.ttl.map(|ttl| lives_until(act.now, ttl)).transpose()?;
    let is_development = asked.is_development_key.unwrap_or_default();
    let made = here
        .here()
        .write(move |db| {
            // Clients that name no lifetime get the longest that there may be.
            let longest = api_keys::longest_days(db, workspace)?.map(|most| act.now.plus(days(most.unsigned_abs())));
            let new = NewKey {
                name: name.clone(),
                role,
                is_development,
                expires_at: asked_until.or(longest),
                networks: Networks::default(),
            };
            api_keys::create(db, &act, &maker, &stamp, &new)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Created { success: true, id: made.number, api_key: made.value.reveal() }))
}

fn lives_until(now: Timestamp, ttl: u64) -> Result<Timestamp, Refusal> {
    if (1..=LONGEST_TTL).contains(&ttl) {
        return Ok(now.plus(seconds(ttl)));
    }
    Err(Refusal::of_field("ttl", format!("1 to {LONGEST_TTL} seconds.")))
}

/// `DELETE`: refused from the next request on; on the Keys tab it can be had back for an hour.
pub async fn revoke(here: InProject) -> Result<HttpResponse, Refusal> {
    let (maker, project, number) = (here.maker()?, here.project.id, here.here().number_in_path("key")?);
    let act = here.here().act.clone();
    here.here()
        .write(move |db| {
            let key = api_keys::by_number(db, project, number)?.ok_or(KeyError::Gone)?;
            api_keys::revoke(db, &act, &maker, key.id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DONE))
}
