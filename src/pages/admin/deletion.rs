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
use crate::lifecycle::many::{self, DeleteAccounts};
use crate::pages::guards::Administrator;
use crate::pages::{blocking, frame, links};
use crate::sessions::account::Status;

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
    passed_over: Vec<PassedOver>,
    /// Those of them that nothing is left of: `2 accounts`.
    gone: Option<String>,
}

struct PassedOver {
    link: String,
    username: String,
    why: &'static str,
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
    let passed_over = if is_done || is_failed {
        let site = here.site.clone();
        blocking::run(move || many::passed_over(&site.regions, &store, job)).await??
    } else {
        Vec::new()
    };
    let gone = passed_over.iter().filter(|one| one.account.is_none()).count();
    let page = DeletionPage {
        page: here.admin_page("accounts", "Deleting accounts", "You may leave this page; the work goes on."),
        done: progress.done,
        total: progress.total.max(1),
        words,
        is_done,
        is_failed,
        passed_over: passed_over.into_iter().filter_map(|one| in_words(one, is_done)).collect(),
        gone: (gone > 0).then(|| words::count(i64::try_from(gone).unwrap_or(i64::MAX), "account", "accounts")),
    };
    let mut answer = frame::html(StatusCode::OK, &page)?;
    if !is_done && !is_failed {
        answer.headers_mut().insert(HeaderName::from_static("refresh"), REFRESH);
    }
    Ok(answer)
}

fn in_words(one: many::PassedOver, is_done: bool) -> Option<PassedOver> {
    let account = one.account?;
    let why = match account.status {
        _ if one.is_administrator => "is an administrator",
        Status::Closing => "was closing already",
        _ if is_done => "was brought back since",
        _ => "was not reached",
    };
    Some(PassedOver { link: links::admin_account(one.region, account.id), username: account.username.to_string(), why })
}
