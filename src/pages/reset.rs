//! `/reset/{token}` and `/reset`: a new password with the link from a mail.
//!
//! Rule: following the link does nothing but carry its token into a cookie, so mail scanners may follow it too. The form
//! behind it asks for the second factor all the same, and signs nobody in.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::guards::Visitor;
use super::{blocking, door, frame, links};
use crate::crypto::password::Password;
use crate::crypto::token::looks_like_token;
use crate::entry::EntryError;
use crate::entry::recovery::{self, Reset, Target};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::small_cookies::{self, Small};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ResetTyped {
    new_password: String,
    new_password_again: String,
    code: String,
}

#[derive(Template)]
#[template(path = "pages/reset.html")]
struct ResetPage {
    page: PageFrame,
    errors: FieldErrors,
    /// For password managers, which file the new password under it.
    username: String,
    wants_code: bool,
    least: u32,
}

#[derive(Template)]
#[template(path = "pages/link_gone.html")]
struct GonePage {
    page: PageFrame,
    way: &'static str,
    way_words: &'static str,
}

/// `GET /reset/{token}`
pub async fn follow(here: Visitor, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    keep_link(&here, token.into_inner(), links::RESET)
}

/// Carries a link's token into a cookie and cleans the address.
pub(super) fn keep_link(here: &Visitor, token: String, to: &str) -> Result<HttpResponse, PageError> {
    let mut answer = Visitor::redirect(to);
    let cookie = if looks_like_token(&token) {
        small_cookies::keep(&here.site, Small::Link, token)
    } else {
        small_cookies::forget(&here.site, Small::Link)
    };
    answer.add_cookie(&cookie).map_err(|error| PageError::Internal(error.to_string()))?;
    Ok(answer)
}

/// `GET /reset`
pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    match target(&here).await? {
        Some(target) => frame::html(StatusCode::OK, &page(&here, &target, FieldErrors::new())),
        None => gone(&here),
    }
}

/// `POST /reset`
pub async fn submit(here: Visitor, form: Form<ResetTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    let Some(target) = target(&here).await? else { return gone(&here) };
    let password = Password::from_typed(&typed.new_password);
    let errors = check(&here, &typed, &password, &target).await?;
    if !errors.is_empty() {
        return door::again(&page(&here, &target, errors));
    }
    let (browser, _) = here.browser();
    let site = &here.site;
    let shown = target.clone();
    match recovery::reset(&site.regions, &site.hasher, &here.act, target, password, &typed.code, &browser).await {
        Ok(Reset::Done) => {
            site.wake.notify_one();
            here.leave_session().await?;
            flash::set(&here.cookie, FlashKind::Good, "Your password was changed. Sign in with the new one.");
            let mut answer = Visitor::redirect(links::SIGN_IN);
            answer
                .add_cookie(&small_cookies::forget(site, Small::Link))
                .map_err(|error| PageError::Internal(error.to_string()))?;
            Ok(answer)
        }
        Ok(Reset::WrongCode) => {
            door::again(&page(&here, &shown, FieldErrors::one("code", "One-time code", door::CODE_WRONG)))
        }
        Ok(Reset::LinkGone) => gone(&here),
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, &shown, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

async fn check(
    here: &Visitor,
    typed: &ResetTyped,
    password: &Password,
    target: &Target,
) -> Result<FieldErrors, PageError> {
    let mut errors = FieldErrors::new();
    let account = &target.account;
    let personal = [account.username.as_str(), account.name.as_str(), account.email.as_str()];
    let strong = blocking::strength(&here.site, &here.act, password, &personal).await?;
    let again = Password::from_typed(&typed.new_password_again);
    if errors.keep("new_password", "New password", strong).is_some() && password.as_str() != again.as_str() {
        errors.add("new_password_again", "New password again", door::NOT_TWICE);
    }
    if account.has_mfa && typed.code.trim().is_empty() {
        errors.add("code", "One-time code", door::CODE_MISSING);
    }
    Ok(errors)
}

async fn target(here: &Visitor) -> Result<Option<Target>, PageError> {
    let Some(token) = small_cookies::read(&here.request, &here.site, Small::Link) else { return Ok(None) };
    Ok(recovery::target(&here.site.regions, &here.act, &token).await?)
}

fn gone(here: &Visitor) -> Result<HttpResponse, PageError> {
    let sentence = "It was used, replaced by a newer one, or is older than ten minutes.";
    gone_page(here, sentence, links::FORGOT_PASSWORD, "Ask for a new link")
}

/// What stands behind every link that works no longer.
pub(super) fn gone_page(
    here: &Visitor,
    sentence: &str,
    way: &'static str,
    way_words: &'static str,
) -> Result<HttpResponse, PageError> {
    let page = here.page("This link no longer works", sentence);
    frame::html(StatusCode::NOT_FOUND, &GonePage { page, way, way_words })
}

fn page(here: &Visitor, target: &Target, errors: FieldErrors) -> ResetPage {
    let frame = here.page("Set a new password", "Every browser that is signed in now will be signed out.");
    ResetPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        username: target.account.username.to_string(),
        wants_code: target.account.has_mfa,
        least: u32::try_from(here.site.config.password_min).unwrap_or(u32::MAX),
    }
}
