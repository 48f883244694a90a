//! `/cancel-closing/{token}`, from the mail: the owner keeps the account after all.

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
use crate::lifecycle::cancelling::{self, Target};

#[derive(Template)]
#[template(path = "pages/cancel_closing.html")]
struct CancelPage {
    page: PageFrame,
    username: String,
    erased: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Nothing {}

pub async fn open(here: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    mailed_link::keep(&here, &token, links::CANCEL_CLOSING)
}

async fn target(here: &Visitor) -> Result<Option<Target>, PageError> {
    let Some(token) = mailed_link::token(here) else { return Ok(None) };
    let (site, act) = (here.site.clone(), here.act.clone());
    Ok(blocking::run(move || cancelling::target(&site.regions, &act, &token)).await??)
}

pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    let Some(target) = target(&here).await? else { return mailed_link::over(&here) };
    let zone = words::zone(&target.account.time_zone);
    let page = CancelPage {
        page: here.page("Keep your account?", "It is closed, and nothing in it was erased yet."),
        username: target.account.username.to_string(),
        erased: words::at(target.closure.erase_at, &zone),
    };
    frame::html(StatusCode::OK, &page)
}

pub async fn submit(here: Visitor, _form: Form<Nothing>) -> Result<HttpResponse, PageError> {
    let Some(target) = target(&here).await? else { return mailed_link::over(&here) };
    let (site, act) = (here.site.clone(), here.act.clone());
    if !blocking::run(move || cancelling::by_owner(&site.regions, &act, &target)).await?? {
        return mailed_link::over(&here);
    }
    here.wake();
    flash::set(&here.cookie, FlashKind::Good, "Your account stays, as it was. Sign in again.");
    mailed_link::forget(&here, Visitor::redirect(links::SIGN_IN))
}
