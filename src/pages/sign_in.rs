//! `/sign-in`: email or username, and password.
//!
//! Rule: one sentence for every refusal. Which of address, password or account was wrong stands in the owner's record
//! only.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::door::{self, SignInState, SignUpState};
use super::guards::Visitor;
use super::{frame, links, sign_in_code};
use crate::config::Registration;
use crate::crypto::password::Password;
use crate::entry::EntryError;
use crate::entry::sign_in::{self, Attempt, Outcome};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::{Form, Query};
use crate::http::page::{FlashKind, PageFrame};
use crate::http::return_to::local_path;

const REFUSED: &str = "Email or username and password do not match. Check both and try again.";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignInTyped {
    login: String,
    password: String,
    remember: String,
    return_to: String,
    /// A form left behind, sealed.
    held: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Going {
    pub return_to: String,
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    typed: &'a SignInTyped,
    /// Addresses of regions that are served elsewhere: named before a password is typed here.
    elsewhere: Vec<(&'static str, String)>,
    may_sign_up: bool,
}

/// `GET /sign-in`
pub async fn show(here: Visitor, going: Query<Going>) -> Result<HttpResponse, PageError> {
    let return_to = going.0.return_to;
    if here.signed_in().await?.is_some() {
        return Ok(Visitor::redirect(local_path(&return_to).unwrap_or(links::ACCOUNT)));
    }
    let typed = SignInTyped { return_to, ..SignInTyped::default() };
    frame::html(StatusCode::OK, &page(&here, &typed, FieldErrors::new()))
}

/// `POST /sign-in`
pub async fn submit(here: Visitor, form: Form<SignInTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    let errors = missing(&typed);
    if !errors.is_empty() {
        return door::again(&page(&here, &typed, errors));
    }
    let (browser, new_browser) = here.browser();
    let attempt = Attempt {
        login: typed.login.trim().to_owned(),
        password: Password::from_typed(&typed.password),
        is_remembered: typed.remember == "yes",
        is_tool: false,
        browser,
    };
    match sign_in::with_password(&here.site.regions, &here.site.hasher, &here.act, attempt).await {
        Ok(Outcome::SignedIn(token)) => here.enter(token, new_browser, &typed.return_to, &typed.held).await,
        Ok(Outcome::CodeWanted(half)) => {
            here.leave_session().await?;
            let return_to = local_path(&typed.return_to).unwrap_or_default().to_owned();
            here.wait_for_sign_in_code(&SignInState { half, return_to });
            if typed.held.is_empty() {
                return Ok(Visitor::redirect(links::SIGN_IN_CODE));
            }
            sign_in_code::page_holding(&here, typed.held)
        }
        Ok(Outcome::Unconfirmed(pending)) => {
            here.leave_session().await?;
            let address = if typed.login.contains('@') { typed.login.trim().to_owned() } else { String::new() };
            here.wait_for_sign_up_code(&SignUpState { pending, address });
            flash::set(
                &here.cookie,
                FlashKind::Warn,
                "Your email address is not confirmed yet. Type the code, or have a new one sent.",
            );
            Ok(Visitor::redirect(links::SIGN_UP_CODE))
        }
        Ok(Outcome::Refused) => door::again(&page(&here, &typed, FieldErrors::whole(REFUSED))),
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &typed, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

fn missing(typed: &SignInTyped) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if typed.login.trim().is_empty() {
        errors.add("login", "Email or username", "Enter your email address or your username.");
    }
    if typed.password.is_empty() {
        errors.add("password", "Password", "Enter your password.");
    }
    errors
}

/// For somebody whose session ended while they filled in a form: the form waits, sealed, in this one.
pub(super) fn page_holding(here: &Visitor, held: String) -> Result<HttpResponse, PageError> {
    here.forget_dead_session();
    let typed = SignInTyped { held, ..SignInTyped::default() };
    let mut page = page(here, &typed, FieldErrors::new());
    page.page.flash = Some(crate::http::page::Flash {
        kind: FlashKind::Warn,
        text: "You were signed out meanwhile, so nothing was saved. Sign in, and your form comes back as you left it."
            .to_owned(),
        undo: None,
    });
    frame::html(StatusCode::FORBIDDEN, &page)
}

fn page<'a>(here: &Visitor, typed: &'a SignInTyped, errors: FieldErrors) -> SignInPage<'a> {
    let title = format!("Sign in to {}", here.site.config.name);
    let sentence = format!("Sign in to your {} account.", here.site.config.name);
    let choices = here.site.regions.choices();
    let elsewhere = choices.into_iter().filter_map(|(region, url)| Some((region.title(), url?.to_owned())));
    SignInPage {
        page: PageFrame { has_error: !errors.is_empty(), ..here.page(&title, &sentence) },
        errors,
        typed,
        elsewhere: elsewhere.collect(),
        may_sign_up: here.site.config.registration == Registration::Open,
    }
}
