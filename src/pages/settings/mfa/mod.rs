//! `/settings/mfa`: the second factor, off or on, its recovery codes, and the browsers that may skip it.

pub mod codes;
pub mod set_up;
pub mod trusted;
pub mod turn_off;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::tz::TimeZone;

use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::DeviceId;
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::Timestamp;
use crate::mfa::recovery_codes;
use crate::mfa::totp::{self, Factor};
use crate::pages::frame;
use crate::pages::guards::SignedIn;
use crate::sessions::device::{self, Device};

const TITLE: &str = "Multi-factor authentication";
const SENTENCE: &str = "A code from your phone at each sign-in, so that a stolen password is not enough.";

#[derive(Template)]
#[template(path = "pages/settings/mfa/show.html")]
struct MfaPage {
    page: PageFrame,
    is_administrator: bool,
    on: Option<On>,
}

/// What there is to see when it is on.
struct On {
    since: When,
    last_used: Option<When>,
    codes_left: i64,
    /// When one of them was typed back.
    codes_checked: Option<When>,
    browsers: Vec<Trusted>,
}

impl On {
    fn codes_sentence(&self) -> String {
        match self.codes_left {
            0 => "None is left. Make new ones before you need one.".to_owned(),
            1 => "1 of 10 is left. Each works once, in place of the code from the app.".to_owned(),
            left => format!("{left} of 10 are left. Each works once, in place of the code from the app."),
        }
    }
}

/// A browser that may skip the code.
struct Trusted {
    id: DeviceId,
    title: String,
    address: String,
    until: When,
    seen: When,
}

pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    let (account, now) = (here.account.id, here.act.now);
    let found = here
        .read(move |db| {
            let Some(factor) = totp::of_account(db, account)? else { return Ok::<_, DbError>(None) };
            Ok(Some((factor, recovery_codes::left(db, account)?, device::trusted(db, account, now)?)))
        })
        .await?;
    let zone = words::zone(&here.account.time_zone);
    let page = MfaPage {
        page: here.page("mfa", TITLE, SENTENCE),
        is_administrator: here.account.is_administrator,
        on: found.map(|(factor, left, browsers)| on(&factor, left, browsers, now, &zone)),
    };
    frame::html(StatusCode::OK, &page)
}

fn on(factor: &Factor, codes_left: i64, browsers: Vec<Device>, now: Timestamp, zone: &TimeZone) -> On {
    let browsers = browsers.into_iter().map(|browser| Trusted {
        id: browser.id,
        title: agent_in_words(&browser.agent),
        until: words::day(browser.trusted_until.unwrap_or(now), zone),
        seen: words::relative(browser.last_seen_at, now, zone).in_sentence(),
        address: browser.address,
    });
    On {
        since: words::day(factor.created_at, zone),
        last_used: factor.last_used_at.map(|at| words::relative(at, now, zone)),
        codes_left,
        codes_checked: factor.codes_checked_at.map(|at| words::day(at, zone)),
        browsers: browsers.collect(),
    }
}
