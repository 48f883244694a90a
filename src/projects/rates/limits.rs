//! The limits, and how a caller stands against them.

use std::time::Duration;

use super::Subject;
use crate::kernel::time::{Timestamp, minutes};

/// All windows begin and end with the minute, so that replicas need not agree on one.
pub const WINDOW: Duration = minutes(1);

/// A replica counts the limit's part of this many requests before it settles.
const SHARES: i64 = 20;

/// Requests in one [`WINDOW`]. The defaults let a tool send a thousand files in a minute several times over and stop what
/// runs in circles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub key: i64,
    pub workspace: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { key: 6_000, workspace: 30_000 }
    }
}

impl Limits {
    pub(super) const fn of(&self, subject: Subject) -> i64 {
        match subject {
            Subject::Key(_) => self.key,
            Subject::Workspace(_) => self.workspace,
        }
    }

    pub(super) fn share_of(&self, subject: Subject) -> i64 {
        (self.of(subject) / SHARES).max(1)
    }
}

pub fn end_of_window(now: Timestamp) -> Timestamp {
    let length = i64::try_from(WINDOW.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros() - now.as_micros().rem_euclid(length)).plus(WINDOW)
}

/// One limit as a caller stands against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: &'static str,
    pub limit: i64,
    pub remaining: i64,
}

/// After a request was counted, or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub parts: Vec<Part>,
    pub resets_at: Timestamp,
    pub now: Timestamp,
    /// This request is one too many.
    pub is_over: bool,
}

impl Standing {
    /// Whole seconds until the window ends, at least one.
    pub fn resets_in(&self) -> u64 {
        self.resets_at.since(self.now).as_micros().div_ceil(1_000_000).try_into().unwrap_or(u64::MAX).max(1)
    }

    /// The limit that is reached first.
    pub fn tightest(&self) -> Option<&Part> {
        self.parts.iter().min_by_key(|part| part.remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::seconds;

    #[test]
    fn a_window_ends_with_the_minute() {
        let noon = Timestamp::from_seconds(1_795_262_400);
        for into in [0, 1, 59] {
            assert_eq!(end_of_window(noon.plus(seconds(into))), noon.plus(WINDOW), "{into} s");
        }
        assert_eq!(end_of_window(noon.plus(WINDOW)), noon.plus(minutes(2)));
        let standing = |now| Standing { parts: Vec::new(), resets_at: end_of_window(now), now, is_over: true };
        assert_eq!(standing(noon).resets_in(), 60);
        assert_eq!(standing(noon.plus(Duration::from_micros(59_999_999))).resets_in(), 1);
    }
}
