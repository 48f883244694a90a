//! A filter that few accounts pass is answered from those accounts alone, whatever the list is sorted by.
//!
//! Rule: a set is proved to be small before it is read, through the index of the filter itself.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{account_words, accounts, workspaces};
use crate::kernel::beginning;
use crate::kernel::cursor::Cursor;

use super::filter::Search;
use super::order::{Reading, Sort, Stretch};
use super::page::Question;
use super::query::{self, Bounds};
use super::total::Total;

/// Values bound in one query.
const CHUNK: usize = 500;

/// The page and its total from a small set; `None` when no part of the filter is passed by few.
pub(super) fn answer(db: &mut Db, question: &Question<'_>) -> QueryResult<Option<(Stretch, Total)>> {
    if let Some(ids) = few_ids(db, question)? {
        return among(db, question, &ids).map(Some);
    }
    for sort in Sort::ALL.iter().copied().filter(|sort| *sort != question.reading.sort) {
        if question.bounds(sort) != Bounds::default() && is_narrow(db, question, sort)? {
            return in_range(db, question, sort).map(Some);
        }
    }
    Ok(None)
}

/// Those who pass one of the conditions that have an index of ids, if they are few.
fn few_ids(db: &mut Db, question: &Question<'_>) -> QueryResult<Option<Vec<String>>> {
    let filter = question.filter;
    let mut candidates: Vec<Candidate> = Vec::new();
    match &filter.search {
        Some(Search::Nobody) => return Ok(Some(Vec::new())),
        Some(Search::Account(id)) => return Ok(Some(vec![id.to_string()])),
        Some(Search::Beginnings(words)) => candidates.extend(words.iter().map(|word| Candidate::Word(word))),
        None => {}
    }
    candidates.extend(filter.plan.as_deref().map(Candidate::Plan));
    candidates.extend(filter.has_mfa.map(Candidate::Mfa));
    for candidate in candidates {
        let ids = candidate.ids(db, question.effort.set + 1)?;
        if ids.len() <= question.effort.set {
            return Ok(Some(ids));
        }
    }
    Ok(None)
}

/// A condition with an index of its own.
pub(super) enum Candidate<'a> {
    Word(&'a str),
    Plan(&'a str),
    Mfa(bool),
}

impl Candidate<'_> {
    /// The accounts that pass, `most` at most. Ordered as the index is, so that nothing but that index is read.
    pub(super) fn ids(&self, db: &mut Db, most: usize) -> QueryResult<Vec<String>> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        match self {
            Self::Word(word) => account_words::table
                .filter(account_words::word.ge(*word))
                .filter(account_words::word.lt(beginning::end_of(word)))
                .order((account_words::word, account_words::account_id))
                .select(account_words::account_id)
                .limit(limit)
                .load(db),
            Self::Plan(plan) => workspaces::table
                .filter(workspaces::kind.eq("personal"))
                .filter(workspaces::plan.eq(*plan))
                .order(workspaces::id)
                .select(workspaces::id)
                .limit(limit)
                .load(db),
            Self::Mfa(has_mfa) => accounts::table
                .filter(accounts::has_mfa.eq(*has_mfa))
                .order(accounts::id)
                .select(accounts::id)
                .limit(limit)
                .load(db),
        }
    }
}

/// The whole answer from these accounts, sorted here.
fn among(db: &mut Db, question: &Question<'_>, ids: &[String]) -> QueryResult<(Stretch, Total)> {
    let reading = question.reading;
    let mut found: Vec<Cursor> = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let source = query::of_ids(chunk);
        found.extend(query::places(db, source, |sql| question.push_conditions(sql), reading, CHUNK)?);
    }
    found.sort_by(|a, b| reading.compare(a, b));
    // Two words of one account may begin alike.
    found.dedup();
    let total = Total::exactly(found.len());
    if let Some(from) = &reading.from {
        found.retain(|place| reading.compare(place, from).is_gt());
    }
    found.truncate(reading.limit);
    Ok((Stretch::limited(found, reading.limit, None), total))
}

fn is_narrow(db: &mut Db, question: &Question<'_>, sort: Sort) -> QueryResult<bool> {
    let most = question.effort.range;
    for status in question.filter.statuses() {
        if query::last_place(db, None, *status, &Reading::whole(sort), question.bounds(sort), most + 1)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The whole answer from one range of another index, sorted by the database.
fn in_range(db: &mut Db, question: &Question<'_>, sort: Sort) -> QueryResult<(Stretch, Total)> {
    let reading = question.reading;
    let most = question.effort.range;
    let mut stretches = Vec::new();
    let mut total = 0;
    for status in question.filter.statuses() {
        let source = || query::along(*status, &Reading::whole(sort), question.bounds(sort), most);
        total += query::count(db, source(), |sql| question.push_conditions(sql), most)?;
        let conditions = |sql: &mut query::Sql| {
            question.push_conditions(sql);
            reading.push_from(sql);
        };
        let found = query::places(db, source(), conditions, reading, reading.limit)?;
        stretches.push(Stretch::limited(found, reading.limit, None));
    }
    Ok((Stretch::merged(stretches, reading), Total::exactly(total)))
}
