//! The settings, one file for each tab.

pub mod account;
pub mod billing;
pub mod delete;
pub mod leave;
pub mod mfa;
pub mod new_organization;
pub mod organizations;
pub mod password;
pub mod plan;
mod plan_words;
pub mod sessions;
mod usage_card;

use crate::http::field_errors::as_left;
use actix_web::HttpResponse;

use crate::crypto::token::PlainToken;
use crate::http::flash;
use crate::http::page::{Flash, FlashKind, PageFrame};
use crate::http::session_cookie;
use crate::pages::guards::{SignedIn, Visitor};

/// The form came back after signing in again, or after confirming.
fn say_resumed(page: &mut PageFrame) {
    let text = as_left("Nothing is saved yet.");
    page.flash = Some(Flash { kind: FlashKind::Warn, text, undo: None });
}

/// This browser goes on with the session's new token; the old one is dead.
fn carry_on(here: &SignedIn, token: PlainToken) {
    session_cookie::sign_in(&here.cookie, &token.reveal());
}

/// For a form of one button that came back the same way: nothing is done until it is pressed anew.
pub fn press_again(here: &SignedIn, page: &str) -> HttpResponse {
    let text = "Nothing was done yet. Press it once more if you still want to.";
    flash::set(&here.cookie, FlashKind::Warn, text);
    Visitor::redirect(page)
}
