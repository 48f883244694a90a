//! `/admin/accounts`: everybody on this instance, searched, filtered, sorted, page by page; and the same as a file.

mod asked;
pub mod csv;
mod reading;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::accounts::listing::{Page, Row, Sort, Start, Total};
use crate::config::{Config, Registration};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Query;
use crate::http::page::{Choice, PageFrame, Pager};
use crate::http::words::{self, When};
use crate::kernel::month::Month;
use crate::kernel::region::Region;
use crate::pages::guards::Administrator;
use crate::pages::{frame, links};
use crate::sessions::account::Status;

use asked::{Asked, Wanted};

const ROWS: usize = 25;

#[derive(Template)]
#[template(path = "pages/admin/accounts.html")]
struct AccountsPage {
    page: PageFrame,
    asked: Asked,
    errors: FieldErrors,
    regions: Vec<Choice>,
    plans: Vec<Choice>,
    statuses: Vec<Choice>,
    switches: Vec<Choice>,
    orders: Vec<Choice>,
    rows: Vec<Line>,
    /// `1,000+`
    total: String,
    total_words: &'static str,
    order_words: &'static str,
    minutes_head: Head,
    seen_head: Head,
    /// The search gave up for this page: how far it had looked, and how to go on.
    looked_through: Option<String>,
    pager: Pager,
    /// Sign-up is by invitation here.
    has_invitations: bool,
}

/// One account as a row.
struct Line {
    href: String,
    /// What its tick box sends: `eu:<id>`.
    pick: String,
    is_oneself: bool,
    name: String,
    username: String,
    region: Region,
    plan: String,
    cpu: String,
    gpu: String,
    total: String,
    seen: When,
    status: (&'static str, &'static str),
}

/// A column that sorts.
struct Head {
    href: String,
    order: &'static str,
}

/// `GET /admin/accounts`
pub async fn show(here: Administrator, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let zone = words::zone(&here.account.time_zone);
    let wanted = match asked.check(&zone, &here.site.config)? {
        Ok(wanted) => wanted,
        Err(errors) => {
            let mut page = empty_page(&here, asked);
            page.page.has_error = true;
            page.errors = errors;
            return frame::html(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let wanted = reading::resolve(&here.site, wanted).await?;
    let now = here.act.now;
    let mut list = reading::page(&here.site, now, &wanted, wanted.start.clone(), ROWS).await?;
    let is_back_at_the_beginning = matches!(wanted.start, Start::Before(_)) && list.previous.is_none();
    if is_back_at_the_beginning && list.rows.len() < ROWS {
        // Accounts came or went meanwhile: the first page is a whole one.
        list = reading::page(&here.site, now, &wanted, Start::Beginning, ROWS).await?;
    }
    let lines = list.rows.iter().map(|(region, row)| line(&here, *region, row)).collect();
    let page = AccountsPage { rows: lines, ..filled_page(&here, asked, &wanted, &list) };
    frame::html(StatusCode::OK, &page)
}

fn filled_page(here: &Administrator, asked: Asked, wanted: &Wanted, list: &Page) -> AccountsPage {
    let (total, count) = match list.total {
        Total::Exactly(count) => (words::number(whole(count)), count),
        Total::AtLeast(count) => (format!("{}+", words::number(whole(count))), usize::MAX),
    };
    let is_first = list.previous.is_none();
    let rows = whole(list.rows.len());
    let pager = Pager {
        words: match rows {
            0 => String::new(),
            _ if is_first => format!("Rows 1 to {rows}"),
            _ => words::count(rows, "row", "rows"),
        },
        previous: list.previous.as_ref().map(|cursor| asked.paged_href("before", &cursor.to_string())),
        next: list.next.as_ref().map(|cursor| asked.paged_href("after", &cursor.to_string())),
    };
    AccountsPage {
        total,
        total_words: words::plural(whole(count), "account", "accounts"),
        order_words: order_words(wanted.sort, wanted.descending),
        minutes_head: head(&asked, Sort::Minutes, wanted),
        seen_head: head(&asked, Sort::LastSeen, wanted),
        looked_through: list.looked_through.map(|entries| {
            let entries = words::number(entries);
            format!("Looked through {entries} accounts of each status for few that match. Next goes on from there.")
        }),
        pager,
        ..empty_page(here, asked)
    }
}

fn empty_page(here: &Administrator, asked: Asked) -> AccountsPage {
    let config = &here.site.config;
    let month = Month::of(here.act.now).title();
    let sentence = format!(
        "Everybody on this instance, with the compute minutes of {month}. Opening an account is recorded, and its owner sees it."
    );
    let nowhere = || Head { href: String::new(), order: "" };
    AccountsPage {
        page: here.admin_page("accounts", "Accounts", &sentence),
        errors: FieldErrors::new(),
        regions: regions(config),
        plans: choices("All", config.plans.all().map(|plan| (plan.id.clone(), plan.name.clone()))),
        statuses: choices("All", Status::ALL.iter().map(|s| (s.to_string(), status_words(*s).1.to_owned()))),
        switches: choices("On or off", [("on", "On"), ("off", "Off")].map(|(v, l)| (v.to_owned(), l.to_owned()))),
        orders: orders(),
        rows: Vec::new(),
        total: String::new(),
        total_words: "",
        order_words: "",
        minutes_head: nowhere(),
        seen_head: nowhere(),
        looked_through: None,
        pager: Pager::default(),
        has_invitations: config.registration == Registration::Invited,
        asked,
    }
}

fn line(here: &Administrator, region: Region, row: &Row) -> Line {
    let zone = words::zone(&here.account.time_zone);
    Line {
        href: links::admin_account(region, row.id),
        pick: format!("{region}:{}", row.id),
        is_oneself: row.id == here.account.id,
        name: row.name.clone(),
        username: row.username.to_string(),
        region,
        plan: here.site.config.plans.of(&row.plan).name.clone(),
        cpu: words::number(row.cpu_minutes),
        gpu: words::number(row.gpu_minutes),
        total: words::number(row.total_minutes),
        seen: words::relative(row.last_seen_at, here.act.now, &zone),
        status: status_words(row.status),
    }
}

/// The kind of badge, empty for the state that needs none, and the word.
const fn status_words(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Active => ("", "Active"),
        Status::Unconfirmed => ("accent", "Unconfirmed"),
        Status::Suspended => ("danger", "Suspended"),
        Status::Closing => ("warn", "Closing"),
    }
}

const fn order_words(sort: Sort, descending: bool) -> &'static str {
    match (sort, descending) {
        (Sort::Minutes, true) => "most minutes first",
        (Sort::Minutes, false) => "fewest minutes first",
        (Sort::LastSeen, true) => "seen last first",
        (Sort::LastSeen, false) => "unseen for longest first",
        (Sort::Created, true) => "newest first",
        (Sort::Created, false) => "oldest first",
    }
}

/// A head leads to its own order, and to the opposite when it is the one that sorts.
fn head(asked: &Asked, sort: Sort, wanted: &Wanted) -> Head {
    let is_current = wanted.sort == sort;
    let order = match (is_current, wanted.descending) {
        (false, _) => "",
        (true, true) => "descending",
        (true, false) => "ascending",
    };
    Head { href: asked.sorted_href(&sort_word(sort, is_current && wanted.descending)), order }
}

fn sort_word(sort: Sort, is_up: bool) -> String {
    if is_up { format!("{sort}-up") } else { sort.to_string() }
}

fn orders() -> Vec<Choice> {
    let both = Sort::ALL.iter().flat_map(|sort| [(*sort, true), (*sort, false)]);
    both.map(|(sort, descending)| {
        let words = order_words(sort, descending);
        let label = format!("{}{}", words[..1].to_uppercase(), &words[1..]);
        Choice::new(sort_word(sort, !descending), label)
    })
    .collect()
}

/// Empty where there is but one.
pub(in crate::pages::admin) fn regions(config: &Config) -> Vec<Choice> {
    if config.served.len() < 2 {
        return Vec::new();
    }
    choices("All", config.served.keys().map(|region| (region.to_string(), region.title().to_owned())))
}

fn choices(all: &'static str, some: impl IntoIterator<Item = (String, String)>) -> Vec<Choice> {
    std::iter::once(Choice::new("", all))
        .chain(some.into_iter().map(|(value, label)| Choice::new(value, label)))
        .collect()
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
