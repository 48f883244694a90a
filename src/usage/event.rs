//! One report of compute time, and the rules it must pass before a database is asked.

use std::time::Duration;

use super::Kind;
use crate::kernel::id::WorkspaceId;
use crate::kernel::names::is_invisible;
use crate::kernel::time::{Timestamp, minutes};

/// A job that ran longer was not reported but mistyped.
pub const LONGEST_SECONDS: i64 = 31 * 86_400;
/// How far a runner's clock may be ahead of ours.
pub const CLOCK_SKEW: Duration = minutes(5);
/// Of every text an event carries, in bytes.
pub const LONGEST_TEXT: usize = 200;

/// Names are as the reporting program knows them; nothing here is looked up but the workspace.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable)]
pub struct Event {
    pub source: String,
    /// Unique within `source`: together they count once.
    pub id: String,
    pub workspace: WorkspaceId,
    pub kind: Kind,
    pub seconds: i64,
    pub ended_at: Timestamp,
    pub job: String,
    /// Empty when not given, as are the next two.
    pub project: String,
    pub key: String,
    pub member: String,
}

/// Why an event does not count. Its text is what the reporting program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is longer than {LONGEST_TEXT} bytes")]
    TooLong(&'static str),
    #[error("{0} has invisible characters")]
    Invisible(&'static str),
    #[error("seconds must be more than 0")]
    NotPositive,
    #[error("seconds must be at most {LONGEST_SECONDS}, which is 31 days")]
    TooManySeconds,
    #[error("ended_at is more than five minutes ahead")]
    EndsAhead,
    #[error("ended_at is before 1970")]
    EndedTooEarly,
    #[error("unknown workspace")]
    UnknownWorkspace,
    /// The same source and id came before with other contents.
    #[error("differs")]
    Differs,
}

impl Event {
    /// What can be told from the event alone.
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        required("source", &self.source)?;
        required("id", &self.id)?;
        required("job", &self.job)?;
        text("project", &self.project)?;
        text("key", &self.key)?;
        text("member", &self.member)?;
        check_seconds(self.seconds)?;
        check_end(self.ended_at, now)
    }
}

fn required(name: &'static str, value: &str) -> Result<(), Refusal> {
    if value.is_empty() { Err(Refusal::Missing(name)) } else { text(name, value) }
}

fn text(name: &'static str, value: &str) -> Result<(), Refusal> {
    if value.len() > LONGEST_TEXT {
        return Err(Refusal::TooLong(name));
    }
    if value.chars().any(is_invisible) { Err(Refusal::Invisible(name)) } else { Ok(()) }
}

fn check_seconds(seconds: i64) -> Result<(), Refusal> {
    match seconds {
        ..=0 => Err(Refusal::NotPositive),
        1..=LONGEST_SECONDS => Ok(()),
        _ => Err(Refusal::TooManySeconds),
    }
}

fn check_end(ended_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if ended_at > now.plus(CLOCK_SKEW) {
        return Err(Refusal::EndsAhead);
    }
    if ended_at < Timestamp::from_seconds(0) { Err(Refusal::EndedTooEarly) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::Id;
    use crate::kernel::time::seconds;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn event() -> Event {
        Event {
            source: "runner-1".to_owned(),
            id: "job-8841/3".to_owned(),
            workspace: WorkspaceId::from_parts(NOW, [7; 10]),
            kind: Kind::Cpu,
            seconds: 1860,
            ended_at: NOW,
            job: "job-8841".to_owned(),
            project: String::new(),
            key: String::new(),
            member: String::new(),
        }
    }

    #[test]
    fn an_ordinary_event_passes() {
        assert_eq!(event().check(NOW), Ok(()));
    }

    #[test]
    fn seconds_lie_between_one_and_31_days() {
        for (seconds, expected) in [
            (i64::MIN, Err(Refusal::NotPositive)),
            (0, Err(Refusal::NotPositive)),
            (1, Ok(())),
            (2_678_400, Ok(())),
            (2_678_401, Err(Refusal::TooManySeconds)),
        ] {
            assert_eq!(Event { seconds, ..event() }.check(NOW), expected, "{seconds}");
        }
    }

    #[test]
    fn an_end_may_be_five_minutes_ahead_and_not_more() {
        let ending = |ended_at| Event { ended_at, ..event() }.check(NOW);
        assert_eq!(ending(NOW.plus(minutes(5))), Ok(()));
        assert_eq!(ending(NOW.plus(seconds(301))), Err(Refusal::EndsAhead));
        assert_eq!(ending(Timestamp::from_seconds(-1)), Err(Refusal::EndedTooEarly));
    }

    #[test]
    fn texts_are_short_visible_and_there_when_they_must_be() {
        let checked = |change: fn(&mut Event)| {
            let mut event = event();
            change(&mut event);
            event.check(NOW)
        };
        assert_eq!(checked(|e| e.source.clear()), Err(Refusal::Missing("source")));
        assert_eq!(checked(|e| e.id.clear()), Err(Refusal::Missing("id")));
        assert_eq!(checked(|e| e.job.clear()), Err(Refusal::Missing("job")));
        assert_eq!(checked(|e| e.id = "x".repeat(201)), Err(Refusal::TooLong("id")));
        assert_eq!(checked(|e| e.project = "a\0b".to_owned()), Err(Refusal::Invisible("project")));
        assert_eq!(checked(|e| e.member = "\u{202E}ada".to_owned()), Err(Refusal::Invisible("member")));
    }
}
