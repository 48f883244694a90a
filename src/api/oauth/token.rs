//! `POST /oauth/token`: the program asks whether somebody allowed it, until it is answered (RFC 8628, section 3.4).

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Refusal;
use super::form::Asked;
use crate::entry::device_login::{self, Polled};
use crate::sessions::session::REMEMBERED_LIFETIME;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[derive(Serialize)]
struct Given {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    /// Whom it signs in, for the program to say.
    username: String,
}

pub async fn give(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked = Asked::read(&request, payload).await?;
    if asked.field("grant_type")? != GRANT {
        return Err(Refusal::UnsupportedGrant);
    }
    asked.client()?;
    match device_login::poll(&asked.site.regions, &asked.act, asked.field("device_code")?).await? {
        Polled::SignedIn(token, account) => {
            // Whoever sends the mail that tells of it.
            asked.site.wake.notify_one();
            let given = Given {
                access_token: token.reveal(),
                token_type: "Bearer",
                expires_in: REMEMBERED_LIFETIME.as_secs(),
                username: account.username.to_string(),
            };
            Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(given))
        }
        Polled::Waiting => Err(Refusal::Pending),
        Polled::TooSoon => Err(Refusal::SlowDown),
        Polled::Refused => Err(Refusal::Denied),
        Polled::Expired => Err(Refusal::Expired),
        Polled::Unknown => Err(Refusal::InvalidGrant),
    }
}
