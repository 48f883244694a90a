//! `….csv` beside the lists of keys: what the page tells of them, never a value.

use std::collections::HashMap;

use actix_web::HttpResponse;

use super::here::KeysHere;
use super::list::Asked;
use super::row::from;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::table_file::{self, Cells, moment, typed, yes};
use crate::kernel::id::AccountId;
use crate::kernel::time::Timestamp;
use crate::projects::api_keys::{self, ApiKey};
use crate::projects::hmac_keys::{self, HmacKey};
use crate::projects::people;

type Names = HashMap<AccountId, String>;

const API: &[&str] = &[
    "name",
    "key",
    "role",
    "state",
    "development",
    "made_by",
    "created_at",
    "last_used_at",
    "last_used_from",
    "expires_at",
    "networks",
];

const HMAC: &[&str] = &["name", "key", "development", "made_by", "created_at", "last_signature_at"];

/// The API keys of a project, or of a workspace as a whole.
pub async fn api(here: KeysHere, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (store, now, searched) = (here.store.clone(), here.act.now, asked.searched());
    let (workspace, project) = (here.place.workspace, here.place.project_id());
    let read = move |_: Option<()>| {
        let (store, searched) = (store.clone(), searched.clone());
        async move {
            let found = store.read(move |db| {
                let keys = api_keys::of_place(db, workspace, project)?;
                let names = people::names(db, keys.iter().filter_map(|key| key.created_by))?;
                Ok::<_, DbError>((keys, names))
            });
            let (keys, names) = found.await?;
            let found = keys.iter().filter(|key| searched.finds(&key.name, &key.recognised_by()));
            Ok((found.map(|key| of_api(key, &names, now)).collect(), None))
        }
    };
    Ok(table_file::list(&file_name(&here, "api-keys"), now, API, read))
}

/// The HMAC keys of a project.
pub async fn hmac(here: KeysHere, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (store, now, searched, project) = (here.store.clone(), here.act.now, asked.searched(), here.project_id()?);
    let read = move |_: Option<()>| {
        let (store, searched) = (store.clone(), searched.clone());
        async move {
            let found = store.read(move |db| {
                let keys = hmac_keys::of_project(db, project)?;
                let names = people::names(db, keys.iter().filter_map(|key| key.created_by))?;
                Ok::<_, DbError>((keys, names))
            });
            let (keys, names) = found.await?;
            let found = keys.iter().filter(|key| searched.finds(&key.name, &key.recognised_by));
            Ok((found.map(|key| of_hmac(key, &names)).collect(), None))
        }
    };
    Ok(table_file::list(&file_name(&here, "hmac-keys"), now, HMAC, read))
}

fn of_api(key: &ApiKey, names: &Names, now: Timestamp) -> Cells {
    let state = match (key.is_disabled(), key.has_expired(now)) {
        (true, _) => "disabled",
        (false, true) => "expired",
        (false, false) => "on",
    };
    vec![
        typed(&key.name),
        key.recognised_by(),
        if key.project_id.is_some() { key.role.to_string() } else { "account".to_owned() },
        state.to_owned(),
        yes(key.is_development),
        maker(key.created_by, names),
        key.created_at.to_string(),
        moment(key.last_used_at),
        typed(&from(key)),
        moment(key.expires_at),
        typed(&key.networks.replace('\n', " ")),
    ]
}

fn of_hmac(key: &HmacKey, names: &Names) -> Cells {
    vec![
        typed(&key.name),
        typed(&key.recognised_by),
        yes(key.is_development),
        maker(key.created_by, names),
        key.created_at.to_string(),
        moment(key.last_signature_at),
    ]
}

/// Empty when nobody is left who made it.
fn maker(account: Option<AccountId>, names: &Names) -> String {
    typed(account.and_then(|account| names.get(&account)).map_or("", String::as_str))
}

fn file_name(here: &KeysHere, what: &str) -> String {
    match &here.place.project {
        Some(project) => format!("{what}-{}-{}", here.place.workspace_name, project.slug),
        None => format!("{what}-{}", here.place.workspace_name),
    }
}
