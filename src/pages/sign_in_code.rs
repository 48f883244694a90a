//! `/sign-in/code`: the one-time code after the password, or a recovery code in its place.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::door;
use super::guards::Visitor;
use super::{frame, links};
use crate::entry::EntryError;
use crate::entry::sign_in::{self, CodeOutcome, SignedIn};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::small_cookies::{self, Small};

const LABEL: &str = "One-time code";
const LAPSED: &str = "That took too long. Sign in again with your password.";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeTyped {
    code: String,
    trust: String,
    held: String,
}

#[derive(Template)]
#[template(path = "pages/sign_in_code.html")]
struct CodePage {
    page: PageFrame,
    errors: FieldErrors,
    is_trusted: bool,
    held: String,
}

/// `GET /sign-in/code`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    if here.sign_in_state().is_none() {
        return Ok(Visitor::redirect(links::SIGN_IN));
    }
    frame::html(StatusCode::OK, &page(&here, FieldErrors::new(), false, String::new()))
}

/// `POST /sign-in/code`
pub async fn submit(here: Visitor, form: Form<CodeTyped>) -> Result<HttpResponse, PageError> {
    let CodeTyped { code, trust, held } = form.typed;
    let is_trusted = trust == "yes";
    let Some(state) = here.sign_in_state() else { return Ok(lapsed(&here)) };
    if code.trim().is_empty() {
        let errors = FieldErrors::one("code", LABEL, door::CODE_MISSING);
        return door::again(&page(&here, errors, is_trusted, held));
    }
    let (browser, new_browser) = here.browser();
    match sign_in::with_code(&here.site.regions, &here.act, &state.half, &code, &browser, is_trusted).await {
        Ok(CodeOutcome::SignedIn(SignedIn { session, browser })) => {
            let renamed = browser.map(|token| small_cookies::keep(&here.site, Small::Device, token.reveal()));
            here.enter(session, renamed.or(new_browser), &state.return_to, &held).await
        }
        Ok(CodeOutcome::Wrong) => {
            let errors = FieldErrors::one("code", LABEL, door::CODE_WRONG);
            door::again(&page(&here, errors, is_trusted, held))
        }
        Ok(CodeOutcome::Lapsed) => Ok(lapsed(&here)),
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, door::too_many(wait), is_trusted, held), wait)
        }
        Err(error) => Err(error.into()),
    }
}

/// The same page with a form left behind in it.
pub(super) fn page_holding(here: &Visitor, held: String) -> Result<HttpResponse, PageError> {
    frame::html(StatusCode::OK, &page(here, FieldErrors::new(), false, held))
}

fn lapsed(here: &Visitor) -> HttpResponse {
    flash::set(&here.cookie, FlashKind::Warn, LAPSED);
    Visitor::redirect(links::SIGN_IN)
}

fn page(here: &Visitor, errors: FieldErrors, is_trusted: bool, held: String) -> CodePage {
    let frame = here.page("One more step", "Your account asks for a one-time code as well.");
    CodePage { page: PageFrame { has_error: !errors.is_empty(), ..frame }, errors, is_trusted, held }
}
