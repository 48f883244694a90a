//! `/confirm`: *Confirm it is you*, before something that matters.
//!
//! Rule: the act that is named comes from [`DEEDS`]: an address could carry any words, and a page of ours must not say
//! them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::guards::{SignedIn, Visitor};
use super::{door, frame, links, resume};
use crate::crypto::password::Password;
use crate::entry::EntryError;
use crate::entry::step_up::{self, Asked, Attempt, Confirmed};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::{Form, Query};
use crate::http::page::PageFrame;
use crate::http::return_to::long_local_path;
use crate::http::session_cookie;

/// Everything that asks, as it completes "Confirm it is you to …". A test finds those that are missing.
pub const DEEDS: &[&str] = &[
    "add or replace secrets",
    "change a leak drill",
    "change a secret",
    "change who is an administrator",
    "change policies",
    "change who is in an organization",
    "delete an organization",
    "delete many accounts",
    "delete a project",
    "delete a sample",
    "delete a secret",
    "delete somebody's account",
    "delete somebody's organization",
    "delete your account",
    "enable a key again",
    "enter the administration",
    "export the list of accounts",
    "export the list of organizations",
    "export what failed",
    "invite people to sign up",
    "let a program sign in as you",
    "make an API key",
    "make an HMAC key",
    "make new recovery codes",
    "mark a secret as leaked",
    "reset somebody's second factor",
    "revoke an HMAC key",
    "rotate an API key",
    "set a password",
    "set up multi-factor authentication",
    "show an HMAC key",
    "suspend or reinstate an account",
    "suspend or reinstate an organization",
    "turn off multi-factor authentication",
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asking {
    deed: String,
    return_to: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConfirmTyped {
    deed: String,
    return_to: String,
    password: String,
    code: String,
    /// A form left behind, sealed.
    held: String,
}

#[derive(Template)]
#[template(path = "pages/confirm.html")]
struct ConfirmPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    username: &'a str,
    deed: &'static str,
    return_to: &'a str,
    held: &'a str,
    asked: Asked,
}

/// `GET /confirm`
pub async fn show(here: SignedIn, asking: Query<Asking>) -> Result<HttpResponse, PageError> {
    let Asking { deed, return_to } = asking.0;
    let asked = step_up::asked(&here.account);
    let waiting = Waiting { deed: known(&deed), return_to: &return_to, held: "" };
    frame::html(StatusCode::OK, &page(&here, waiting, asked, FieldErrors::new()))
}

/// For somebody who sent a form and has to confirm first: the form waits, sealed, in this one.
pub(super) async fn page_holding(
    here: &Visitor,
    deed: &'static str,
    held: &str,
) -> Result<Option<HttpResponse>, PageError> {
    let Some(here) = here.signed_in().await? else { return Ok(None) };
    let asked = step_up::asked(&here.account);
    let waiting = Waiting { deed, return_to: "", held };
    frame::html(StatusCode::FORBIDDEN, &page(&here, waiting, asked, FieldErrors::new())).map(Some)
}

/// `POST /confirm`
pub async fn submit(here: SignedIn, form: Form<ConfirmTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    let (deed, asked) = (known(&typed.deed), step_up::asked(&here.account));
    let waiting = Waiting { deed, return_to: &typed.return_to, held: &typed.held };
    let again = |errors| door::again(&page(&here, waiting, asked, errors));
    let errors = missing(&typed, asked);
    if !errors.is_empty() {
        return again(errors);
    }
    let attempt = Attempt {
        region: here.region,
        account: here.account.clone(),
        session: here.session.clone(),
        to: deed,
        password: Password::from_typed(&typed.password),
        code: typed.code.clone(),
    };
    let site = &here.site;
    match step_up::confirm(&site.regions, &site.hasher, &here.store, &here.act, attempt).await {
        Ok(Confirmed::Yes(token)) => {
            site.wake.notify_one();
            session_cookie::sign_in(&here.cookie, &token.reveal());
            let visitor = Visitor::of(&here.request)?;
            Ok(match resume::open(&visitor, &typed.held) {
                Some(held) => resume::page(&visitor, &held, "Thank you, it is you")?,
                None => Visitor::redirect(long_local_path(&typed.return_to).unwrap_or(links::ACCOUNT)),
            })
        }
        Ok(Confirmed::WrongPassword) => again(FieldErrors::one("password", "Password", "This is not your password.")),
        Ok(Confirmed::WrongCode) => again(FieldErrors::one("code", "One-time code", door::CODE_WRONG)),
        Err(EntryError::TooMany(too_many)) => {
            let wait = too_many.retry_after;
            door::later(&page(&here, waiting, asked, door::too_many(wait)), wait)
        }
        Err(error) => Err(error.into()),
    }
}

fn missing(typed: &ConfirmTyped, asked: Asked) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if asked.password && typed.password.is_empty() {
        errors.add("password", "Password", "Enter your password.");
    }
    if asked.code && typed.code.trim().is_empty() {
        errors.add("code", "One-time code", door::CODE_MISSING);
    }
    errors
}

fn known(deed: &str) -> &'static str {
    DEEDS.iter().copied().find(|known| *known == deed).unwrap_or("go on")
}

/// What goes on once it is known who is there.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    deed: &'static str,
    return_to: &'a str,
    held: &'a str,
}

fn page<'a>(here: &'a SignedIn, waiting: Waiting<'a>, asked: Asked, errors: FieldErrors) -> ConfirmPage<'a> {
    let Waiting { deed, return_to, held } = waiting;
    let frame = here.door_page("Confirm it is you", "You are about to do something that matters.");
    ConfirmPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        username: here.account.username.as_str(),
        deed,
        return_to,
        held,
        asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the pages for the words that `confirmed`, `links::confirm` and every `DEED` are given.
    #[test]
    fn every_deed_that_asks_is_known() {
        let calls = ["confirmed", "confirmed_fully", "links::confirm"].map(|name| format!("{name}(\""));
        let constant = format!("const DEED: &str = {}", '"');
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for call in calls.iter().chain([&constant]) {
                    for (at, _) in text.match_indices(call.as_str()) {
                        let deed = text[at + call.len()..].split('"').next().unwrap();
                        assert!(DEEDS.contains(&deed), "{}: {deed:?}", path.display());
                    }
                }
            }
        }
    }
}
