//! `/admin/accounts/deletions/{region}/{job}`: how far the deletion of many accounts is. May be left and come back to.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use askama::Template;

use super::target::{self, Address};
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::jobs::{self, Job, State};
use crate::kernel::id::JobId;
use crate::lifecycle::many::DeleteAccounts;
use crate::pages::frame;
use crate::pages::guards::Administrator;

/// How often the page looks again while it waits.
const REFRESH: HeaderValue = HeaderValue::from_static("2");

#[derive(Template)]
#[template(path = "pages/admin/deletion.html")]
struct DeletionPage {
    page: PageFrame,
    done: i64,
    total: i64,
    words: String,
    is_done: bool,
    is_failed: bool,
}

pub async fn show(here: Administrator, address: Address) -> Result<HttpResponse, PageError> {
    let (region, job) = address.into_inner();
    let (_, store) = target::served(&here, &region)?;
    let job: JobId = job.parse().map_err(|_| PageError::NotFound)?;
    let progress = store.read(move |db| jobs::progress_of(db, job)).await?;
    let progress = progress.filter(|progress| progress.name == DeleteAccounts::NAME).ok_or(PageError::NotFound)?;
    let (is_done, is_failed) = (progress.state == State::Done, progress.state == State::Dead);
    let words = match progress.total {
        0 => "Waiting to begin".to_owned(),
        total => format!("{} of {}", words::number(progress.done), words::count(total, "account", "accounts")),
    };
    let page = DeletionPage {
        page: here.admin_page("accounts", "Deleting accounts", "You may leave this page; the work goes on."),
        done: progress.done,
        total: progress.total.max(1),
        words,
        is_done,
        is_failed,
    };
    let mut answer = frame::html(StatusCode::OK, &page)?;
    if !is_done && !is_failed {
        answer.headers_mut().insert(HeaderName::from_static("refresh"), REFRESH);
    }
    Ok(answer)
}
