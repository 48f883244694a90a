//! `GET /api/api-keys`: the workspace's own keys, by what recognises them. Never a value.

use actix_web::HttpResponse;
use serde::Serialize;

use super::Refusal;
use super::caller::Caller;
use crate::kernel::id::ApiKeyId;
use crate::projects::api_keys::{self, ApiKey};

#[derive(Serialize)]
struct List {
    keys: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    key_id: ApiKeyId,
    name: String,
    key_prefix: String,
    created_at: String,
}

/// Those that are let in now.
pub async fn list(here: Caller) -> Result<HttpResponse, Refusal> {
    let (id, now) = (here.id(), here.act.now);
    let keys = here.read(move |db| api_keys::of_workspace(db, id)).await?;
    let live = keys.into_iter().filter(|key| !key.is_disabled() && !key.has_expired(now));
    let item = |key: ApiKey| Item {
        key_id: key.id,
        key_prefix: key.prefix,
        created_at: key.created_at.to_string(),
        name: key.name,
    };
    Ok(HttpResponse::Ok().json(List { keys: live.map(item).collect() }))
}
