//! One region's share of a page.

use std::collections::HashMap;

use diesel::QueryResult;

use crate::db::Db;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;

use super::effort::Effort;
use super::filter::{Filter, Search};
use super::order::{PageRequest, Reading, Sort, Stretch};
use super::query::{Bounds, Sql};
use super::row::{self, Row};
use super::total::{self, Total};
use super::{small, walk};

/// What is asked of one region.
pub(super) struct Question<'a> {
    pub filter: &'a Filter,
    pub reading: &'a Reading,
    pub month: Month,
    pub effort: &'a Effort,
}

impl Question<'_> {
    pub fn push_conditions(&self, sql: &mut Sql) {
        self.filter.push_conditions(sql, self.month);
    }

    pub fn bounds(&self, sort: Sort) -> Bounds {
        self.filter.bounds(sort, self.month)
    }
}

/// What [`merge`](super::merge()) makes a page of.
#[derive(Debug)]
pub struct RegionPage {
    pub(super) stretch: Stretch,
    pub(super) rows: HashMap<String, Row>,
    pub(super) total: Total,
    /// So many entries of each status were looked at before the page was full, and no more.
    pub(super) looked_through: Option<i64>,
}

/// The rows of this region that can stand on the page asked for, with this month's minutes as of `now`.
pub fn page_of_region(db: &mut Db, now: Timestamp, filter: &Filter, request: &PageRequest) -> QueryResult<RegionPage> {
    page_with(db, now, filter, request, &Effort::default())
}

/// [`page_of_region`] with a say in how much may be looked at.
pub fn page_with(
    db: &mut Db,
    now: Timestamp,
    filter: &Filter,
    request: &PageRequest,
    effort: &Effort,
) -> QueryResult<RegionPage> {
    let reading = request.reading();
    let question = Question { filter, reading: &reading, month: Month::of(now), effort };
    let (stretch, total) = answer(db, &question)?;
    let rows = row::of_places(db, &stretch.found, question.month)?;
    let looked_through = stretch.is_short(reading.limit).then(|| effort.looks.iter().sum());
    Ok(RegionPage { stretch, rows, total, looked_through })
}

fn answer(db: &mut Db, question: &Question<'_>) -> QueryResult<(Stretch, Total)> {
    let is_one_at_most = matches!(question.filter.search, Some(Search::Account(_) | Search::Nobody));
    if !is_one_at_most {
        let stretch = walk::along(db, question, &[question.effort.first_look])?;
        if !stretch.is_short(question.reading.limit) {
            return Ok((stretch, total::count(db, question)?));
        }
    }
    if let Some(answer) = small::answer(db, question)? {
        return Ok(answer);
    }
    let stretch = walk::along(db, question, &question.effort.looks)?;
    Ok((stretch, total::count(db, question)?))
}
