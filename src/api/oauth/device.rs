//! `POST /oauth/device_authorization`: a program asks to be signed in (RFC 8628, section 3.1).

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Refusal;
use super::form::Asked;
use crate::entry::device_login;
use crate::pages::links;
use crate::regions::device_requests::{INTERVAL_SECONDS, LIFETIME};

#[derive(Serialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    /// Seconds, both.
    expires_in: u64,
    interval: i64,
}

pub async fn begin(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked = Asked::read(&request, payload).await?;
    asked.client()?;
    let begun = device_login::begin(&asked.site.regions, &asked.act).await?;
    let (origin, user_code) = (asked.site.public_origin(), begun.user_code.reveal());
    let answer = Begun {
        device_code: begun.device_code.reveal(),
        verification_uri: format!("{origin}{}", links::DEVICE),
        verification_uri_complete: format!("{origin}{}", links::device_with(&user_code)),
        user_code,
        expires_in: LIFETIME.as_secs(),
        interval: INTERVAL_SECONDS,
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}
