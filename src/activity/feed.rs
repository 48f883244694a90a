//! The latest events as sentences, for the owner's *Sessions* and for the administration.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::chain::{Chain, Row};
use super::kind::{Badge, Kind};
use crate::db::Db;
use crate::db::schema::activity_events;
use crate::kernel::id::{AccountId, EventId};
use crate::kernel::origin::agent_in_words;
use crate::kernel::time::Timestamp;

/// One line of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EventId,
    pub at: Timestamp,
    /// `sign_in.succeeded`
    pub kind: String,
    /// `Signed in from a new browser`
    pub sentence: String,
    /// `wrong password`; empty when the sentence says it all.
    pub detail: String,
    /// `Chrome on Windows`; empty when no browser was behind it, or when it is forgotten.
    pub agent: String,
    pub address: String,
    pub badge: Badge,
    pub actor: Option<AccountId>,
    pub subject: Option<AccountId>,
    /// How many of them in a row this line tells of; where, when and why are the latest one's.
    pub times: usize,
}

/// How far back [`folded`] looks for its lines, and how much of that at once.
const FARTHEST: i64 = 1_000;
const BATCH: i64 = 100;

/// The last `most` lines of a chain, the newest first. What failed many times in a row is one line, so that a stranger who
/// tries and tries pushes nothing else off the list.
pub fn folded(db: &mut Db, chain: impl Into<Chain>, most: usize) -> QueryResult<Vec<Entry>> {
    let chain = chain.into();
    let (mut lines, mut before, mut left): (Vec<Entry>, _, _) = (Vec::new(), i64::MAX, FARTHEST);
    while left > 0 {
        let rows: Vec<Row> = activity_events::table
            .filter(activity_events::workspace_id.eq(chain.as_str()))
            .filter(activity_events::sequence.lt(before))
            .order(activity_events::sequence.desc())
            .select(Row::as_select())
            .limit(BATCH)
            .load(db)?;
        let Some(last) = rows.last() else { break };
        (before, left) = (last.sequence, left - BATCH);
        for one in rows.into_iter().map(entry) {
            if let Some(line) = lines.last_mut().filter(|line| line.goes_on_with(&one)) {
                line.times += 1;
            } else if lines.len() == most {
                return Ok(lines);
            } else {
                lines.push(one);
            }
        }
    }
    Ok(lines)
}

impl Entry {
    fn goes_on_with(&self, earlier: &Self) -> bool {
        self.badge == Badge::Warning && self.kind == earlier.kind
    }
}

/// The last `most` events of a chain, the newest first.
pub fn latest(db: &mut Db, chain: impl Into<Chain>, most: i64) -> QueryResult<Vec<Entry>> {
    let rows: Vec<Row> = activity_events::table
        .filter(activity_events::workspace_id.eq(chain.into().as_str()))
        .order(activity_events::sequence.desc())
        .select(Row::as_select())
        .limit(most)
        .load(db)?;
    Ok(rows.into_iter().map(entry).collect())
}

fn entry(row: Row) -> Entry {
    let facts: Map<String, Value> = serde_json::from_str(&row.facts).unwrap_or_default();
    let personal: Map<String, Value> =
        row.personal.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let text = |key: &str| personal.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let agent = text("agent");
    // A newer program may have recorded a kind this one has no words for.
    let known: Option<Kind> = row.kind.parse().ok();
    Entry {
        id: row.id,
        at: row.at,
        sentence: known.map_or_else(|| row.kind.clone(), |kind| sentence(kind, &facts)),
        detail: known.map_or_else(String::new, |kind| detail(kind, &facts, &personal)),
        agent: if agent.is_empty() { agent } else { agent_in_words(&agent) },
        address: text("address"),
        badge: known.map_or(Badge::Plain, Kind::badge),
        kind: row.kind,
        actor: row.actor_id,
        subject: row.subject_id,
        times: 1,
    }
}

fn sentence(kind: Kind, facts: &Map<String, Value>) -> String {
    let is = |key: &str| facts.get(key).and_then(Value::as_bool).unwrap_or(false);
    match kind {
        Kind::SignInSucceeded if is("new_browser") => "Signed in from a new browser".to_owned(),
        _ => kind.sentence().to_owned(),
    }
}

fn detail(kind: Kind, facts: &Map<String, Value>, personal: &Map<String, Value>) -> String {
    let text = |key: &str| facts.get(key).or_else(|| personal.get(key)).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| facts.get(key).and_then(Value::as_i64).unwrap_or_default();
    let counted = |key: &str, one: &str| match number(key) {
        1 => format!("1 {one}"),
        many => format!("{many} {one}s"),
    };
    match kind {
        Kind::SignInSucceeded => match text("second_factor") {
            "none" | "" => String::new(),
            factor => format!("with {factor}"),
        },
        Kind::SignInFailed | Kind::PasswordResetRefused | Kind::AccountSuspended | Kind::AccountReinstated => {
            text("reason").to_owned()
        }
        Kind::StepUpSucceeded => format!("to {}", text("to")),
        Kind::StepUpFailed => format!("to {}: {}", text("to"), text("reason")),
        Kind::SessionsEnded | Kind::SessionsEndedByAdministrator => counted("count", "session"),
        Kind::BrowserUntrusted => counted("count", "browser"),
        Kind::RecoveryCodesMade => counted("count", "code"),
        Kind::RecoveryCodeUsed => format!("{} left", number("left")),
        Kind::MemberInvited | Kind::MemberJoined | Kind::MemberRemoved | Kind::MemberLeft => {
            format!("as {}", text("role"))
        }
        Kind::RoleChanged => format!("from {} to {}", text("from"), text("to")),
        Kind::ProfileChanged | Kind::OrganizationChanged | Kind::PoliciesChanged => {
            let fields = facts.get("fields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            fields.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Kind::AccountClosing | Kind::OrganizationClosing | Kind::OrganizationDeleted => {
            format!("erased on {}", day(text("erase_at")))
        }
        Kind::AccountDeleted => match text("erase_at") {
            "" => format!("{}; erased at once", text("reason")),
            at => format!("{}; erased on {}", text("reason"), day(at)),
        },
        Kind::BrowserTrusted => format!("until {}", day(text("until"))),
        Kind::MfaResetRequested => format!("takes effect on {}", day(text("effective_at"))),
        Kind::MfaResetDone if facts.get("confirmed_by_owner") == Some(&Value::Bool(true)) => {
            "confirmed from a mail".to_owned()
        }
        Kind::AccountsExported => counted("rows", "row"),
        Kind::JobRetried | Kind::JobDiscarded | Kind::ServiceTokenCreated | Kind::ServiceTokenRevoked => {
            text("name").to_owned()
        }
        Kind::MasterKeyMade | Kind::MasterKeyRetired => text("key").to_owned(),
        Kind::ApiKeyCreated
        | Kind::ApiKeyRenamed
        | Kind::DevelopmentKeyUnset
        | Kind::DevelopmentKeyShown
        | Kind::ApiKeyDisabled
        | Kind::ApiKeyRestored
        | Kind::ApiKeyRevoked
        | Kind::HmacKeyCreated
        | Kind::HmacKeyShown
        | Kind::HmacKeyChanged
        | Kind::HmacKeyRevoked
        | Kind::ProjectCreated
        | Kind::ProjectChanged
        | Kind::SigningPolicyChanged
        | Kind::ProjectRestored
        | Kind::SampleDisabled
        | Kind::SampleEnabled
        | Kind::SampleDeleted
        | Kind::ArtifactRegistered
        | Kind::ArtifactChanged
        | Kind::ArtifactRemoved => text("name").to_owned(),
        Kind::ApiKeyRotated => format!("{}; the old one ends on {}", text("name"), day(text("ends_at"))),
        Kind::ProjectDeleted => format!("{}; erased on {}", text("name"), day(text("erase_at"))),
        Kind::AccessRefused => text("what").to_owned(),
        _ => String::new(),
    }
}

/// `2026-11-21T05:31:00Z` as `21 November 2026`.
fn day(at: &str) -> String {
    Timestamp::parse_rfc3339(at).map_or_else(|| at.to_owned(), |at| at.to_jiff().strftime("%-d %B %Y").to_string())
}
