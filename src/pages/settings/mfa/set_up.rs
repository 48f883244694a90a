//! `/settings/mfa/set-up`: a key for an authenticator, stored only after the app has shown its code.
//!
//! Rule: until then the key exists in the page alone, sealed for this session and for ten minutes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::crypto::sealed_form;
use crate::crypto::totp::TotpSecret;
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::qr::{self, Qr};
use crate::kernel::time::minutes;
use crate::mfa::setting::{self, TurnOnError};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::{frame, links};
use crate::sessions::session;

const PURPOSE: &str = "mfa_set_up";
const DEED: &str = "set up multi-factor authentication";

#[derive(Template)]
#[template(path = "pages/settings/mfa/set_up.html")]
struct SetUpPage {
    page: PageFrame,
    errors: FieldErrors,
    qr: Option<Qr>,
    /// The key in groups of four.
    groups: Vec<String>,
    uri: String,
    pending: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetUpTyped {
    pending: String,
    code: String,
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    if here.account.has_mfa {
        return Ok(Visitor::redirect(links::MFA));
    }
    here.confirmed(DEED, links::MFA_SET_UP)?;
    answer(&here, StatusCode::OK, &TotpSecret::mint(&here.act.chance), FieldErrors::new())
}

pub async fn turn_on(here: SignedIn, form: Form<SetUpTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::super::press_again(&here, links::MFA_SET_UP));
    }
    here.confirmed(DEED, links::MFA_SET_UP)?;
    let pending = sealed_form::open(&here.act, PURPOSE, here.session.id.as_str(), &form.typed.pending);
    let Some(secret) = pending.and_then(|text| TotpSecret::from_base32(&text)) else {
        let text =
            "More than ten minutes have passed, so this is a new code to scan. Remove the old entry from your app.";
        return refuse(&here, &TotpSecret::mint(&here.act.chance), text);
    };
    let (act, account, region, session) = (here.act.clone(), here.account.clone(), here.region, here.session.id);
    let code = form.typed.code.clone();
    let base32 = secret.base32();
    let done = here
        .write(move |db| {
            let Some(secret) = TotpSecret::from_base32(&base32) else { return Err(TurnOnError::WrongCode) };
            setting::turn_on(db, &act, &account, session, &secret, &code)?;
            Ok(session::renew(db, &act, region, session)?)
        })
        .await;
    match done {
        Ok(token) => {
            super::super::carry_on(&here, token);
            Ok(here.done(links::MFA_CODES, "Multi-factor authentication is on. Keep the recovery codes below."))
        }
        Err(TurnOnError::WrongCode) => {
            let text = if form.typed.code.trim().is_empty() {
                "Enter the six digits that the app shows."
            } else {
                "This is not the code the app shows now. Check that the phone's clock is right, then enter the next one."
            };
            refuse(&here, &secret, text)
        }
        Err(TurnOnError::AlreadyOn) => Ok(Visitor::redirect(links::MFA)),
        Err(TurnOnError::Database(error)) => Err(error.into()),
    }
}

fn refuse(here: &SignedIn, secret: &TotpSecret, text: &str) -> Result<HttpResponse, PageError> {
    let errors = FieldErrors::one("code", "The code", text);
    answer(here, StatusCode::UNPROCESSABLE_ENTITY, secret, errors)
}

fn answer(
    here: &SignedIn,
    status: StatusCode,
    secret: &TotpSecret,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let key = secret.base32();
    let uri = secret.otpauth_uri(&here.site.config.name, here.account.username.as_str());
    let mut page = here.page("mfa", super::TITLE, super::SENTENCE);
    page.has_error = status != StatusCode::OK;
    frame::html(
        status,
        &SetUpPage {
            page,
            errors,
            qr: qr::draw(&uri),
            groups: key.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect(),
            uri,
            pending: sealed_form::seal(&here.act, PURPOSE, here.session.id.as_str(), minutes(10), &key),
        },
    )
}
