//! `/settings/mfa/turn-off`: what goes with the second factor, then the deed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::mfa::{recovery_codes, setting};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::{frame, links};
use crate::sessions::{device, session};

const DEED: &str = "turn off multi-factor authentication";

#[derive(Template)]
#[template(path = "pages/settings/mfa/turn_off.html")]
struct TurnOffPage {
    page: PageFrame,
    is_administrator: bool,
    codes: String,
    browsers: String,
    sessions: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Nothing {}

pub async fn ask(here: SignedIn) -> Result<HttpResponse, PageError> {
    if !here.account.has_mfa {
        return Ok(Visitor::redirect(links::MFA));
    }
    here.confirmed(DEED, links::MFA_TURN_OFF)?;
    let (account, now) = (here.account.id, here.act.now);
    let (codes, browsers, sessions) = here
        .read(move |db| {
            let codes = recovery_codes::left(db, account)?;
            let sessions = session::of_account(db, account, now)?.len();
            Ok::<_, DbError>((codes, device::trusted(db, account, now)?.len(), sessions.saturating_sub(1)))
        })
        .await?;
    let count = |n: usize, one, many| words::count(i64::try_from(n).unwrap_or(0), one, many);
    let page = TurnOffPage {
        page: here.page(
            "mfa",
            "Turn off multi-factor authentication",
            "After this your password alone signs you in, and whoever has it.",
        ),
        is_administrator: here.account.is_administrator,
        codes: words::count(codes, "unused recovery code", "unused recovery codes"),
        browsers: count(browsers, "trusted browser", "trusted browsers"),
        sessions: count(sessions, "other session", "other sessions"),
    };
    frame::html(StatusCode::OK, &page)
}

pub async fn act(here: SignedIn, form: Form<Nothing>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::super::press_again(&here, links::MFA_TURN_OFF));
    }
    here.confirmed(DEED, links::MFA_TURN_OFF)?;
    let (act, account, region, session) = (here.act.clone(), here.account.clone(), here.region, here.session.id);
    let done = here
        .write(move |db| {
            if !setting::turn_off(db, &act, &account, session)? {
                return Ok::<_, DbError>(None);
            }
            session::renew(db, &act, region, session).map(Some)
        })
        .await?;
    let Some(token) = done else { return Ok(Visitor::redirect(links::MFA)) };
    super::super::carry_on(&here, token);
    Ok(here.done(links::MFA, "Multi-factor authentication is off. Other sessions have ended."))
}
