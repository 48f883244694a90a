//! One secret as its list and its own page show it.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use crate::http::words::{self, When};
use crate::kernel::id::{AccountId, SecretId};
use crate::kernel::time::{Timestamp, days};
use crate::pages::links;
use crate::secrets::Secret;

/// From here on its end is a warning.
const SOON_DAYS: u64 = 14;

pub struct Row {
    pub href: String,
    pub name: String,
    pub description: String,
    pub version: i64,
    /// Empty when nobody is left who did it; so below.
    pub adder: String,
    pub added: When,
    pub changer: String,
    pub changed: When,
    pub last_used: Option<When>,
    /// `job train-17, Python`
    pub by: String,
    /// Kind and word.
    pub badges: Vec<(&'static str, String)>,
}

pub struct Rows<'a> {
    pub base: &'a str,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub names: &'a HashMap<AccountId, String>,
    /// Those of which jobs get a version that got out.
    pub leaked: &'a HashSet<SecretId>,
}

impl Rows<'_> {
    pub fn row(&self, secret: &Secret) -> Row {
        Row {
            href: links::secret(self.base, secret.id),
            name: secret.name.to_string(),
            description: secret.description.clone(),
            version: secret.version,
            adder: self.name_of(secret.created_by),
            added: words::day(secret.created_at, self.zone),
            changer: self.name_of(secret.changed_by),
            changed: words::relative(secret.changed_at, self.now, self.zone),
            last_used: secret.last_used_at.map(|at| words::relative(at, self.now, self.zone)),
            by: match secret.last_used_at {
                Some(_) => format!("job {}, {}", secret.last_used_job, secret.last_used_by),
                None => String::new(),
            },
            badges: self.badges(secret),
        }
    }

    fn badges(&self, secret: &Secret) -> Vec<(&'static str, String)> {
        let mut badges = Vec::new();
        if self.leaked.contains(&secret.id) {
            badges.push(("danger", "Leaked".to_owned()));
        }
        if secret.is_restricted {
            badges.push(("accent", "Some projects".to_owned()));
        }
        match secret.expires_at {
            Some(_) if secret.has_expired(self.now) => badges.push(("danger", "Expired".to_owned())),
            Some(at) if at.since(self.now) < days(SOON_DAYS) => {
                let ends = words::relative(at, self.now, self.zone).in_sentence();
                badges.push(("warn", format!("Ends {}", ends.text)));
            }
            _ => {}
        }
        if secret.is_unused(self.now) {
            let span = self.now.since(secret.last_used_at.unwrap_or(secret.created_at));
            badges.push(("warn", format!("Unused for {} days", span.as_secs() / 86_400)));
        }
        badges
    }

    pub fn name_of(&self, account: Option<AccountId>) -> String {
        account.and_then(|account| self.names.get(&account)).cloned().unwrap_or_default()
    }
}
