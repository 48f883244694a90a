//! `/v1/api/organizations/{organization}/secrets`: the secrets of an organization, or of one's own workspace.
//!
//! Rule: no answer ever holds a value. What pages ask to be confirmed for is done right after a log-in only.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Refusal;
use super::api_keys::Maker;
use super::places::InOrganization;
use super::shapes::{DONE, date};
use crate::access::action::{ChangeSecrets, SeeSecrets};
use crate::api::platform::body;
use crate::secrets::adding::{self, NewSecret};
use crate::secrets::{MOST, SecretError, SecretName, SecretValue, changing, removal, secret};
use crate::sessions::account;

const SHAPE: &str = "an object with the texts name, value and, if you like, description";
/// Every byte of the largest value may be escaped.
const LARGEST: usize = 512 * 1024;

#[derive(Serialize)]
struct List {
    success: bool,
    secrets: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: i64,
    name: String,
    description: String,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_user: Option<Maker>,
}

#[derive(Deserialize)]
struct Asked {
    name: String,
    value: String,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Serialize)]
struct Created {
    success: bool,
    id: i64,
}

/// `GET`
pub async fn list(here: InOrganization) -> Result<HttpResponse, Refusal> {
    here.place.membership.permit::<SeeSecrets>()?;
    let (tool, workspace) = (here.tool, here.place.workspace.id);
    let secrets = tool.read(move |db| secret::of_workspace(db, workspace, "", None, MOST)).await?;
    let makers: Vec<_> = secrets.iter().filter_map(|one| one.created_by).collect();
    let people = tool.read(move |db| account::some(db, makers)).await?;
    let numbers = tool.numbers(people.iter().map(|one| one.id.to_string())).await?;
    let item = |one: secret::Secret| Item {
        id: one.number,
        name: one.name.to_string(),
        description: one.description,
        created: date(one.created_at),
        created_by_user: Maker::of(&tool, &people, &numbers, one.created_by),
    };
    Ok(HttpResponse::Ok().json(List { success: true, secrets: secrets.into_iter().map(item).collect() }))
}

/// `POST`: a new one. A name that is there already is refused, so that no tool replaces a value by accident.
pub async fn add(here: InOrganization, payload: Payload) -> Result<HttpResponse, Refusal> {
    let permit = here.place.membership.permit::<ChangeSecrets>()?;
    here.tool.fresh()?;
    let asked: Asked = body::json(payload, LARGEST, SHAPE).await?;
    let value = SecretValue::new(Zeroizing::new(asked.value)).map_err(|error| Refusal::of_field("value", error))?;
    let name = SecretName::parse(&asked.name).map_err(|error| Refusal::of_field("name", error))?;
    let description = changing::description(asked.description.as_deref().unwrap_or_default());
    let description = description.map_err(|error| Refusal::of_field("description", error))?;
    let (new, act) = (NewSecret { name, value, description }, here.tool.act.clone());
    let made = here.tool.write(move |db| adding::add(db, &act, &permit, &new)).await?;
    Ok(HttpResponse::Ok().json(Created { success: true, id: made.number }))
}

/// `DELETE`: as on the page, restorable.
pub async fn remove(here: InOrganization) -> Result<HttpResponse, Refusal> {
    let permit = here.place.membership.permit::<ChangeSecrets>()?;
    here.tool.fresh()?;
    let (number, workspace, act) = (here.tool.number_in_path("secret")?, permit.workspace, here.tool.act.clone());
    here.tool
        .write(move |db| {
            let secret = secret::by_number(db, workspace, number)?.ok_or(SecretError::Gone)?;
            removal::delete(db, &act, &permit, secret.id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DONE))
}
