//! `…/{key}/rotate`: a successor with the same rights; the old key lives on for a while, so that nothing stops.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::KeysHere;
use super::row;
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{Choice, FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::ApiKeyId;
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::projects::api_keys::{self, ApiKey, KeyError, LONGEST_OVERLAP};
use crate::sessions::shown_once;

const DEED: &str = "rotate an API key";
const PROPOSED: &str = "7";

#[derive(Template)]
#[template(path = "pages/keys/rotate.html")]
struct RotatePage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    here: &'a KeysHere,
    base: String,
    key: &'a ApiKey,
    id: ApiKeyId,
    typed: RotateTyped,
    choices: Vec<Choice>,
    last_used: Option<When>,
    from: String,
}

#[derive(Deserialize)]
#[serde(default)]
pub struct RotateTyped {
    overlap: String,
}

impl Default for RotateTyped {
    fn default() -> Self {
        Self { overlap: PROPOSED.to_owned() }
    }
}

pub async fn ask(here: KeysHere) -> Result<HttpResponse, PageError> {
    let (key, _) = here.key_to_change().await?;
    here.confirmed(DEED, &links::key_rotate(&here.place.path(), key.id))?;
    if key.succeeded_by.is_some() || key.is_disabled() || key.has_expired(here.act.now) {
        return Ok(Visitor::redirect(&links::key(&here.place.path(), key.id)));
    }
    answer(&here, StatusCode::OK, &key, RotateTyped::default(), FieldErrors::new())
}

pub async fn act(here: KeysHere, form: Form<RotateTyped>) -> Result<HttpResponse, PageError> {
    let (key, maker) = here.key_to_change().await?;
    let (base, id) = (here.place.path(), key.id);
    if form.is_resumed {
        return Ok(super::manage::again(&here, &links::key_rotate(&base, id)));
    }
    here.confirmed(DEED, &links::key_rotate(&base, id))?;
    let Some(overlap) = form.typed.overlap.parse::<u64>().ok().filter(|days| *days <= LONGEST_OVERLAP) else {
        let errors = FieldErrors::one("overlap", "The old key ends", "Choose one of the answers.");
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &key, RotateTyped::default(), errors);
    };
    let (act, session, stamp) = (here.act.clone(), here.session.id, here.stamp());
    let shown_at = links::key_created(&base);
    let made = here
        .write(move |db| {
            let made = api_keys::rotate(db, &act, &maker, &stamp, id, overlap)?;
            shown_once::keep(db, &act, session, &shown_at, &format!("{}\n{}", made.id, made.value.reveal()))?;
            Ok::<_, KeyError>(())
        })
        .await;
    match made {
        Ok(()) => Ok(Visitor::redirect(&links::key_created(&base))),
        Err(KeyError::WasRotated) => {
            flash::set(&here.cookie, FlashKind::Warn, "Somebody rotated this key before you. Its successor is listed.");
            Ok(Visitor::redirect(&base))
        }
        Err(KeyError::TooMany) => {
            flash::set(&here.cookie, FlashKind::Warn, super::too_many());
            Ok(Visitor::redirect(&base))
        }
        Err(error) => Err(error.into()),
    }
}

fn answer(
    here: &KeysHere,
    status: StatusCode,
    key: &ApiKey,
    typed: RotateTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let zone = words::zone(&here.account.time_zone);
    let mut page = here.frame("Rotate key", "A new key with the same rights takes its place.");
    page.has_error = !errors.is_empty();
    let choice = |days: u64, words: &str| Choice::new(days.to_string(), words.to_owned());
    let page = RotatePage {
        page,
        errors,
        here,
        base: here.place.path(),
        id: key.id,
        key,
        typed,
        choices: vec![
            choice(0, "At once"),
            choice(1, "In 1 day"),
            choice(7, "In 7 days"),
            choice(14, "In 14 days"),
            choice(30, "In 30 days"),
        ],
        last_used: key.last_used_at.map(|at| words::relative(at, here.act.now, &zone).in_sentence()),
        from: row::from(key),
    };
    frame::html(status, &page)
}
