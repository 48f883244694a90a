//! `…/paste`: a whole `.env` file. What is in it is shown by name on the next page before anything is kept.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::SecretsHere;
use super::review;
use super::typed::Typed;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::secrets::dotenv;

#[derive(Template)]
#[template(path = "pages/secrets/paste.html")]
struct PastePage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    base: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasteTyped {
    secrets: Typed,
}

pub async fn ask(here: SecretsHere) -> Result<HttpResponse, PageError> {
    here.permit()?;
    here.confirmed(super::PUT, &links::secrets_paste(&here.base))?;
    answer(&here, StatusCode::OK, FieldErrors::new())
}

pub async fn take(here: SecretsHere, form: Form<PasteTyped>) -> Result<HttpResponse, PageError> {
    here.permit()?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was kept yet. Paste the file again."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, errors);
    }
    here.confirmed(super::PUT, &links::secrets_paste(&here.base))?;
    let wrong = match dotenv::read(form.typed.secrets.text()) {
        Err(too_long) => Some(too_long.to_string()),
        Ok(entries) if !entries.iter().any(|entry| entry.typed.is_some()) => {
            Some("There is no line of the form NAME=value in it.".to_owned())
        }
        Ok(_) => None,
    };
    if let Some(text) = wrong {
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, FieldErrors::one("secrets", "File", text));
    }
    review::hold(&here, form.typed.secrets).await?;
    Ok(Visitor::redirect(&links::secrets_review(&here.base)))
}

fn answer(here: &SecretsHere, status: StatusCode, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    let mut page =
        here.frame("Paste a file of secrets", "You see its names, and what becomes of each, before anything is kept.");
    page.has_error = !errors.is_empty();
    frame::html(status, &PastePage { page, errors, base: &here.base })
}
