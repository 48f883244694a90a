//! `/farewell`: the last page for somebody who closed their account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::frame;
use super::guards::Visitor;
use crate::http::error::PageError;
use crate::http::page::PageFrame;

#[derive(Template)]
#[template(path = "pages/farewell.html")]
struct FarewellPage {
    page: PageFrame,
}

pub async fn show(here: Visitor) -> Result<HttpResponse, PageError> {
    let page = here.page("Your account is closed", "You are signed out everywhere.");
    frame::html(StatusCode::OK, &FarewellPage { page })
}
