//! `…/{key}`: one API key: what is known of it, its name, and what can be done with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::KeysHere;
use super::row::{Row, Rows};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words;
use crate::kernel::id::ApiKeyId;
use crate::kernel::network::Networks;
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::projects::api_keys::{self, ApiKey, NewKey};
use crate::projects::people;

const ENABLE: &str = "enable a key again";

#[derive(Template)]
#[template(path = "pages/keys/manage.html")]
struct ManagePage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    here: &'a KeysHere,
    base: String,
    key_id: ApiKeyId,
    row: Row,
    can: String,
    /// Where it may be used from, one each.
    networks: Vec<String>,
    typed: String,
    can_rotate: bool,
    is_development: bool,
    is_disabled: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NameTyped {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {}

pub async fn show(here: KeysHere) -> Result<HttpResponse, PageError> {
    let (key, _) = here.key_to_change().await?;
    let name = key.name.clone();
    answer(&here, StatusCode::OK, &key, name, FieldErrors::new()).await
}

pub async fn rename(here: KeysHere, form: Form<NameTyped>) -> Result<HttpResponse, PageError> {
    let (key, maker) = here.key_to_change().await?;
    let typed = form.typed.name;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was saved yet."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &key, typed, errors).await;
    }
    let name = match NewKey::name(&typed) {
        Ok(name) => name,
        Err(error) => {
            let errors = FieldErrors::one("name", "Name", error.to_string());
            return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &key, typed, errors).await;
        }
    };
    let (act, id) = (here.act.clone(), key.id);
    here.write(move |db| api_keys::rename(db, &act, &maker, id, &name)).await?;
    Ok(here.done(&links::key(&here.place.path(), key.id), "The name is saved."))
}

/// Takes the development flag from it.
pub async fn unset_development(here: KeysHere, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let (key, maker) = here.key_to_change().await?;
    let back = links::key(&here.place.path(), key.id);
    if form.is_resumed {
        return Ok(again(&here, &back));
    }
    let (act, id) = (here.act.clone(), key.id);
    here.write(move |db| api_keys::unset_development(db, &act, &maker, id)).await?;
    Ok(here.done(&back, "It is an ordinary key now. Local tools no longer find it."))
}

/// Lets a disabled key in again.
pub async fn restore(here: KeysHere, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let (key, maker) = here.key_to_change().await?;
    let (base, id) = (here.place.path(), key.id);
    if form.is_resumed {
        return Ok(again(&here, &base));
    }
    here.confirmed(ENABLE, &links::key(&base, id))?;
    let act = here.act.clone();
    here.write(move |db| api_keys::restore(db, &act, &maker, id)).await?;
    Ok(here.done(&base, &format!("{} is let in again.", key.name)))
}

/// For a form of one button that came back after signing in again.
pub(super) fn again(here: &KeysHere, back: &str) -> HttpResponse {
    let text = "You were signed out meanwhile, so nothing was done. Press it once more if you still want to.";
    flash::set(&here.cookie, FlashKind::Warn, text);
    Visitor::redirect(back)
}

async fn answer(
    here: &KeysHere,
    status: StatusCode,
    key: &ApiKey,
    typed: String,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let maker = key.created_by;
    let names = here.read(move |db| people::names(db, maker)).await?;
    let may = here.may_manage();
    let (base, now, zone) = (here.place.path(), here.act.now, words::zone(&here.account.time_zone));
    let rows = Rows { base: &base, now, zone: &zone, names: &names, maker: may.as_ref() };
    let row = rows.row(key, false);
    let mut page = here.frame(&key.name, &format!("An API key, {}.", key.recognised_by()));
    page.has_error = !errors.is_empty();
    let networks = Networks::parse(&key.networks).unwrap_or_default().to_string();
    let page = ManagePage {
        page,
        errors,
        here,
        key_id: key.id,
        row,
        can: api_keys::can(key.role, key.project_id),
        networks: networks.lines().map(str::to_owned).collect(),
        typed,
        can_rotate: !key.is_disabled() && !key.has_expired(now) && key.succeeded_by.is_none(),
        is_development: key.is_development,
        is_disabled: key.is_disabled(),
        base: base.clone(),
    };
    frame::html(status, &page)
}
