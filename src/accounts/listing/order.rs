//! In which order the list runs, and where a page of it begins.

use std::cmp::Ordering;

use crate::kernel::cursor::Cursor;
use crate::text_enum;

use super::query::Sql;

text_enum! {
    /// Each has an index of its own, which the whole list is read from.
    pub enum Sort {
        /// Compute minutes of this month.
        Minutes = "minutes",
        LastSeen = "seen",
        Created = "created",
    }
}

impl Sort {
    /// The column of `listed_accounts`.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Minutes => "minutes_rank",
            Self::LastSeen => "last_seen_at",
            Self::Created => "created_at",
        }
    }
}

/// Which page. A cursor is the place of a row, never a number of rows, so that accounts that come or go meanwhile
/// neither repeat nor hide another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    pub sort: Sort,
    pub descending: bool,
    pub start: Start,
    /// How many rows a page has, 1 or more.
    pub size: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Beginning,
    /// The rows right behind this place.
    After(Cursor),
    /// The rows right before it, still shown in the list's own order.
    Before(Cursor),
}

/// The direction rows are read in: a page before a cursor is read backwards and turned round at the end.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub sort: Sort,
    pub descending: bool,
    pub from: Option<Cursor>,
    /// One more than the page shows, which tells whether another page follows.
    pub limit: usize,
}

impl PageRequest {
    pub(super) fn is_backward(&self) -> bool {
        matches!(self.start, Start::Before(_))
    }

    pub(super) fn reading(&self) -> Reading {
        let from = match &self.start {
            Start::Beginning => None,
            Start::After(cursor) | Start::Before(cursor) => Some(cursor.clone()),
        };
        Reading { sort: self.sort, descending: self.descending != self.is_backward(), from, limit: self.size + 1 }
    }
}

impl Reading {
    /// All of a list from its beginning.
    pub fn whole(sort: Sort) -> Self {
        Self { sort, descending: true, from: None, limit: 1 }
    }

    pub fn order_by(&self, column: &str) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        format!(" ORDER BY {column} {direction}, account_id {direction}")
    }

    /// The condition that a place is read behind the cursor.
    pub fn push_from(&self, sql: &mut Sql) {
        if let Some(place) = &self.from {
            self.push_compared(sql, if self.descending { "<" } else { ">" }, place);
        }
    }

    /// The condition that a place is read no later than this one.
    pub fn push_to(&self, sql: &mut Sql, place: &Cursor) {
        self.push_compared(sql, if self.descending { ">=" } else { "<=" }, place);
    }

    /// Both columns at once: most of a million accounts share the value 0 and are told apart by id alone.
    fn push_compared(&self, sql: &mut Sql, operator: &str, place: &Cursor) {
        sql.push(&format!(" AND ({}, account_id) {operator} (", self.sort.column()));
        sql.number(place.value);
        sql.push(", ");
        sql.text(&place.id);
        sql.push(")");
    }

    /// `Less` when `a` is read before `b`. Ids of all regions differ, so no two places are equal.
    pub fn compare(&self, a: &Cursor, b: &Cursor) -> Ordering {
        let ascending = (a.value, &a.id).cmp(&(b.value, &b.id));
        if self.descending { ascending.reverse() } else { ascending }
    }
}

/// Rows that were read in order, up to where reading stopped.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretch {
    pub found: Vec<Cursor>,
    /// Behind this place nothing was looked at. `None`: everything was.
    pub read_to: Option<Cursor>,
}

impl Stretch {
    /// As many rows as asked for end the reading at the last of them.
    pub fn limited(found: Vec<Cursor>, limit: usize, otherwise: Option<Cursor>) -> Self {
        let read_to = if found.len() >= limit { found.last().cloned() } else { otherwise };
        Self { found, read_to }
    }

    /// Neither full nor at the end of the list.
    pub fn is_short(&self, limit: usize) -> bool {
        self.found.len() < limit && self.read_to.is_some()
    }

    /// Several stretches of one list as one: only as far as all of them were read.
    pub fn merged(stretches: Vec<Self>, reading: &Reading) -> Self {
        let read_to =
            stretches.iter().filter_map(|stretch| stretch.read_to.clone()).min_by(|a, b| reading.compare(a, b));
        let mut found: Vec<Cursor> = stretches.into_iter().flat_map(|stretch| stretch.found).collect();
        if let Some(end) = &read_to {
            found.retain(|place| reading.compare(place, end).is_le());
        }
        found.sort_by(|a, b| reading.compare(a, b));
        found.truncate(reading.limit);
        Self::limited(found, reading.limit, read_to)
    }
}
