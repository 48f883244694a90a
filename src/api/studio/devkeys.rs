//! `/v1/api/{project}/devkeys`: the two keys that local tools look for, in full.
//!
//! Rule: to a person's tool only, and never a key with more rights than that person may give. Everybody else who sees
//! the project is answered with empty values: tools go on without.

use actix_web::HttpResponse;
use serde::Serialize;

use super::Refusal;
use super::places::InProject;
use crate::db::DbError;
use crate::kernel::shown_once::ShownOnce;
use crate::projects::{api_keys, hmac_keys};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    success: bool,
    api_key: String,
    hmac_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HmacKey {
    success: bool,
    hmac_key: String,
}

pub async fn show(here: InProject) -> Result<HttpResponse, Refusal> {
    let (api_key, hmac_key) = values(&here).await?;
    Ok(HttpResponse::Ok().json(Keys { success: true, api_key, hmac_key }))
}

pub async fn hmac(here: InProject) -> Result<HttpResponse, Refusal> {
    let (_, hmac_key) = values(&here).await?;
    Ok(HttpResponse::Ok().json(HmacKey { success: true, hmac_key }))
}

async fn values(here: &InProject) -> Result<(String, String), Refusal> {
    let (Ok(maker), Some(_)) = (here.maker(), here.member()) else { return Ok(Default::default()) };
    let (act, project, workspace) = (here.here().act.clone(), here.project.id, here.project.workspace_id);
    let found = here.here().read(move |db| {
        let mut api_key = api_keys::development(db, &act, project)?;
        if let Some((id, _)) = &api_key {
            let role = api_keys::one(db, workspace, Some(project), *id)?.map(|key| key.role);
            api_key = api_key.filter(|_| role.is_some_and(|role| maker.may(role)));
        }
        Ok::<_, DbError>((api_key, hmac_keys::development(db, &act.keyring, project)?))
    });
    let (api_key, hmac_key) = found.await?;
    let text = |value: Option<ShownOnce>| value.map(ShownOnce::reveal).unwrap_or_default();
    Ok((text(api_key.map(|(_, value)| value)), text(hmac_key.map(|(_, value)| value))))
}
