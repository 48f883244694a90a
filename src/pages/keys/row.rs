//! One key as its list and its own page show it.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use crate::http::words::{self, When};
use crate::kernel::id::{AccountId, ApiKeyId};
use crate::kernel::network::Networks;
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::{Timestamp, days};
use crate::projects::api_keys::{ApiKey, Because, Maker};
use crate::projects::hmac_keys::HmacKey;

/// From here on the end of a key is a warning.
const SOON_DAYS: u64 = 14;

pub struct Row {
    pub href: String,
    pub name: String,
    pub recognised_by: String,
    /// Empty when nobody is left who made it.
    pub maker: String,
    pub made: When,
    pub role: &'static str,
    /// Kind and word.
    pub badges: Vec<(&'static str, String)>,
    pub is_off: bool,
    pub last_used: Option<When>,
    /// `203.0.113.24, curl 8.11`
    pub from: String,
    /// `Unused 112 days`
    pub unused: Option<String>,
    pub expires: Option<When>,
    /// `In 6 days`
    pub soon: Option<String>,
    /// `from 2 networks only`
    pub networks: String,
    pub can_manage: bool,
}

pub struct Rows<'a> {
    pub base: &'a str,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub names: &'a HashMap<AccountId, String>,
    pub maker: Option<&'a Maker>,
}

impl Rows<'_> {
    pub fn of(&self, keys: &[ApiKey]) -> Vec<Row> {
        let successors: HashSet<ApiKeyId> =
            keys.iter().filter(|key| !key.has_expired(self.now)).filter_map(|key| key.succeeded_by).collect();
        keys.iter().map(|key| self.row(key, successors.contains(&key.id))).collect()
    }

    pub fn row(&self, key: &ApiKey, is_successor: bool) -> Row {
        let networks = Networks::parse(&key.networks).map(|networks| networks.count()).unwrap_or_default();
        let is_off = key.is_disabled() || key.has_expired(self.now);
        Row {
            href: format!("{}/{}", self.base, key.id),
            name: key.name.clone(),
            recognised_by: key.recognised_by(),
            maker: self.name_of(key.created_by),
            made: words::day(key.created_at, self.zone),
            role: if key.project_id.is_some() { key.role.title() } else { "Account API" },
            badges: self.badges(key, is_successor),
            is_off,
            last_used: key.last_used_at.map(|at| words::relative(at, self.now, self.zone)),
            from: from(key),
            unused: (!is_off && key.is_unused(self.now)).then(|| self.unused(key)),
            expires: key.gone_at().or(key.expires_at).map(|at| words::day(at, self.zone)),
            soon: self.soon(key),
            networks: match networks {
                0 => String::new(),
                some => format!("from {} only", words::count(i64::try_from(some).unwrap_or(0), "network", "networks")),
            },
            can_manage: self.maker.is_some_and(|maker| maker.may(key.role)),
        }
    }

    fn badges(&self, key: &ApiKey, is_successor: bool) -> Vec<(&'static str, String)> {
        let mut badges = Vec::new();
        let mut add = |is: bool, kind, text: &str| {
            if is {
                badges.push((kind, text.to_owned()));
            }
        };
        add(key.is_development, "accent", "Development key");
        add(is_successor, "good", "Successor");
        add(key.succeeded_by.is_some(), "warn", "Rotated");
        match key.disabled_because {
            _ if !key.is_disabled() => add(key.has_expired(self.now), "danger", "Expired"),
            Because::MakerLostRights => add(true, "danger", "Disabled: maker lost rights"),
            Because::Revoked | Because::Nothing => add(true, "danger", "Disabled"),
        }
        badges
    }

    fn unused(&self, key: &ApiKey) -> String {
        let span = self.now.since(key.last_used_at.unwrap_or(key.created_at));
        format!("Unused {} days", span.as_secs() / 86_400)
    }

    fn soon(&self, key: &ApiKey) -> Option<String> {
        let at = key.expires_at.filter(|at| !key.is_disabled() && *at > self.now)?;
        let is_soon = at <= self.now.plus(days(SOON_DAYS)) && at.since(self.now) < days(SOON_DAYS);
        is_soon.then(|| words::relative(at, self.now, self.zone).text)
    }

    pub fn name_of(&self, account: Option<AccountId>) -> String {
        account.and_then(|account| self.names.get(&account)).cloned().unwrap_or_default()
    }
}

/// The address and the program of the last use, as far as they are known.
pub fn from(key: &ApiKey) -> String {
    let agent = match key.last_used_agent.as_str() {
        "" => String::new(),
        // A tool says what it is; a browser says much else beside.
        agent if agent.starts_with("Mozilla/") => agent_in_words(agent),
        agent => agent.chars().take(60).collect(),
    };
    let parts: Vec<&str> =
        [key.last_used_address.as_str(), agent.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// An HMAC key in its list.
pub struct HmacRow {
    pub href: String,
    pub name: String,
    pub recognised_by: String,
    pub is_development: bool,
    pub last_signature: Option<When>,
    pub made: When,
    pub maker: String,
}

impl Rows<'_> {
    pub fn hmac(&self, base: &str, keys: &[HmacKey]) -> Vec<HmacRow> {
        let row = |key: &HmacKey| HmacRow {
            href: format!("{base}/{}", key.id),
            name: key.name.clone(),
            recognised_by: key.recognised_by.clone(),
            is_development: key.is_development,
            last_signature: key.last_signature_at.map(|at| words::relative(at, self.now, self.zone)),
            made: words::day(key.created_at, self.zone),
            maker: self.name_of(key.created_by),
        };
        keys.iter().map(row).collect()
    }
}
