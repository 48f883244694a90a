//! What the list is narrowed to.

use super::words::whole_words;
use crate::kernel::id::AccountId;
use crate::kernel::time::Timestamp;
use crate::sessions::account::Status;

/// Everything asked for at once; the default asks for nothing and lists everybody. Regions are chosen by asking them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub search: Option<Search>,
    pub plan: Option<String>,
    pub has_mfa: Option<bool>,
    pub status: Option<Status>,
    pub created: Span,
    pub last_seen: Span,
    /// Total minutes of this month, as shown: rounded half up.
    pub minutes_more_than: Option<i64>,
}

impl Filter {
    /// The statuses to read; each is a stretch of every index.
    pub(super) fn statuses(&self) -> &[Status] {
        // The most common first: where it fills a page, the others are read no further.
        const ALL: &[Status] = &[Status::Active, Status::Unconfirmed, Status::Suspended, Status::Closing];
        self.status.as_ref().map_or(ALL, std::slice::from_ref)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Found by the whole email address, through the directory.
    Account(AccountId),
    /// Nobody has this address, or nothing was typed that could begin a word.
    Nobody,
    /// Each of these begins the username or a word of the name.
    Beginnings(Vec<String>),
}

impl Search {
    /// More words than this narrow nothing any more.
    const MOST: usize = 5;

    /// What was typed, unless it was nothing.
    pub fn beginnings(typed: &str) -> Option<Self> {
        if typed.trim().is_empty() {
            return None;
        }
        // A name has a hundred characters at most.
        let mut words = whole_words(&typed.chars().take(100).collect::<String>());
        // The longest is the rarest.
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        words.dedup();
        words.truncate(Self::MOST);
        Some(if words.is_empty() { Self::Nobody } else { Self::Beginnings(words) })
    }
}

/// From an instant on, until before another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_searches_for_nothing() {
        assert_eq!(Search::beginnings("  "), None);
        assert_eq!(Search::beginnings("%?"), Some(Search::Nobody));
        assert_eq!(
            Search::beginnings("Ada MARCH ada"),
            Some(Search::Beginnings(vec!["march".to_owned(), "ada".to_owned()]))
        );
    }
}
