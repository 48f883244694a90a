//! `…/new`: a new API key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::form::{KeyTyped, expiry_choices, reach_choices, role_choices};
use super::here::KeysHere;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::projects::api_keys::{self, KeyError, Maker};
use crate::sessions::shown_once;

const DEED: &str = "make an API key";

#[derive(Template)]
#[template(path = "pages/keys/new.html")]
struct NewPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    typed: KeyTyped,
    here: &'a KeysHere,
    base: String,
    roles: Vec<Choice>,
    expiry: Vec<Choice>,
}

pub async fn ask(here: KeysHere) -> Result<HttpResponse, PageError> {
    let maker = here.maker()?;
    here.confirmed(DEED, &links::key_new(&here.place.path()))?;
    let longest = longest(&here).await?;
    let typed = KeyTyped::proposed(&maker.roles(), longest, here.project.is_some());
    answer(&here, StatusCode::OK, &maker, longest, typed, FieldErrors::new())
}

pub async fn make(here: KeysHere, form: Form<KeyTyped>) -> Result<HttpResponse, PageError> {
    let (maker, typed, base) = (here.maker()?, form.typed, here.place.path());
    let longest = longest(&here).await?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("No key was made yet."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &maker, longest, typed, errors);
    }
    here.confirmed(DEED, &links::key_new(&base))?;
    let new = match typed.check(&maker.roles(), longest, here.project.is_some(), here.act.now) {
        Ok(new) => new,
        Err(errors) => return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &maker, longest, typed, errors),
    };
    let (act, session, stamp) = (here.act.clone(), here.session.id, here.stamp());
    let shown_at = links::key_created(&base);
    let made = here
        .write(move |db| {
            let made = api_keys::create(db, &act, &maker, &stamp, &new)?;
            shown_once::keep(db, &act, session, &shown_at, &format!("{}\n{}", made.id, made.value.reveal()))?;
            Ok::<_, KeyError>(())
        })
        .await;
    match made {
        Ok(()) => Ok(Visitor::redirect(&links::key_created(&base))),
        Err(KeyError::TooLong(most)) => {
            let text = format!("Choose at most {most} days: a policy of the organization says so.");
            let errors = FieldErrors::one("expiry", "Expires", text);
            answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &maker, Some(most), typed, errors)
        }
        Err(KeyError::TooMany) => {
            let errors = FieldErrors::whole(super::too_many());
            answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &maker, longest, typed, errors)
        }
        Err(error) => Err(error.into()),
    }
}

async fn longest(here: &KeysHere) -> Result<Option<i64>, PageError> {
    let workspace = here.place.workspace;
    Ok(here.read(move |db| api_keys::longest_days(db, workspace)).await?)
}

fn answer(
    here: &KeysHere,
    status: StatusCode,
    maker: &Maker,
    longest: Option<i64>,
    typed: KeyTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let mut page = here.frame("Add new API key", "Its value is shown once, on the next page.");
    page.has_error = !errors.is_empty();
    let page = NewPage {
        page,
        errors,
        typed,
        here,
        base: here.place.path(),
        roles: if here.project.is_some() { role_choices(&maker.roles()) } else { reach_choices() },
        expiry: expiry_choices(longest),
    };
    frame::html(status, &page)
}
