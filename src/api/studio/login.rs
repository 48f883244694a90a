//! `POST /v1/api-login`: a password for the token of a tool's session, through the same door as the sign-in page.
//!
//! Rule: every refusal says the same words after the same work: a wrong password, an unknown name, one that is
//! suspended, closing, unconfirmed or locked.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::caller::Anybody;
use crate::api::platform::body;
use crate::crypto::password::Password;
use crate::crypto::token::PlainToken;
use crate::entry::sign_in::{self, Attempt, CodeOutcome, Outcome};
use crate::sessions::device;

const SHAPE: &str = "an object with the texts username, password and, if asked for, totpToken";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    /// A username or an email address.
    username: String,
    password: String,
    #[serde(default)]
    totp_token: Option<String>,
}

#[derive(Serialize)]
struct LoggedIn {
    success: bool,
    token: String,
}

/// What is said of every name, whoever has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NeedPassword {
    success: bool,
    need_password: bool,
}

pub async fn log_in(here: Anybody, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    // A tool is no browser that was seen before: it counts as a stranger and never skips the code.
    let browser = device::mint(&here.act).1;
    let attempt = Attempt {
        login: asked.username.trim().to_owned(),
        password: Password::from_typed(&asked.password),
        is_remembered: true,
        is_tool: true,
        browser: browser.clone(),
    };
    let regions = &here.site.regions;
    let half = match sign_in::with_password(regions, &here.site.hasher, &here.act, attempt).await? {
        Outcome::SignedIn(token) => return Ok(logged_in(&here, token)),
        Outcome::CodeWanted(half) => half,
        Outcome::Unconfirmed(_) | Outcome::Refused => return Err(Refusal::WrongLogin),
    };
    let code = asked.totp_token.filter(|code| !code.trim().is_empty()).ok_or(Refusal::CodeWanted)?;
    match sign_in::with_code(regions, &here.act, &half, &code, &browser, false).await? {
        CodeOutcome::SignedIn(signed_in) => Ok(logged_in(&here, signed_in.session)),
        CodeOutcome::Wrong => Err(Refusal::WrongCode),
        CodeOutcome::Lapsed => Err(Refusal::WrongLogin),
    }
}

fn logged_in(here: &Anybody, token: PlainToken) -> HttpResponse {
    here.site.wake.notify_one();
    HttpResponse::Ok().json(LoggedIn { success: true, token: token.reveal() })
}

/// `GET /v1/api-user-need-to-set-password/{login}`
pub async fn need_to_set_password() -> HttpResponse {
    HttpResponse::Ok().json(NeedPassword { success: true, need_password: false })
}
