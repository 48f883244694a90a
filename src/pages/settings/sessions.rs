//! `/settings/sessions`: every browser and tool that is signed in as you, and what happened lately.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::activity::{Badge, feed};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::SessionId;
use crate::kernel::origin::{agent_in_words, read_agent};
use crate::kernel::time::{Timestamp, minutes};
use crate::pages::guards::SignedIn;
use crate::pages::{frame, links};
use crate::sessions::ending;
use crate::sessions::session::{self, Session, SessionKind};

const EVENTS: usize = 20;

#[derive(Template)]
#[template(path = "pages/settings/sessions.html")]
struct SessionsPage {
    page: PageFrame,
    browsers: Vec<Browser>,
    others: i64,
    events: Vec<Happened>,
}

/// One session as its owner knows it.
struct Browser {
    id: SessionId,
    title: String,
    icon: Icon,
    is_this: bool,
    is_active: bool,
    seen: When,
    first_seen: When,
    address: String,
    ends: When,
}

#[derive(PartialEq, Eq)]
enum Icon {
    Computer,
    Phone,
    Terminal,
}

struct Happened {
    sentence: String,
    /// `Chrome on Windows, wrong password`
    detail: String,
    badge: Option<(&'static str, &'static str)>,
    address: String,
    at: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EndTyped {
    session: String,
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    let (account, now) = (here.account.id, here.act.now);
    let (sessions, events) = here
        .read(move |db| {
            let sessions = session::of_account(db, account, now)?;
            Ok::<_, DbError>((sessions, feed::folded(db, account.personal_workspace(), EVENTS)?))
        })
        .await?;
    let zone = words::zone(&here.account.time_zone);
    let others = i64::try_from(sessions.iter().filter(|other| other.id != here.session.id).count()).unwrap_or(0);
    let page = SessionsPage {
        page: here.page(
            "sessions",
            "Sessions",
            "Every browser and tool that is signed in as you. End what you do not recognise, then change your password.",
        ),
        browsers: in_order(sessions, here.session.id).map(|one| browser(one, here.session.id, now, &zone)).collect(),
        others,
        events: events.into_iter().map(|event| happened(event, now, &zone)).collect(),
    };
    frame::html(StatusCode::OK, &page)
}

/// This one first, then the most recently used.
fn in_order(sessions: Vec<Session>, own: SessionId) -> impl Iterator<Item = Session> {
    let (this, others): (Vec<Session>, Vec<Session>) = sessions.into_iter().partition(|one| one.id == own);
    this.into_iter().chain(others)
}

fn browser(one: Session, own: SessionId, now: Timestamp, zone: &TimeZone) -> Browser {
    let is_this = one.id == own;
    let icon = match (one.kind, read_agent(&one.agent).system) {
        (SessionKind::Tool | SessionKind::Program, _) => Icon::Terminal,
        (SessionKind::Browser, "iPhone" | "iPad" | "Android") => Icon::Phone,
        (SessionKind::Browser, _) => Icon::Computer,
    };
    Browser {
        id: one.id,
        title: agent_in_words(&one.agent),
        icon,
        is_this,
        is_active: is_this || now.since(one.last_seen_at) < minutes(2),
        seen: words::relative(one.last_seen_at, now, zone).in_sentence(),
        first_seen: words::day(one.created_at, zone),
        address: one.address,
        ends: words::relative(one.expires_at, now, zone).in_sentence(),
    }
}

fn happened(event: feed::Entry, now: Timestamp, zone: &TimeZone) -> Happened {
    let parts: Vec<String> = [event.agent, event.detail].into_iter().filter(|part| !part.is_empty()).collect();
    let is_run = event.times > 1;
    Happened {
        sentence: if is_run { format!("{}, {} times", event.sentence, event.times) } else { event.sentence },
        detail: parts.join(", "),
        badge: match event.badge {
            Badge::Warning => Some(("danger", "Failed")),
            Badge::Administrator => Some(("warn", "Administrator")),
            Badge::Plain | Badge::Important => None,
        },
        address: match event.address {
            address if is_run && !address.is_empty() => format!("last from {address}"),
            address => address,
        },
        at: words::relative(event.at, now, zone),
    }
}

pub async fn end(here: SignedIn, form: Form<EndTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::press_again(&here, links::SESSIONS));
    }
    let id: SessionId = form.typed.session.parse().map_err(|_| PageError::NotFound)?;
    // This one ends by signing out, which also tells the browser.
    if id == here.session.id {
        return Err(PageError::BadRequest("this browser ends its own session by signing out"));
    }
    let (act, account) = (here.act.clone(), here.account.clone());
    let ended = here.write(move |db| ending::end_one(db, &act, &account, id)).await?;
    let ended = ended.ok_or(PageError::NotFound)?;
    let sentence = format!("{} has been signed out.", agent_in_words(&ended.agent));
    Ok(here.done(links::SESSIONS, &sentence))
}

pub async fn end_others(here: SignedIn, form: Form<EndTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::press_again(&here, links::SESSIONS));
    }
    let (act, account, own) = (here.act.clone(), here.account.clone(), here.session.clone());
    let count = here.write(move |db| ending::end_others(db, &act, &account, &own)).await?;
    let sentence = match count {
        0 => "Nothing else was signed in.".to_owned(),
        1 => "The other session has ended.".to_owned(),
        many => format!("The {many} other sessions have ended."),
    };
    Ok(here.done(links::SESSIONS, &sentence))
}
