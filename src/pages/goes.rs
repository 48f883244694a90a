//! What the pages that delete accounts share: the list of what goes, the choice of when, the typed confirmation.

use crate::http::field_errors::FieldErrors;
use crate::http::page::Choice;
use crate::http::words;
use crate::kernel::time::{Timestamp, days};
use crate::lifecycle::closing::When;
use crate::lifecycle::consequences::Line;

/// What these pages say of themselves.
pub const COUNTED: &str =
    "What follows was counted a moment ago by the code that will do it. Nothing has happened yet.";

/// One line of `ul.toll`.
pub struct Goes {
    pub count: String,
    pub what: &'static str,
    pub with: &'static str,
}

pub fn goes(lines: &[Line]) -> Vec<Goes> {
    lines
        .iter()
        .map(|line| Goes { count: words::number(line.count), what: line.what(), with: line.kind.with })
        .collect()
}

/// The same of what hangs on a member of an organization.
pub fn breaks(lines: Vec<(i64, &'static str, &'static str)>) -> Vec<Goes> {
    lines.into_iter().map(|(count, what, with)| Goes { count: words::number(count), what, with }).collect()
}

const GRACE: &str = "grace";
const NOW: &str = "now";

/// The answer that is chosen before anybody chooses: the one that can be undone.
pub fn usual(grace_days: u64) -> &'static str {
    if grace_days == 0 { NOW } else { GRACE }
}

/// When it may be erased; without grace there is one answer.
pub fn choices(now: Timestamp, grace_days: u64, zone: &jiff::tz::TimeZone, how_back: &str) -> Vec<Choice> {
    let at_once = Choice::new(NOW, "Erase immediately").with_note("Nobody can undo that.");
    if grace_days == 0 {
        return vec![at_once];
    }
    let day = words::day(now.plus(days(grace_days)), zone).text;
    let span = words::count(i64::try_from(grace_days).unwrap_or(i64::MAX), "day", "days");
    let with_grace = Choice::new(GRACE, format!("Close now, erase on {day}"))
        .with_note(format!("Signed out everywhere at once. For {span} {how_back}"));
    vec![with_grace, at_once]
}

/// What was chosen.
pub fn when(errors: &mut FieldErrors, typed: &str, grace_days: u64) -> Option<When> {
    match typed {
        NOW => Some(When::Immediately),
        GRACE if grace_days > 0 => Some(When::After(grace_days)),
        _ => {
            errors.add("when", "When?", "Choose one of the answers.");
            None
        }
    }
}

/// The username, typed once more by whoever deletes the account.
pub fn username(errors: &mut FieldErrors, typed: &str, username: &str) {
    if typed.trim() != username {
        errors.add("confirm", "Username", "This is not the username of the account.");
    }
}

/// Why an administrator does it: one line that the owner reads.
pub fn reason(errors: &mut FieldErrors, typed: &str) -> Option<String> {
    let reason = errors.keep("reason", "Reason", crate::kernel::names::one_line(typed, 500))?;
    if reason.is_empty() {
        errors.add("reason", "Reason", "Say why. The owner reads it.");
        return None;
    }
    Some(reason)
}
