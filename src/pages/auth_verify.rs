//! `GET /auth/verify`: a reverse proxy asks, for each request to a page of the platform, who the browser is signed in as.
//!
//! Rule: a 200 carries every header of [`HEADERS`], an empty one where there is nothing to say, so that a proxy that copies
//! them overwrites whatever the caller sent under these names. It changes nothing: no cookie, no flash, no end of a session
//! is moved. Where to go on is a path of this site or nothing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, WWW_AUTHENTICATE};
use serde::Deserialize;

use super::guards::Visitor;
use super::links;
use crate::crypto::token::TokenDigest;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::return_to::local_path;
use crate::http::session_cookie;
use crate::kernel::region::Region;
use crate::sessions::session::SessionKind;
use crate::workspaces::introspection::{self, Present};

/// What a program behind the proxy is told. Only words that are plain ASCII by their nature: a name a person chose freely
/// is asked for with `sessions/introspect`.
const HEADERS: [&str; 7] = [
    "x-keystead-account",
    "x-keystead-username",
    "x-keystead-region",
    "x-keystead-second-factor",
    "x-keystead-until",
    "x-keystead-workspace",
    "x-keystead-role",
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The page is one of this workspace: whoever is not in it, or is shut out by its policy, is refused.
    workspace: String,
    /// `redirect`: answer with the way on itself, for a proxy that hands the answer to the browser (Caddy, Traefik).
    /// Otherwise 401 or 403 with the way on in `Location`, which nginx reads.
    refusal: String,
}

pub async fn answer(here: Visitor, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked = asked.0;
    let refuse = |status, to: &str| refused(status, to, asked.refusal == "redirect");
    let Some((region, present)) = look_up(&here).await? else {
        return Ok(refuse(StatusCode::UNAUTHORIZED, &sign_in(&here)));
    };
    if present.must_set_up() {
        return Ok(refuse(StatusCode::FORBIDDEN, links::MFA));
    }
    let (mut workspace, mut role) = (String::new(), "");
    if !asked.workspace.is_empty() {
        match present.workspaces().into_iter().find(|one| one.name == asked.workspace) {
            Some(one) if one.is_shut => return Ok(refuse(StatusCode::FORBIDDEN, links::MFA)),
            Some(one) => (workspace, role) = (one.name, one.role.as_str()),
            // Not a member, or no such workspace: the same.
            None => return Ok(HttpResponse::Forbidden().finish()),
        }
    }
    let (session, account) = (&present.session, &present.account);
    let until = session.expires_at.to_string();
    let second_factor = if session.has_second_factor { "yes" } else { "no" };
    let values =
        [account.id.as_str(), account.username.as_str(), region.as_str(), second_factor, &until, &workspace, role];
    let mut response = HttpResponse::Ok();
    for header in HEADERS.into_iter().zip(values) {
        response.insert_header(header);
    }
    Ok(response.finish())
}

/// Not [`SignedIn`](super::guards::SignedIn): that takes what the next page is to say off the session.
async fn look_up(here: &Visitor) -> Result<Option<(Region, Present)>, PageError> {
    let Some(token) = session_cookie::token(&here.cookie) else { return Ok(None) };
    let Some(region) = Region::of_token(&token) else { return Ok(None) };
    let Some(store) = here.site.regions.store(region) else { return Ok(None) };
    let (digest, now) = (TokenDigest::of(&token), here.act.now);
    let present = store.glance(move |db| introspection::present(db, &digest, SessionKind::Browser, now)).await?;
    if let Some(Present { session, .. }) = &present {
        here.site.last_seen.note(region, session.id, session.account_id, session.last_seen_at, now);
    }
    Ok(present.map(|present| (region, present)))
}

/// The sign-in page, and back to what was asked for if that is a page of this site. What changes something is not asked
/// for again by itself.
fn sign_in(here: &Visitor) -> String {
    let header = |name: &str| here.request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_read = header("x-forwarded-method").is_none_or(|method| ["GET", "HEAD"].contains(&method));
    let wanted = header("x-original-uri").or_else(|| header("x-forwarded-uri")).filter(|_| is_read);
    wanted.and_then(local_path).map_or_else(|| links::SIGN_IN.to_owned(), links::sign_in_then)
}

fn refused(status: StatusCode, to: &str, redirects: bool) -> HttpResponse {
    if redirects {
        return Visitor::redirect(to);
    }
    let mut response = HttpResponse::build(status);
    response.insert_header((LOCATION, to));
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110, section 15.5.2 wants a scheme named; browsers ask for no password at one they do not know.
        response.insert_header((WWW_AUTHENTICATE, "Cookie"));
    }
    response.finish()
}
