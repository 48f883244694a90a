//! `/v1/api/{project}/devkeys`: the two keys that local tools look for, in full.
//!
//! Rule: to a person's tool only, and never a key with more rights than that person may give. Everybody else who sees
//! the project is answered with empty values: tools go on without. Each look is recorded.

use actix_web::HttpResponse;
use serde::Serialize;

use super::Refusal;
use super::places::InProject;
use crate::crypto::act::Act;
use crate::db::Db;
use crate::kernel::shown_once::ShownOnce;
use crate::projects::api_keys::{self, Maker};
use crate::projects::hmac_keys::{self, HmacKeyError};

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
    let reveal = |db: &mut Db, act: &Act, maker: &Maker| {
        Ok((api_keys::reveal_development(db, act, maker)?, hmac_keys::reveal_development(db, act, maker)?))
    };
    let (api_key, hmac_key) = revealed(&here, reveal).await?.unwrap_or_default();
    Ok(HttpResponse::Ok().json(Keys { success: true, api_key: text(api_key), hmac_key: text(hmac_key) }))
}

pub async fn hmac(here: InProject) -> Result<HttpResponse, Refusal> {
    let hmac_key = revealed(&here, hmac_keys::reveal_development).await?.flatten();
    Ok(HttpResponse::Ok().json(HmacKey { success: true, hmac_key: text(hmac_key) }))
}

/// `None` for whoever is told nothing.
async fn revealed<T: Send + 'static>(
    here: &InProject,
    reveal: impl Fn(&mut Db, &Act, &Maker) -> Result<T, HmacKeyError> + Send + 'static,
) -> Result<Option<T>, Refusal> {
    let (Ok(maker), Some(_)) = (here.maker(), here.member()) else { return Ok(None) };
    let act = here.here().act.clone();
    Ok(Some(here.here().write(move |db| reveal(db, &act, &maker)).await?))
}

fn text(value: Option<ShownOnce>) -> String {
    value.map(ShownOnce::reveal).unwrap_or_default()
}
