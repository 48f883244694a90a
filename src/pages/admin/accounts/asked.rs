//! What the address of the accounts list asks for: as typed, and checked.

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::accounts::listing::{Filter, PageRequest, Search, Sort, Span, Start};
use crate::config::Config;
use crate::http::day::start_of_day;
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::region::Region;
use crate::pages::links;

/// Everything stands in the address, so that a list can be kept and sent on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub q: String,
    pub region: String,
    pub plan: String,
    pub status: String,
    /// `on` or `off`.
    pub mfa: String,
    pub minutes: String,
    /// Days of the reader's calendar, both included.
    pub seen_from: String,
    pub seen_until: String,
    pub created_from: String,
    pub created_until: String,
    /// `minutes`, `seen`, `created`; with `-up` the smallest or oldest come first.
    pub sort: String,
    pub after: String,
    pub before: String,
}

/// Holding one means that every rule below has passed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// `None`: all that are served here.
    pub region: Option<Region>,
    pub filter: Filter,
    /// A whole address; the directory knows whose it is.
    pub email: Option<EmailAddress>,
    pub sort: Sort,
    pub descending: bool,
    pub start: Start,
}

/// Nobody's name or address is longer.
const MOST_TYPED: usize = 254;

impl Asked {
    /// What was typed wrongly is told at its field; what no form sends is refused.
    pub fn check(&self, zone: &TimeZone, config: &Config) -> Result<Result<Wanted, FieldErrors>, PageError> {
        const UNKNOWN: PageError = PageError::BadRequest("a filter has a value that is not offered");
        let mut errors = FieldErrors::new();
        let region = chosen(&self.region).map(str::parse).transpose().map_err(|_| UNKNOWN)?;
        let status = chosen(&self.status).map(str::parse).transpose().map_err(|_| UNKNOWN)?;
        let plan = chosen(&self.plan).map(ToOwned::to_owned);
        let is_plan_known = |plan: &String| config.plans.all().any(|known| known.id == *plan);
        let is_region_known = |region: &Region| config.served.contains_key(region);
        if !plan.iter().all(is_plan_known) || !region.iter().all(is_region_known) {
            return Err(UNKNOWN);
        }
        let has_mfa = match self.mfa.as_str() {
            "" => None,
            "on" => Some(true),
            "off" => Some(false),
            _ => return Err(UNKNOWN),
        };
        let (sort, descending) = self.order().ok_or(UNKNOWN)?;
        let start = self.start()?;
        let (search, email) = errors.keep("q", "Search", self.search()).unwrap_or_default();
        let minutes = errors.keep("minutes", "Minutes, more than", minutes(&self.minutes)).flatten();
        let mut day =
            |field, label, typed: &str, is_end| errors.keep(field, label, start_of_day(typed, is_end, zone)).flatten();
        let last_seen = Span {
            from: day("seen_from", "Last seen from", &self.seen_from, false),
            until: day("seen_until", "Last seen until", &self.seen_until, true),
        };
        let created = Span {
            from: day("created_from", "Created from", &self.created_from, false),
            until: day("created_until", "Created until", &self.created_until, true),
        };
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        let filter = Filter { search, plan, has_mfa, status, created, last_seen, minutes_more_than: minutes };
        Ok(Ok(Wanted { region, filter, email, sort, descending, start }))
    }

    /// A word with an `@` is an address; anything else is the beginning of names.
    fn search(&self) -> Result<(Option<Search>, Option<EmailAddress>), &'static str> {
        if self.q.chars().count() > MOST_TYPED {
            return Err("Use at most 254 characters.");
        }
        if !self.q.contains('@') {
            return Ok((Search::beginnings(&self.q), None));
        }
        let email = EmailAddress::parse(self.q.trim());
        let email = email.map_err(|_| "Enter the whole email address, or the beginning of a name or username.")?;
        Ok((None, Some(email)))
    }

    /// The column and whether its largest values come first.
    pub fn order(&self) -> Option<(Sort, bool)> {
        let (word, descending) = match self.sort.strip_suffix("-up") {
            Some(word) => (word, false),
            None => (self.sort.as_str(), true),
        };
        let sort = if word.is_empty() { Sort::Minutes } else { word.parse().ok()? };
        Some((sort, descending))
    }

    fn start(&self) -> Result<Start, PageError> {
        const STRANGE: PageError = PageError::BadRequest("the page of the list cannot be told from its address");
        match (self.after.as_str(), self.before.as_str()) {
            ("", "") => Ok(Start::Beginning),
            (after, "") => after.parse().map(Start::After).map_err(|()| STRANGE),
            ("", before) => before.parse().map(Start::Before).map_err(|()| STRANGE),
            _ => Err(STRANGE),
        }
    }

    /// The filters that are set, without the place in the list.
    fn filters(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", &self.q),
            ("region", &self.region),
            ("plan", &self.plan),
            ("status", &self.status),
            ("mfa", &self.mfa),
            ("minutes", &self.minutes),
            ("seen_from", &self.seen_from),
            ("seen_until", &self.seen_until),
            ("created_from", &self.created_from),
            ("created_until", &self.created_until),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
    }

    pub fn is_filtered(&self) -> bool {
        !self.filters().is_empty()
    }

    /// How many of the filters are set that the page folds away.
    pub fn folded(&self) -> usize {
        let is_open = |name: &str| matches!(name, "q" | "region" | "plan" | "status");
        self.filters().iter().filter(|(name, _)| !is_open(name)).count()
    }

    /// The same list in another order, from its beginning.
    pub fn sorted_href(&self, sort: &str) -> String {
        let mut pairs = self.filters();
        pairs.push(("sort", sort));
        links::admin_accounts(&pairs)
    }

    /// The same list from another place: `after` or `before` a cursor.
    pub fn paged_href(&self, name: &'static str, cursor: &str) -> String {
        let mut pairs = self.listed();
        pairs.push((name, cursor));
        links::admin_accounts(&pairs)
    }

    /// The same list from its beginning.
    pub fn href(&self) -> String {
        links::admin_accounts(&self.listed())
    }

    pub fn csv_href(&self) -> String {
        links::admin_accounts_csv(&self.listed())
    }

    fn listed(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = self.filters();
        if !self.sort.is_empty() {
            pairs.push(("sort", &self.sort));
        }
        pairs
    }
}

impl Wanted {
    pub fn request(&self, start: Start, size: usize) -> PageRequest {
        PageRequest { sort: self.sort, descending: self.descending, start, size }
    }
}

fn chosen(value: &str) -> Option<&str> {
    if value.is_empty() { None } else { Some(value) }
}

fn minutes(typed: &str) -> Result<Option<i64>, &'static str> {
    // 1,000 as well as 1000.
    let digits: String = typed.trim().chars().filter(|c| !matches!(c, ',' | ' ' | '\u{A0}' | '\u{202F}')).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse::<u32>() {
        Ok(minutes) => Ok(Some(i64::from(minutes))),
        Err(_) => Err("Enter a whole number of minutes."),
    }
}
