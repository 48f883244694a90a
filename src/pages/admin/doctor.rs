//! `/admin/doctor`: what must be true of the instance, and whether it was when it was last examined.
//!
//! Rule: looking at the page examines nothing; a job does, when it is asked to. Nothing is mended from here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use askama::Template;

use crate::http::error::PageError;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::time::Timestamp;
use crate::lifecycle::doctor::examination::{self, UnderWay};
use crate::lifecycle::doctor::report::{Checked, Found, Level, Report};
use crate::pages::guards::{Administrator, Visitor};
use crate::pages::sign_out::Nothing;
use crate::pages::{blocking, frame, links};

/// How often the page looks again while it waits.
const REFRESH: HeaderValue = HeaderValue::from_static("2");
/// Of one check; the command names all.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "pages/admin/doctor.html")]
struct DoctorPage {
    page: PageFrame,
    state: State,
    last: Option<Last>,
}

enum State {
    Idle,
    AtWork { done: i64, total: i64, words: String },
    Failed { why: String },
}

struct Last {
    title: &'static str,
    sentence: String,
    at: When,
    checks: Vec<Row>,
}

struct Row {
    says: String,
    badge: Option<(&'static str, &'static str)>,
    findings: Vec<String>,
}

pub async fn show(here: Administrator) -> Result<HttpResponse, PageError> {
    let regions = here.site.regions.clone();
    let standing = blocking::run(move || examination::standing(&regions)).await??;
    let state = standing.under_way.map_or(State::Idle, state);
    let is_at_work = matches!(state, State::AtWork { .. });
    let page = DoctorPage {
        page: here.admin_page(
            "doctor",
            "Health",
            "What must be true of this installation, held against what is stored and where it stands.",
        ),
        state,
        last: standing.last.map(|(at, report)| last(&here, at, &report)),
    };
    let mut answer = frame::html(StatusCode::OK, &page)?;
    if is_at_work {
        answer.headers_mut().insert(HeaderName::from_static("refresh"), REFRESH);
    }
    Ok(answer)
}

/// `POST /admin/doctor`
pub async fn submit(here: Administrator, form: Form<Nothing>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        flash::set(&here.cookie, FlashKind::Warn, "Nothing was examined yet. Press it once more if you still want to.");
        return Ok(Visitor::redirect(links::ADMIN_DOCTOR));
    }
    let (regions, act) = (here.site.regions.clone(), here.act.clone());
    blocking::run(move || examination::ask(&regions, &act)).await??;
    here.site.wake.notify_one();
    Ok(Visitor::redirect(links::ADMIN_DOCTOR))
}

fn state(under_way: UnderWay) -> State {
    let UnderWay { done, total, failed } = under_way;
    match failed {
        Some(why) => State::Failed { why },
        None => State::AtWork {
            done,
            total: total.max(1),
            words: match total {
                0 => "Waiting to begin".to_owned(),
                total => format!("{} of {}", words::number(done), words::count(total, "check", "checks")),
            },
        },
    }
}

fn last(here: &Administrator, at: Timestamp, report: &Report) -> Last {
    let of = |level| report.checks.iter().filter(|check| check.level == level).count();
    let checks = |count: usize| words::count(i64::try_from(count).unwrap_or(i64::MAX), "check", "checks");
    let (wrong, advice) = (of(Level::Wrong), of(Level::Advice));
    let sentence = match (wrong, advice) {
        (0, 0) => format!("{}, nothing found.", checks(report.checks.len())),
        (0, advice) => format!("{}, nothing wrong; {advice} with advice.", checks(report.checks.len())),
        (wrong, 0) => format!("{}, {wrong} found something wrong.", checks(report.checks.len())),
        (wrong, advice) => {
            format!("{}, {wrong} found something wrong, {advice} have advice.", checks(report.checks.len()))
        }
    };
    Last {
        title: match report.level {
            Level::Ok => "All is well",
            Level::Advice => "All is well, with advice",
            Level::Wrong => "Something needs you",
        },
        sentence,
        at: words::relative(at, here.act.now, &words::zone(&here.account.time_zone)),
        checks: report.checks.iter().map(row).collect(),
    }
}

fn row(check: &Checked) -> Row {
    let mut findings: Vec<String> = check.findings.iter().take(MOST).map(sentence).collect();
    if check.findings.len() > MOST {
        findings.push(format!("And {} more: `keystead doctor` names them all.", check.findings.len() - MOST));
    }
    let badge = match check.level {
        Level::Ok => None,
        Level::Advice => Some(("warn", "Advice")),
        Level::Wrong => Some(("danger", "Needs you")),
    };
    Row { says: capital(&check.says), badge, findings }
}

fn sentence(found: &Found) -> String {
    match &found.region {
        Some(region) => format!("{region}: {}", found.what),
        None => capital(&found.what),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
