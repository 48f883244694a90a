//! `/v1/api/user/mfa/totp`: setting up an authenticator, and taking it away.
//!
//! Rule: a key that was handed out waits sealed, for this session and for ten minutes, until the app has shown its code.
//! Handing it out needs a log-in of the last ten minutes: a token that lay around sets up nobody's authenticator.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::caller::Tool;
use super::shapes::DONE;
use crate::api::platform::body;
use crate::crypto::totp::TotpSecret;
use crate::kernel::time::{Timestamp, minutes};
use crate::mfa::setting::{self, RECOVERY_CODES, TurnOnError};
use crate::sessions::shown_once;

const SET_SHAPE: &str = "an object with the texts key and totpToken";
const CLEAR_SHAPE: &str = "an object with the text totpToken";
/// What a key waits as.
const TOTP_KEY: &str = "key of an authenticator";
const ALREADY: &str = "There is an authenticator already. Clear it first.";
const LAPSED: &str = "This key was not handed out here in the last ten minutes. Ask for a new one.";

#[derive(Serialize)]
struct NewKey {
    success: bool,
    /// In base 32.
    key: String,
    /// `otpauth:`
    url: String,
}

/// `POST …/create-key`
pub async fn create_key(here: Tool) -> Result<HttpResponse, Refusal> {
    if here.account.has_mfa {
        return Err(Refusal::Failed(ALREADY.to_owned()));
    }
    here.fresh()?;
    let secret = TotpSecret::mint(&here.act.chance);
    let key = secret.base32();
    let url = secret.otpauth_uri(&here.site.config.name, here.account.username.as_str());
    keep(&here, here.act.now, key.clone()).await?;
    Ok(HttpResponse::Ok().json(NewKey { success: true, key, url }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    key: String,
    totp_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecoveryCodes {
    success: bool,
    recovery_codes: Vec<String>,
}

/// `POST …/set-key`: its code proves that the app has it. The recovery codes are told here and never again.
pub async fn set_key(here: Tool, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Asked = body::json(payload, body::SMALL, SET_SHAPE).await?;
    let (since, key) = waiting(&here).await?.ok_or_else(|| Refusal::Failed(LAPSED.to_owned()))?;
    let secret = TotpSecret::from_base32(&key).filter(|_| key == asked.key.trim());
    let Some(secret) = secret else {
        keep(&here, since, key).await?;
        return Err(Refusal::Failed(LAPSED.to_owned()));
    };
    let (act, account, session) = (here.act.clone(), here.account.clone(), here.session.id);
    let turned_on = here
        .write(move |db| {
            setting::turn_on(db, &act, &account, session, &secret, &asked.totp_token)?;
            Ok(shown_once::take(db, &act, session, RECOVERY_CODES)?)
        })
        .await;
    match turned_on {
        Ok(codes) => {
            let recovery_codes = codes.unwrap_or_default().lines().map(str::to_owned).collect();
            Ok(HttpResponse::Ok().json(RecoveryCodes { success: true, recovery_codes }))
        }
        Err(TurnOnError::WrongCode) => {
            keep(&here, since, key).await?;
            Err(Refusal::WrongCode)
        }
        Err(TurnOnError::AlreadyOn) => Err(Refusal::Failed(ALREADY.to_owned())),
        Err(TurnOnError::Database(error)) => Err(error.into()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Clear {
    totp_token: String,
}

/// `POST …/clear`: by a code of the app, or a recovery code.
pub async fn clear(here: Tool, payload: Payload) -> Result<HttpResponse, Refusal> {
    let asked: Clear = body::json(payload, body::SMALL, CLEAR_SHAPE).await?;
    if !here.account.has_mfa {
        return Err(Refusal::Failed("There is no authenticator.".to_owned()));
    }
    here.proved_by_code("turn off multi-factor authentication", &asked.totp_token).await?;
    let (act, account, session) = (here.act.clone(), here.account.clone(), here.session.id);
    here.write(move |db| setting::turn_off(db, &act, &account, session)).await?;
    Ok(HttpResponse::Ok().json(DONE))
}

async fn keep(here: &Tool, since: Timestamp, key: String) -> Result<(), Refusal> {
    let (act, session) = (here.act.clone(), here.session.id);
    let text = format!("{}\n{key}", since.as_micros());
    Ok(here.write(move |db| shown_once::keep(db, &act, session, TOTP_KEY, &text)).await?)
}

/// The key that waits, and since when.
async fn waiting(here: &Tool) -> Result<Option<(Timestamp, String)>, Refusal> {
    let (act, session) = (here.act.clone(), here.session.id);
    let text = here.write(move |db| shown_once::take(db, &act, session, TOTP_KEY)).await?;
    let parts: Option<(Timestamp, String)> = text.as_deref().and_then(|text| {
        let (since, key) = text.split_once('\n')?;
        Some((Timestamp::from_micros(since.parse().ok()?), key.to_owned()))
    });
    Ok(parts.filter(|(since, _)| here.act.now.since(*since) < minutes(10)))
}
