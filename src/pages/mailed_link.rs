//! What pages behind a mailed link share: the token goes from the address into a cookie, and the address is cleaned.
//!
//! Rule: opening a link does nothing, because mail scanners open them too; a button does.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::frame;
use super::guards::Visitor;
use crate::crypto::token::looks_like_token;
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::small_cookies::{self, Small};

#[derive(Template)]
#[template(path = "pages/link_over.html")]
struct LinkOverPage {
    page: PageFrame,
}

/// Keeps the token and leads to the page behind the link.
pub fn keep(here: &Visitor, token: &str, to: &str) -> Result<HttpResponse, PageError> {
    if !looks_like_token(token) {
        return over(here);
    }
    let mut answer = Visitor::redirect(to);
    add(&mut answer, &small_cookies::keep(&here.site, Small::Link, token.to_owned()))?;
    Ok(answer)
}

pub fn token(here: &Visitor) -> Option<String> {
    small_cookies::read(&here.request, &here.site, Small::Link)
}

/// The same answer for a link that was used, has ended, or never was.
pub fn over(here: &Visitor) -> Result<HttpResponse, PageError> {
    let page = here.page("This link no longer works", "It was used, replaced, or has ended.");
    frame::html(StatusCode::NOT_FOUND, &LinkOverPage { page })
}

/// The link has been used: the browser forgets it.
pub fn forget(here: &Visitor, mut answer: HttpResponse) -> Result<HttpResponse, PageError> {
    add(&mut answer, &small_cookies::forget(&here.site, Small::Link))?;
    Ok(answer)
}

fn add(answer: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) -> Result<(), PageError> {
    answer.add_cookie(cookie).map_err(|error| PageError::Internal(error.to_string()))
}
