//! A form whose sender had to sign in or to confirm first: sealed into the page that asks, opened after it.
//!
//! Rule: nothing is kept on the server and nothing is done. The person sees the form as they left it, and saves it again.
//! Passwords, codes and secrets are left out: they are typed anew.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};

use super::frame;
use super::guards::Visitor;
use crate::crypto::act::Act;
use crate::crypto::sealed_form;
use crate::http::error::PageError;
use crate::http::form::{HELD_FIELD, Pairs, RESUMED_FIELD, TOKEN_FIELD};
use crate::http::page::PageFrame;
use crate::http::return_to::local_path;
use crate::kernel::time::hours;

const PURPOSE: &str = "held_form";
/// Whoever signs in with it gets it back; the seal says that it is ours and unchanged.
const AUDIENCE: &str = "whoever sent it";
const KEPT_FOR: Duration = hours(2);
/// Longer forms are not carried: a page of their size would not be pleasant either.
const LONGEST: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
pub struct Held {
    path: String,
    pairs: Pairs,
}

#[derive(Template)]
#[template(path = "pages/resume.html")]
struct ResumePage<'a> {
    page: PageFrame,
    held: &'a Held,
    resumed: &'static str,
}

/// Seals what was sent to `path`; `None` when it cannot be carried, or when nothing is left worth carrying.
pub fn seal(act: &Act, path: &str, pairs: Pairs) -> Option<String> {
    let path = local_path(path)?.to_owned();
    let pairs: Pairs = pairs.into_iter().filter(|(name, _)| !is_secret(name)).collect();
    if pairs.is_empty() {
        return None;
    }
    let text = serde_json::to_string(&Held { path, pairs }).ok().filter(|text| text.len() <= LONGEST)?;
    Some(sealed_form::seal(act, PURPOSE, AUDIENCE, KEPT_FOR, &text))
}

/// What was sealed, if it is ours and not too old.
pub fn open(here: &Visitor, sealed: &str) -> Option<Held> {
    let text = sealed_form::open(&here.act, PURPOSE, AUDIENCE, sealed)?;
    serde_json::from_str(&text).ok()
}

/// Leads back to the form.
pub fn page(here: &Visitor, held: &Held, title: &str) -> Result<HttpResponse, PageError> {
    let page = here.page(title, "Your form is still here. Nothing in it was saved yet.");
    frame::html(StatusCode::OK, &ResumePage { page, held, resumed: RESUMED_FIELD })
}

fn is_secret(name: &str) -> bool {
    // `own` is the HMAC key that somebody brings along.
    [TOKEN_FIELD, RESUMED_FIELD, HELD_FIELD, "own"].contains(&name)
        || ["password", "code", "secret", "kept", "pending"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_anew_is_not_carried() {
        for name in ["form_token", "current_password", "code", "client_secret", "kept", "pending", "resumed", "own"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("name") && !is_secret("bio") && !is_secret("owner"));
    }
}
