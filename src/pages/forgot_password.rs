//! `/forgot-password`: asks for a link by mail.
//!
//! Rule: the answer is one and the same, whoever has the address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::guards::Visitor;
use super::{door, frame};
use crate::entry::{EntryError, recovery};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::kernel::email_address::EmailAddress;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ForgotTyped {
    email: String,
}

#[derive(Template)]
#[template(path = "pages/forgot_password.html")]
struct ForgotPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    typed: &'a ForgotTyped,
    is_sent: bool,
}

/// `GET /forgot-password`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    frame::html(StatusCode::OK, &page(&here, &ForgotTyped::default(), FieldErrors::new()))
}

/// `POST /forgot-password`
pub async fn submit(here: Visitor, form: Form<ForgotTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    let address = match EmailAddress::parse(&typed.email) {
        Ok(address) => address,
        Err(error) => {
            return door::again(&page(&here, &typed, FieldErrors::one("email", "Email", error.to_string())));
        }
    };
    match recovery::request(&here.site.regions, &here.act, &address).await {
        Ok(()) => {
            here.site.wake.notify_one();
            let frame = here.page("Check your mail", "If this address has an account, a link is on its way to it.");
            let sent = ForgotPage { page: frame, errors: FieldErrors::new(), typed: &typed, is_sent: true };
            frame::html(StatusCode::OK, &sent)
        }
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &typed, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

fn page<'a>(here: &Visitor, typed: &'a ForgotTyped, errors: FieldErrors) -> ForgotPage<'a> {
    let frame = here.page("Forgot your password?", "We mail you a link with which you set a new one.");
    let page = PageFrame { has_error: !errors.is_empty(), ..frame };
    ForgotPage { page, errors, typed, is_sent: false }
}
