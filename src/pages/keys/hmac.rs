//! `…/hmac-keys`: making an HMAC key, looking at it again, its flag, and its end.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use askama::Template;
use serde::Deserialize;

use super::here::KeysHere;
use super::manage::{Pressed, again};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::HmacKeyId;
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::projects::api_keys::{Maker, NewKey};
use crate::projects::hmac_keys::{self, HmacKey, HmacKeyError, NewHmacKey, OwnKey};
use crate::sessions::shown_once;

const MAKE: &str = "make an HMAC key";
const SHOW: &str = "show an HMAC key";
/// Its value goes at once, and with it whatever its devices sign.
const REVOKE: &str = "revoke an HMAC key";

#[derive(Template)]
#[template(path = "pages/keys/hmac_new.html")]
struct NewPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    here: &'a KeysHere,
    base: String,
    typed: HmacTyped,
}

#[derive(Template)]
#[template(path = "pages/keys/hmac.html")]
struct HmacPage<'a> {
    page: PageFrame,
    here: &'a KeysHere,
    base: String,
    hmac: String,
    key: &'a HmacKey,
    /// Only on the page that follows *Show key*.
    value: Option<String>,
    last_signature: Option<When>,
    made: When,
}

#[derive(Template)]
#[template(path = "pages/keys/hmac_revoke.html")]
struct RevokePage<'a> {
    page: PageFrame,
    here: &'a KeysHere,
    base: String,
    hmac: String,
    key: &'a HmacKey,
    last_signature: Option<When>,
}

/// The key that was typed is cleared when the form comes back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct HmacTyped {
    name: String,
    own: String,
    is_development: String,
}

pub async fn ask(here: KeysHere) -> Result<HttpResponse, PageError> {
    here.maker()?;
    here.project_id()?;
    here.confirmed(MAKE, &links::hmac_new(&here.place.path()))?;
    answer_new(&here, StatusCode::OK, HmacTyped::default(), FieldErrors::new())
}

pub async fn make(here: KeysHere, form: Form<HmacTyped>) -> Result<HttpResponse, PageError> {
    let (maker, base, typed) = (here.maker()?, here.place.path(), form.typed);
    here.project_id()?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("No key was made yet."));
        return answer_new(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors);
    }
    here.confirmed(MAKE, &links::hmac_new(&base))?;
    let mut errors = FieldErrors::new();
    let name = errors.keep("name", "Name", NewKey::name(&typed.name));
    let own = match typed.own.as_str() {
        "" => Some(None),
        own => errors.keep("own", "Your own key", OwnKey::parse(own)).map(Some),
    };
    let (Some(name), Some(own)) = (name, own) else {
        return answer_new(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors);
    };
    let new = NewHmacKey { name, own, is_development: typed.is_development == "yes" };
    let (act, session) = (here.act.clone(), here.session.id);
    let made = here
        .write(move |db| {
            let (id, _, value) = hmac_keys::create(db, &act, &maker, &new)?;
            shown_once::keep(db, &act, session, &links::hmac_value(&base, id), &value.reveal())?;
            Ok::<_, HmacKeyError>(links::hmac_value(&base, id))
        })
        .await;
    match made {
        Ok(to) => Ok(Visitor::redirect(&to)),
        Err(HmacKeyError::TooMany) => {
            let text = format!("A project has at most {} HMAC keys. Revoke one that is not used.", hmac_keys::MOST);
            answer_new(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, FieldErrors::whole(text))
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn show(here: KeysHere) -> Result<HttpResponse, PageError> {
    let (key, _) = key(&here).await?;
    answer(&here, &key, None)
}

/// *Show key*: keeps the value for the page that follows.
pub async fn reveal(here: KeysHere, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let (key, maker) = key(&here).await?;
    let (base, id) = (here.place.path(), key.id);
    if form.is_resumed {
        return Ok(again(&here, &links::hmac_key(&base, id)));
    }
    here.confirmed(SHOW, &links::hmac_key(&base, id))?;
    let (act, session, shown_at) = (here.act.clone(), here.session.id, links::hmac_value(&base, id));
    let to = shown_at.clone();
    here.write(move |db| {
        let value = hmac_keys::reveal(db, &act, &maker, id)?;
        shown_once::keep(db, &act, session, &shown_at, &value.reveal())?;
        Ok::<_, HmacKeyError>(())
    })
    .await?;
    Ok(Visitor::redirect(&to))
}

pub async fn value(here: KeysHere) -> Result<HttpResponse, PageError> {
    let (key, _) = key(&here).await?;
    // Asking for the headers alone must not use up the one look.
    if *here.request.method() == Method::HEAD {
        return Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").finish());
    }
    let base = here.place.path();
    let (act, session, this) = (here.act.clone(), here.session.id, links::hmac_value(&base, key.id));
    let shown = here.write(move |db| shown_once::take(db, &act, session, &this)).await?;
    match shown {
        Some(value) => answer(&here, &key, Some(value)),
        None => Ok(Visitor::redirect(&links::hmac_key(&base, key.id))),
    }
}

/// Gives it the development flag, or takes it.
pub async fn flag(here: KeysHere, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let (key, maker) = key(&here).await?;
    let (back, id, is_now) = (links::hmac_key(&here.place.path(), key.id), key.id, !key.is_development);
    if form.is_resumed {
        return Ok(again(&here, &back));
    }
    let act = here.act.clone();
    here.write(move |db| hmac_keys::set_development(db, &act, &maker, id, is_now)).await?;
    let sentence =
        if is_now { "It is the development key now: local tools find it." } else { "It is an ordinary key now." };
    Ok(here.done(&back, sentence))
}

pub async fn ask_revoke(here: KeysHere) -> Result<HttpResponse, PageError> {
    let (key, _) = key(&here).await?;
    here.confirmed(REVOKE, &links::hmac_revoke(&here.place.path(), key.id))?;
    let zone = words::zone(&here.account.time_zone);
    let page = RevokePage {
        page: here.frame("Revoke HMAC key", "What devices sign with it is no longer believed."),
        here: &here,
        base: here.place.path(),
        hmac: links::hmac_key(&here.place.path(), key.id),
        key: &key,
        last_signature: key.last_signature_at.map(|at| words::relative(at, here.act.now, &zone).in_sentence()),
    };
    frame::html(StatusCode::OK, &page)
}

pub async fn revoke(here: KeysHere, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let (key, maker) = key(&here).await?;
    let (base, id) = (here.place.path(), key.id);
    if form.is_resumed {
        return Ok(again(&here, &links::hmac_revoke(&base, id)));
    }
    here.confirmed(REVOKE, &links::hmac_revoke(&base, id))?;
    let act = here.act.clone();
    here.write(move |db| hmac_keys::revoke(db, &act, &maker, id)).await?;
    Ok(here.done(&base, &format!("{} is revoked. What it signed keeps its verdict.", key.name)))
}

/// The key of this address, for somebody who may manage keys.
async fn key(here: &KeysHere) -> Result<(HmacKey, Maker), PageError> {
    let maker = here.maker()?;
    let project = here.project_id()?;
    let id: HmacKeyId = here.request.match_info().query("key").parse().map_err(|_| PageError::NotFound)?;
    let key = here.read(move |db| hmac_keys::one(db, project, id)).await?;
    Ok((key.ok_or(PageError::NotFound)?, maker))
}

fn answer(here: &KeysHere, key: &HmacKey, value: Option<String>) -> Result<HttpResponse, PageError> {
    let zone = words::zone(&here.account.time_zone);
    let page = HmacPage {
        page: here.frame(&key.name, &format!("An HMAC key, {}.", key.recognised_by)),
        here,
        base: here.place.path(),
        hmac: links::hmac_key(&here.place.path(), key.id),
        key,
        value,
        last_signature: key.last_signature_at.map(|at| words::relative(at, here.act.now, &zone)),
        made: words::day(key.created_at, &zone),
    };
    frame::html(StatusCode::OK, &page)
}

fn answer_new(
    here: &KeysHere,
    status: StatusCode,
    typed: HmacTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let mut page = here.frame("Add new HMAC key", "Shared with devices, which sign each sample with it.");
    page.has_error = !errors.is_empty();
    frame::html(status, &NewPage { page, errors, here, base: here.place.path(), typed })
}
