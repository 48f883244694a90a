//! `/admin/accounts/{region}/{id}`: one account. Opening it is recorded, and its owner sees that in *Sessions*.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::tz::TimeZone;

use super::account_deeds::DeedTyped;
use super::account_facts::{self, Facts};
use super::target::{self, Address, Target};
use crate::activity::{self, Badge, Event, feed};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::field_errors::FieldErrors;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::{AccountId, SessionId};
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::{Timestamp, minutes};
use crate::pages::guards::Administrator;
use crate::pages::{frame, links};
use crate::regions::administrators;
use crate::sessions::account::{Account, Status};

#[derive(Template)]
#[template(path = "pages/admin/account.html")]
struct AccountPage {
    page: PageFrame,
    account: Account,
    face: Face,
    link: String,
    delete: String,
    region: &'static str,
    plan: String,
    /// What stands beside the name; nothing for an active account.
    badge: Option<(&'static str, &'static str)>,
    is_self: bool,
    is_administrator: bool,
    created: When,
    seen: When,
    confirmed: Option<When>,
    password_changed: Option<When>,
    has_password: bool,
    authenticator: Option<When>,
    codes_left: i64,
    trusted_browsers: usize,
    reset: Option<When>,
    suspension: Option<(String, When)>,
    closing: Option<ClosingWords>,
    sessions: Vec<SessionWords>,
    months: Vec<MonthWords>,
    events: Vec<Happened>,
    typed: DeedTyped,
    errors: FieldErrors,
}

struct ClosingWords {
    erased: When,
    is_over: bool,
    by_owner: bool,
    reason: String,
}

struct SessionWords {
    id: SessionId,
    title: String,
    address: String,
    seen: When,
    since: When,
}

struct MonthWords {
    month: String,
    cpu: String,
    gpu: String,
    total: String,
}

struct Happened {
    sentence: String,
    detail: String,
    badge: Option<(&'static str, &'static str)>,
    address: String,
    at: When,
}

pub async fn show(here: Administrator, address: Address) -> Result<HttpResponse, PageError> {
    let target = target::find(&here, address).await?;
    let facts = facts(&here, &target).await?;
    if !target.is_self && !was_opened(&facts.events, here.account.id, here.act.now) {
        let (act, by, id) = (here.act.clone(), here.account.id, target.account.id);
        let record = move |db: &mut crate::db::Db| {
            activity::record_administration(db, &act, Some(by), Some(id), &Event::AccountOpened)
        };
        target.store.write(record).await?;
    }
    draw(&here, target, facts, StatusCode::OK, DeedTyped::default(), FieldErrors::new()).await
}

/// The page once more, with what is wrong with one of its forms.
pub(super) async fn again(
    here: &Administrator,
    target: Target,
    typed: DeedTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let facts = facts(here, &target).await?;
    draw(here, target, facts, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await
}

async fn facts(here: &Administrator, target: &Target) -> Result<Facts, PageError> {
    let (id, now) = (target.account.id, here.act.now);
    Ok(target.store.read(move |db| account_facts::read(db, id, now)).await?)
}

/// One visit is one line: going back and forth within ten minutes adds none.
fn was_opened(events: &[feed::Entry], by: AccountId, now: Timestamp) -> bool {
    let kind = Event::AccountOpened.kind();
    events
        .iter()
        .any(|event| event.kind == kind.as_str() && event.actor == Some(by) && now.since(event.at) < minutes(10))
}

async fn draw(
    here: &Administrator,
    target: Target,
    facts: Facts,
    status: StatusCode,
    typed: DeedTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (now, zone) = (here.act.now, words::zone(&here.account.time_zone));
    let id = target.account.id;
    let is_administrator = here.site.regions.directory.read(move |db| administrators::is_one(db, id)).await?;
    let plans = &here.site.config.plans;
    let weight = plans.gpu_weight(&facts.plan);
    let page = here.admin_page(
        "accounts",
        target.account.username.as_str(),
        "One account. Its owner sees when you opened it.",
    );
    let day = |at| words::day(at, &zone);
    let page = AccountPage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        face: frame::face_of(&target.account),
        link: target.link(),
        delete: links::admin_delete(target.region, id),
        region: target.region.title(),
        plan: plans.of(&facts.plan).name.clone(),
        badge: badge(target.account.status),
        is_self: target.is_self,
        is_administrator,
        created: day(target.account.created_at),
        seen: words::relative(target.account.last_seen_at, now, &zone),
        confirmed: target.account.confirmed_at.map(day),
        password_changed: target.account.password_changed_at.map(day),
        has_password: target.account.has_password,
        authenticator: facts.factor.as_ref().map(|factor| day(factor.created_at)),
        codes_left: facts.recovery_codes_left,
        trusted_browsers: facts.trusted_browsers,
        reset: facts.mfa_reset.map(|reset| words::at(reset.effective_at, &zone)),
        suspension: facts.suspension.map(|suspension| (suspension.reason, day(suspension.suspended_at))),
        closing: facts.closure.map(|closure| ClosingWords {
            is_over: closure.erase_at <= now,
            erased: words::at(closure.erase_at, &zone),
            by_owner: closure.requested_by == id.as_str(),
            reason: closure.reason,
        }),
        sessions: facts
            .sessions
            .into_iter()
            .map(|one| SessionWords {
                id: one.id,
                title: agent_in_words(&one.agent),
                address: one.address,
                seen: words::relative(one.last_seen_at, now, &zone).in_sentence(),
                since: day(one.created_at),
            })
            .collect(),
        months: facts
            .months
            .into_iter()
            .map(|(month, spent)| MonthWords {
                month: month.title(),
                cpu: words::number(spent.cpu_minutes()),
                gpu: words::number(spent.gpu_minutes()),
                total: words::number(spent.counted_minutes(weight)),
            })
            .collect(),
        events: facts.events.into_iter().map(|event| happened(event, now, &zone)).collect(),
        account: target.account,
        typed,
        errors,
    };
    frame::html(status, &page)
}

fn badge(status: Status) -> Option<(&'static str, &'static str)> {
    match status {
        Status::Active => None,
        Status::Unconfirmed => Some(("", "Unconfirmed")),
        Status::Suspended => Some(("danger", "Suspended")),
        Status::Closing => Some(("warn", "Closing")),
    }
}

fn happened(event: feed::Entry, now: Timestamp, zone: &TimeZone) -> Happened {
    let parts: Vec<String> = [event.agent, event.detail].into_iter().filter(|part| !part.is_empty()).collect();
    Happened {
        sentence: event.sentence,
        detail: parts.join(", "),
        badge: match event.badge {
            Badge::Warning => Some(("danger", "Failed")),
            Badge::Administrator => Some(("warn", "Administrator")),
            Badge::Plain | Badge::Important => None,
        },
        address: event.address,
        at: words::relative(event.at, now, zone),
    }
}
