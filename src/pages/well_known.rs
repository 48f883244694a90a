//! Addresses that programs know: robots, password managers, people who report weaknesses, and bookmarks from elsewhere.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::guards::Visitor;
use super::links;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::kernel::time::days;

const PLAIN: (actix_web::http::header::HeaderName, &str) = (CONTENT_TYPE, "text/plain; charset=utf-8");

/// What robots are asked to leave alone: links that carry a token, and calls of programs. The rest is behind signing in,
/// where no robot comes; naming it would only keep audits from reading it.
const NOT_FOR_ROBOTS: &[&str] =
    &["/reset/", "/setup/", "/invitation/", "/cancel-closing/", "/confirm-mfa-reset/", "/platform/", "/v1/", "/api/"];

/// `GET /robots.txt` (RFC 9309)
pub async fn robots() -> HttpResponse {
    let rules =
        NOT_FOR_ROBOTS.iter().fold(String::from("User-agent: *\n"), |rules, path| rules + "Disallow: " + path + "\n");
    HttpResponse::Ok().insert_header(PLAIN).body(rules)
}

/// `GET /.well-known/change-password`, where password managers send people.
pub async fn change_password() -> HttpResponse {
    Visitor::redirect(links::PASSWORD)
}

/// `GET /.well-known/security.txt` (RFC 9116), when somebody is there to be told.
pub async fn security(here: Visitor) -> Result<HttpResponse, PageError> {
    let contact = here.site.config.security_contact.as_deref().ok_or(PageError::NotFound)?;
    let (expires, origin) = (here.act.now.plus(days(180)), here.site.public_origin());
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {origin}/.well-known/security.txt\n"
    );
    Ok(HttpResponse::Ok().insert_header(PLAIN).body(text))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Tab {
    tab: String,
}

/// `GET /settings?tab=…`
pub async fn settings(tab: Query<Tab>) -> HttpResponse {
    let to = match tab.0.tab.as_str() {
        "password" => links::PASSWORD,
        "mfa" | "security" => links::MFA,
        "sessions" => links::SESSIONS,
        "api-keys" => links::API_KEYS,
        "billing" | "plans" | "usage" => links::BILLING,
        _ => links::ACCOUNT,
    };
    Visitor::redirect(to)
}

/// `GET /studio/user-settings/account-info`
pub async fn account_info() -> HttpResponse {
    Visitor::redirect(links::ACCOUNT)
}
