//! `/admin/jobs`: what failed for good in any region, jobs and mails; try again, or discard.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::target;
use crate::activity::{self, Event};
use crate::db::{Db, DbError, Store};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::{Form, Query};
use crate::http::page::{Choice, PageFrame};
use crate::http::words::{self, When};
use crate::jobs::{self, AskedDead, DeadJob, Job};
use crate::kernel::id::{AccountId, JobId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::mail::{self, DeliverMail, FailedMail};
use crate::pages::guards::Administrator;
use crate::pages::{frame, links};
use crate::regions::Regions;

/// Of each region.
const MOST: i64 = 50;
/// No search is longer.
const MOST_TYPED: usize = 64;

#[derive(Template)]
#[template(path = "pages/admin/jobs.html")]
struct JobsPage {
    page: PageFrame,
    jobs: Vec<Failed>,
    mails: Vec<Failed>,
    most: i64,
    asked: Asked,
    /// Empty where there is but one.
    regions: Vec<Choice>,
    csv: String,
    errors: FieldErrors,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    region: String,
}

impl Asked {
    /// Of one region, or of all that are served here.
    pub(super) fn stores(&self, regions: &Regions) -> Result<Vec<(Region, Store)>, PageError> {
        const STRANGE: PageError = PageError::BadRequest("the list cannot be told from its address");
        let chosen = Some(self.region.as_str()).filter(|word| !word.is_empty());
        let region: Option<Region> = chosen.map(str::parse).transpose().map_err(|_| STRANGE)?;
        let served = regions.served().filter(|(one, _)| region.is_none_or(|region| region == *one));
        Ok(served.map(|(region, store)| (region, store.clone())).collect())
    }

    pub(super) fn part(&self, before: Option<(Timestamp, JobId)>, most: i64) -> AskedDead {
        let words = self.q.trim().to_lowercase().chars().take(MOST_TYPED).collect();
        AskedDead { words, before, most }
    }

    pub(super) fn href(&self) -> String {
        links::admin_jobs(&[("q", &self.q), ("region", &self.region)])
    }
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

/// `GET /admin/jobs`
pub async fn show(here: Administrator, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    draw(&here, StatusCode::OK, asked, FieldErrors::new()).await
}

async fn draw(
    here: &Administrator,
    status: StatusCode,
    asked: Asked,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (mut jobs, mut mails) = (Vec::new(), Vec::new());
    for (region, store) in asked.stores(&here.site.regions)? {
        let part = asked.part(None, MOST);
        let read =
            move |db: &mut Db| Ok::<_, DbError>((jobs::dead_but::<DeliverMail>(db, &part)?, mail::failed(db, &part)?));
        let (dead, failed) = store.read(read).await?;
        jobs.extend(dead.into_iter().map(|job| of_job(here, region, job)));
        mails.extend(failed.into_iter().map(|mail| of_mail(here, region, mail)));
    }
    let page = here.admin_page(
        "jobs",
        "Jobs and mail",
        "What was tried many times and failed for good. Everything else tries again by itself.",
    );
    let page = JobsPage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        jobs,
        mails,
        most: MOST,
        regions: super::accounts::regions(&here.site.config),
        csv: links::csv(links::ADMIN_JOBS, &[("q", &asked.q), ("region", &asked.region)]),
        asked,
        errors,
    };
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
        at: words::relative(mail.died_at, here.act.now, &words::zone(&here.account.time_zone)),
    }
}

fn link(region: Region, account: Option<AccountId>) -> Option<String> {
    account.map(|account| links::admin_account(region, account))
}

/// `erase_account` as `Erase account`.
pub(super) fn in_words(name: &str) -> String {
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
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, Asked::default(), errors).await;
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
