//! `/sign-up/code`: the six digits that confirm the address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::door::{self, SignUpState};
use super::guards::Visitor;
use super::sign_out::Nothing;
use super::{frame, joining, links};
use crate::entry::EntryError;
use crate::entry::confirmation::{self, Confirmed};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::{flash, words};

const LABEL: &str = "Code";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeTyped {
    code: String,
}

#[derive(Template)]
#[template(path = "pages/sign_up_code.html")]
struct CodePage {
    page: PageFrame,
    errors: FieldErrors,
}

/// `GET /sign-up/code`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    if here.signed_in().await?.is_some() {
        return Ok(Visitor::redirect(links::ACCOUNT));
    }
    match here.sign_up_state() {
        Some(state) => frame::html(StatusCode::OK, &page(&here, &state, FieldErrors::new())),
        None => Ok(Visitor::redirect(links::SIGN_UP)),
    }
}

/// `POST /sign-up/code`
pub async fn submit(here: Visitor, form: Form<CodeTyped>) -> Result<HttpResponse, PageError> {
    let Some(state) = here.sign_up_state() else { return Ok(Visitor::redirect(links::SIGN_UP)) };
    let code = form.typed.code;
    if code.trim().is_empty() {
        return again(&here, &state, "Enter the code from the mail.");
    }
    let (browser, new_browser) = here.browser();
    match confirmation::confirm(&here.site.regions, &here.act, state.pending, &code, &browser).await {
        Ok(Confirmed::Yes(token)) => {
            // Whoever came by an organization's invitation goes on to answer it.
            let to = if joining::kept(&here).await?.is_some() { links::INVITATION } else { "" };
            let answer = here.enter(token, new_browser, to, "").await?;
            flash::set(&here.cookie, FlashKind::Good, "Welcome. Your address is confirmed and your account is ready.");
            Ok(answer)
        }
        Ok(Confirmed::Wrong) => again(&here, &state, "This code is wrong or too old. Check the latest mail."),
        Ok(Confirmed::UsedUp) => again(&here, &state, "Five tries are over. Have a new code sent."),
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &state, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-up/code/resend`
pub async fn resend(here: Visitor, _form: Form<Nothing>) -> Result<HttpResponse, PageError> {
    let Some(state) = here.sign_up_state() else { return Ok(Visitor::redirect(links::SIGN_UP)) };
    match confirmation::resend(&here.site.regions, &here.act, state.pending).await {
        Ok(Ok(())) => {
            here.site.wake.notify_one();
            flash::set(&here.cookie, FlashKind::Good, "A new code is on its way. The one before no longer works.");
            Ok(Visitor::redirect(links::SIGN_UP_CODE))
        }
        Ok(Err(too_soon)) => {
            let wait = words::wait(too_soon.retry_after);
            let errors =
                FieldErrors::whole(format!("A code was sent less than a minute ago. Wait {wait}, then ask again."));
            door::again(&page(&here, &state, errors))
        }
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &state, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

fn again(here: &Visitor, state: &SignUpState, sentence: &str) -> Result<HttpResponse, PageError> {
    door::again(&page(here, state, FieldErrors::one("code", LABEL, sentence)))
}

fn page(here: &Visitor, state: &SignUpState, errors: FieldErrors) -> CodePage {
    let to = if state.address.is_empty() { "your address" } else { state.address.as_str() };
    let sentence = format!("We sent six digits to {to}. They work for ten minutes.");
    CodePage { page: PageFrame { has_error: !errors.is_empty(), ..here.page("Check your mail", &sentence) }, errors }
}
