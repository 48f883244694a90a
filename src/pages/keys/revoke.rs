//! `…/{key}/revoke`: who still uses it, then the deed. For an hour it can be had back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::here::KeysHere;
use super::manage::{Pressed, again};
use super::row;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::ApiKeyId;
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::projects::api_keys::{self, ApiKey};

#[derive(Template)]
#[template(path = "pages/keys/revoke.html")]
struct RevokePage<'a> {
    page: PageFrame,
    here: &'a KeysHere,
    base: String,
    key: &'a ApiKey,
    id: ApiKeyId,
    can: String,
    last_used: Option<When>,
    from: String,
}

pub async fn ask(here: KeysHere) -> Result<HttpResponse, PageError> {
    let (key, _) = here.key_to_change().await?;
    if key.gone_at().is_some() {
        return Ok(Visitor::redirect(&links::key(&here.place.path(), key.id)));
    }
    let zone = words::zone(&here.account.time_zone);
    let page = RevokePage {
        page: here.frame("Revoke key", "It is refused from the next request on."),
        here: &here,
        base: here.place.path(),
        id: key.id,
        key: &key,
        can: api_keys::can(key.role, key.project_id),
        last_used: key.last_used_at.map(|at| words::relative(at, here.act.now, &zone).in_sentence()),
        from: row::from(&key),
    };
    frame::html(StatusCode::OK, &page)
}

/// No step-up: taking a right away must be quick, and can be taken back.
pub async fn act(here: KeysHere, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let (key, maker) = here.key_to_change().await?;
    let (base, id) = (here.place.path(), key.id);
    if form.is_resumed {
        return Ok(again(&here, &links::key_revoke(&base, id)));
    }
    let act = here.act.clone();
    here.write(move |db| api_keys::revoke(db, &act, &maker, id)).await?;
    Ok(Visitor::redirect(&links::key_revoked(&base, id)))
}
