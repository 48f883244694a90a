//! `/confirm-mfa-reset/{token}`, from the mail: the owner confirms or refuses that an administrator resets the second
//! factor.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::guards::Visitor;
use super::{blocking, frame, links, mailed_link};
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::lifecycle::mfa_reset::{self, Target};

#[derive(Template)]
#[template(path = "pages/confirm_mfa_reset.html")]
struct ConfirmPage {
    page: PageFrame,
    username: String,
    effective: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AnswerTyped {
    #[serde(rename = "do")]
    answer: String,
}

pub async fn open(here: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    mailed_link::keep(&here, &token, links::CONFIRM_MFA_RESET)
}

async fn target(here: &Visitor) -> Result<Option<Target>, PageError> {
    let Some(token) = mailed_link::token(here) else { return Ok(None) };
    let (site, act) = (here.site.clone(), here.act.clone());
    Ok(blocking::run(move || mfa_reset::target(&site.regions, &act, &token)).await??)
}

pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    let Some(target) = target(&here).await? else { return mailed_link::over(&here) };
    let zone = words::zone(&target.account.time_zone);
    let page = ConfirmPage {
        page: here.page("Reset multi-factor authentication?", "An administrator asked for it."),
        username: target.account.username.to_string(),
        effective: words::at(target.reset.effective_at, &zone),
    };
    frame::html(StatusCode::OK, &page)
}

pub async fn submit(here: Visitor, form: Form<AnswerTyped>) -> Result<HttpResponse, PageError> {
    let is_yes = match form.typed.answer.as_str() {
        "reset" => true,
        "refuse" => false,
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    let Some(target) = target(&here).await? else { return mailed_link::over(&here) };
    let (site, act) = (here.site.clone(), here.act.clone());
    if !blocking::run(move || mfa_reset::answer(&site.regions, &act, &target, is_yes)).await?? {
        return mailed_link::over(&here);
    }
    here.wake();
    let sentence = if is_yes {
        "The authenticator app and the recovery codes are removed. Sign in with your password, then set up an app again."
    } else {
        "Your authenticator stays. If you did not ask for this, tell whoever runs this service."
    };
    flash::set(&here.cookie, FlashKind::Good, sentence);
    mailed_link::forget(&here, Visitor::redirect(links::SIGN_IN))
}
