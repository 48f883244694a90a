//! `/admin/jobs`: what failed for good in any region, jobs and mails; try again, or discard.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::target;
use crate::activity::{self, Event};
use crate::db::{Db, DbError};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::jobs::{self, DeadJob, Job};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::region::Region;
use crate::mail::{self, DeliverMail, FailedMail};
use crate::pages::guards::Administrator;
use crate::pages::{frame, links};

/// Of each region.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "pages/admin/jobs.html")]
struct JobsPage {
    page: PageFrame,
    jobs: Vec<Failed>,
    mails: Vec<Failed>,
    most: i64,
    errors: FieldErrors,
}

/// One row: a job, or a mail.
struct Failed {
    action: String,
    what: String,
    region: Region,
    account: Option<String>,
    error: String,
    attempts: i64,
    at: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct JobTyped {
    #[serde(rename = "do")]
    deed: String,
}

pub async fn show(here: Administrator) -> Result<HttpResponse, PageError> {
    draw(&here, StatusCode::OK, FieldErrors::new()).await
}

async fn draw(here: &Administrator, status: StatusCode, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    let stores: Vec<_> = here.site.regions.served().map(|(region, store)| (region, store.clone())).collect();
    let (mut jobs, mut mails) = (Vec::new(), Vec::new());
    for (region, store) in stores {
        let read = |db: &mut Db| Ok::<_, DbError>((jobs::dead(db, None, MOST)?, mail::failed(db, MOST)?));
        let (dead, failed) = store.read(read).await?;
        let dead = dead.into_iter().filter(|job| job.name != DeliverMail::NAME);
        jobs.extend(dead.map(|job| of_job(here, region, job)));
        mails.extend(failed.into_iter().map(|mail| of_mail(here, region, mail)));
    }
    let page = here.admin_page(
        "jobs",
        "Jobs and mail",
        "What was tried many times and failed for good. Everything else tries again by itself.",
    );
    let page = JobsPage { page: PageFrame { has_error: !errors.is_empty(), ..page }, jobs, mails, most: MOST, errors };
    frame::html(status, &page)
}

fn of_job(here: &Administrator, region: Region, job: DeadJob) -> Failed {
    Failed {
        action: links::admin_job(region, job.id),
        what: in_words(&job.name),
        region,
        account: link(region, job.account),
        error: job.error,
        attempts: job.attempts,
        at: words::relative(job.died_at, here.act.now, &words::zone(&here.account.time_zone)),
    }
}

fn of_mail(here: &Administrator, region: Region, mail: FailedMail) -> Failed {
    Failed {
        action: links::admin_job(region, mail.job),
        what: in_words(&mail.kind),
        region,
        account: link(region, mail.account),
        error: mail.error,
        attempts: mail.attempts,
        at: words::relative(mail.created_at, here.act.now, &words::zone(&here.account.time_zone)),
    }
}

fn link(region: Region, account: Option<AccountId>) -> Option<String> {
    account.map(|account| links::admin_account(region, account))
}

/// `erase_account` as `Erase account`.
fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `POST /admin/jobs/{region}/{id}`
pub async fn submit(
    here: Administrator,
    address: Path<(String, String)>,
    form: Form<JobTyped>,
) -> Result<HttpResponse, PageError> {
    let (region, id) = address.into_inner();
    let (_, store) = target::served(&here, &region)?;
    let id: JobId = id.parse().map_err(|_| PageError::NotFound)?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was retried or discarded yet."));
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let (act, by) = (here.act.clone(), here.account.id);
    let is_retrying = match form.typed.deed.as_str() {
        "retry" => true,
        "discard" => false,
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    let decided = store.write(move |db| {
        let Some(name) = jobs::progress_of(db, id)?.map(|job| job.name) else { return Ok(false) };
        let is_done = if is_retrying {
            jobs::retry(db, &act, id)?
        } else if name == DeliverMail::NAME {
            mail::discard(db, id)?
        } else {
            jobs::discard(db, id)?.is_some()
        };
        if is_done {
            let event =
                if is_retrying { Event::JobRetried { job: id, name } } else { Event::JobDiscarded { job: id, name } };
            activity::record_administration(db, &act, Some(by), None, &event)?;
        }
        Ok::<_, DbError>(is_done)
    });
    let is_done = decided.await?;
    here.site.wake.notify_one();
    match (is_done, is_retrying) {
        (true, true) => Ok(here.done(links::ADMIN_JOBS, "It is being tried again.")),
        (true, false) => Ok(here.done(links::ADMIN_JOBS, "Discarded.")),
        (false, _) => Err(PageError::NotFound),
    }
}
