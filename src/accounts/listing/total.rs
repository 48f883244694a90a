//! How many accounts there are in the list, as far as anybody wants to know.

use std::ops::Add;

use diesel::QueryResult;

use crate::db::Db;
use crate::sessions::account::Status;

use super::filter::{Filter, Search};
use super::order::{Reading, Sort};
use super::page::Question;
use super::query;
use super::small::Candidate;

/// Counting stops here.
const MOST: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    Exactly(usize),
    /// `1,000+`; fewer where several rare conditions at once were not counted to the end.
    AtLeast(usize),
}

impl Total {
    pub(super) fn exactly(count: usize) -> Self {
        if count > MOST { Self::AtLeast(MOST) } else { Self::Exactly(count) }
    }
}

impl Add for Total {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::exactly(a.saturating_add(b)),
            (Self::Exactly(a) | Self::AtLeast(a), Self::Exactly(b) | Self::AtLeast(b)) => {
                Self::AtLeast(a.saturating_add(b).min(MOST))
            }
        }
    }
}

/// Counts up to a thousand: through the index of a single condition, or along the index the list is sorted by.
pub(super) fn count(db: &mut Db, question: &Question<'_>) -> QueryResult<Total> {
    if let Some(condition) = only_condition(question.filter) {
        let mut ids = condition.ids(db, MOST + 1)?;
        let is_all = ids.len() <= MOST;
        // Two words of one account may begin alike.
        ids.sort_unstable();
        ids.dedup();
        return Ok(if is_all { Total::Exactly(ids.len()) } else { Total::AtLeast(ids.len().min(MOST)) });
    }
    // A range alone, of whatever column, is counted where it is one stretch.
    let sort = only_range(question.filter).unwrap_or(question.reading.sort);
    let mut total = Total::Exactly(0);
    for status in question.filter.statuses() {
        total = total + count_status(db, question, *status, sort)?;
        if total == Total::AtLeast(MOST) {
            break;
        }
    }
    Ok(total)
}

fn count_status(db: &mut Db, question: &Question<'_>, status: Status, sort: Sort) -> QueryResult<Total> {
    let (reading, bounds, most) = (Reading::whole(sort), question.bounds(sort), question.effort.count);
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let source = query::along(status, &reading, bounds, most);
    let counted = query::count(db, source, |sql| question.push_conditions(sql), limit)?;
    let is_all = counted > MOST || query::last_place(db, None, status, &reading, bounds, most + 1)?.is_none();
    Ok(if is_all { Total::exactly(counted) } else { Total::AtLeast(counted) })
}

/// The filter's one condition, when it is one with an index of ids and nothing else is asked.
fn only_condition(filter: &Filter) -> Option<Candidate<'_>> {
    let asks_only = |rest: Filter| *filter == rest;
    let nothing = Filter::default;
    let condition = match filter {
        Filter { search: Some(Search::Beginnings(words)), .. } => match words.as_slice() {
            [word] if asks_only(Filter { search: filter.search.clone(), ..nothing() }) => Candidate::Word(word),
            _ => return None,
        },
        Filter { plan: Some(plan), .. } if asks_only(Filter { plan: Some(plan.clone()), ..nothing() }) => {
            Candidate::Plan(plan)
        }
        Filter { has_mfa: Some(has_mfa), .. } if asks_only(Filter { has_mfa: Some(*has_mfa), ..nothing() }) => {
            Candidate::Mfa(*has_mfa)
        }
        _ => return None,
    };
    Some(condition)
}

/// The column whose range is the filter's one condition beside the status.
fn only_range(filter: &Filter) -> Option<Sort> {
    let with = |sort: Sort| {
        let mut rest = Filter { status: filter.status, ..Filter::default() };
        match sort {
            Sort::Created => rest.created = filter.created,
            Sort::LastSeen => rest.last_seen = filter.last_seen,
            Sort::Minutes => rest.minutes_more_than = filter.minutes_more_than,
        }
        rest
    };
    Sort::ALL.iter().copied().find(|sort| *filter == with(*sort))
}
