//! `/setup/{token}` and `/setup`: the first administrator, from the link on the operator's terminal.
//!
//! Rule: it works while there is no administrator, and once. What follows is setting up an authenticator: the guard lets
//! no administrator past that.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::blocking::NotJudged;
use super::guards::Visitor;
use super::sign_up::{self, SignUpTyped, WhereTo};
use super::{door, frame, links, reset};
use crate::entry::EntryError;
use crate::entry::setup::{self, SetupError};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::small_cookies::{self, Small};

#[derive(Template)]
#[template(path = "pages/setup.html")]
struct SetupPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    typed: &'a SignUpTyped,
    where_to: WhereTo,
    least: u32,
}

/// `GET /setup/{token}`
pub async fn follow(here: Visitor, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    reset::keep_link(&here, token.into_inner(), links::SETUP)
}

/// `GET /setup`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    match link(&here).await? {
        Some(_) => frame::html(StatusCode::OK, &page(&here, &SignUpTyped::default(), FieldErrors::new())),
        None => gone(&here),
    }
}

/// `POST /setup`
pub async fn submit(here: Visitor, form: Form<SignUpTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    let Some(token) = link(&here).await? else { return gone(&here) };
    let new = match sign_up::check(&here, &typed).await {
        Ok(Ok(new)) => new,
        Ok(Err(errors)) => return door::again(&page(&here, &typed, errors)),
        Err(NotJudged::Later(wait)) => return door::later(&page(&here, &typed, door::too_many(wait)), wait),
        Err(NotJudged::Failed(error)) => return Err(error),
    };
    let (browser, new_browser) = here.browser();
    let site = &here.site;
    match setup::create(&site.regions, &site.hasher, &here.act, &token, new, &browser).await {
        Ok(token) => {
            let mut answer = here.enter(token, new_browser, links::MFA, "").await?;
            answer
                .add_cookie(&small_cookies::forget(site, Small::Link))
                .map_err(|error| PageError::Internal(error.to_string()))?;
            Ok(answer)
        }
        Err(SetupError::LinkGone) => gone(&here),
        Err(SetupError::NameTaken) => door::again(&page(&here, &typed, sign_up::name_taken())),
        Err(SetupError::AddressTaken) => {
            let sentence = "An account has this address already, with another password or without these rights.";
            door::again(&page(&here, &typed, FieldErrors::one("email", "Email", sentence)))
        }
        Err(SetupError::Entry(EntryError::TooMany(too_many))) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &typed, door::too_many(wait)), wait)
        }
        Err(SetupError::Entry(error)) => Err(error.into()),
        Err(SetupError::Database(error)) => Err(error.into()),
    }
}

async fn link(here: &Visitor) -> Result<Option<String>, PageError> {
    let Some(token) = small_cookies::read(&here.request, &here.site, Small::Link) else { return Ok(None) };
    let (now, asked) = (here.act.now, token.clone());
    let is_live = here.site.regions.directory.read(move |db| setup::is_live(db, now, &asked)).await?;
    Ok(is_live.then_some(token))
}

fn gone(here: &Visitor) -> Result<HttpResponse, PageError> {
    let sentence = "It was used, is older than a day, or there is an administrator already. Starting the server again \
                    prints a new one while there is none.";
    reset::gone_page(here, sentence, links::SIGN_IN, "Sign in")
}

fn page<'a>(here: &Visitor, typed: &'a SignUpTyped, errors: FieldErrors) -> SetupPage<'a> {
    let title = format!("Set up {}", here.site.config.name);
    let frame = here.page(&title, "Make the first administrator. An authenticator app comes right after.");
    SetupPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        where_to: WhereTo::of(&here.site.regions),
        least: u32::try_from(here.site.config.password_min).unwrap_or(u32::MAX),
    }
}
