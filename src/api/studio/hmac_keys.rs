//! `/v1/api/{project}/hmackeys`: the keys that devices sign with. Their values are for people right after a log-in, not
//! for keys; the development key's is for people's tools at any time (`devkeys`).

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::api_keys::Maker;
use super::places::InProject;
use super::shapes::{DONE, date};
use crate::api::platform::body;
use crate::projects::api_keys::NewKey;
use crate::projects::hmac_keys::{self, HmacKey, HmacKeyError, NewHmacKey, OwnKey};
use crate::projects::key_role::KeyAction;
use crate::sessions::account;

const SHAPE: &str = "an object with the text name and, if you like, hmacKey and isDevelopmentKey";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    success: bool,
    hmac_keys: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: i64,
    /// In full for people who may manage keys and just logged in, else what recognises it.
    hmac_key: String,
    is_development_key: bool,
    name: String,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_user: Option<Maker>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    name: String,
    #[serde(default)]
    hmac_key: Option<String>,
    #[serde(default)]
    is_development_key: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    success: bool,
    id: i64,
    hmac_key: String,
}

/// `GET`
pub async fn list(here: InProject) -> Result<HttpResponse, Refusal> {
    here.key_may(KeyAction::ManageKeys, "see keys")?;
    let (project, act) = (here.project.id, here.here().act.clone());
    let keys: Vec<(HmacKey, String)> = match here.maker() {
        Ok(maker) if here.member().is_some() && here.fresh().is_ok() => {
            let shown = here.here().write(move |db| hmac_keys::reveal_all(db, &act, &maker)).await?;
            shown.into_iter().map(|(key, value)| (key, value.reveal())).collect()
        }
        _ => {
            let keys = here.here().read(move |db| hmac_keys::of_project(db, project)).await?;
            keys.into_iter().map(|key| (key.clone(), key.recognised_by)).collect()
        }
    };
    let makers: Vec<_> = keys.iter().filter_map(|(key, _)| key.created_by).collect();
    let people = here.here().read(move |db| account::some(db, makers)).await?;
    let numbers = here.here().numbers(people.iter().map(|one| one.id.to_string())).await?;
    let item = |(key, hmac_key): (HmacKey, String)| Item {
        id: key.number,
        hmac_key,
        is_development_key: key.is_development,
        created: date(key.created_at),
        created_by_user: Maker::of(here.here(), &people, &numbers, key.created_by),
        name: key.name,
    };
    Ok(HttpResponse::Ok().json(List { success: true, hmac_keys: keys.into_iter().map(item).collect() }))
}

/// `POST`: the client's own key, or one that is made here.
pub async fn create(here: InProject, payload: Payload) -> Result<HttpResponse, Refusal> {
    let maker = here.maker()?;
    here.fresh()?;
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let name = NewKey::name(&asked.name).map_err(|error| Refusal::of_field("name", error))?;
    let own = asked.hmac_key.as_deref().filter(|own| !own.is_empty()).map(OwnKey::parse).transpose();
    let own = own.map_err(|error| Refusal::of_field("hmacKey", error))?;
    let new = NewHmacKey { name, own, is_development: asked.is_development_key.unwrap_or_default() };
    let act = here.here().act.clone();
    let (_, id, value) = here.here().write(move |db| hmac_keys::create(db, &act, &maker, &new)).await?;
    Ok(HttpResponse::Ok().json(Created { success: true, id, hmac_key: value.reveal() }))
}

/// `DELETE`: its value goes at once, and with it whatever its devices sign.
pub async fn revoke(here: InProject) -> Result<HttpResponse, Refusal> {
    let maker = here.maker()?;
    here.fresh()?;
    let (project, number) = (here.project.id, here.here().number_in_path("key")?);
    let act = here.here().act.clone();
    here.here()
        .write(move |db| {
            let key = hmac_keys::by_number(db, project, number)?.ok_or(HmacKeyError::Gone)?;
            hmac_keys::revoke(db, &act, &maker, key.id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DONE))
}
