//! The list read along the index it is sorted by.
//!
//! Rule: of each status so many entries are looked at as `looks` add up to, however rare what is looked for.

use diesel::QueryResult;

use crate::db::Db;
use crate::kernel::cursor::Cursor;
use crate::sessions::account::Status;

use super::order::Stretch;
use super::page::Question;
use super::query;

/// Reads on from the cursor. An index begins with the status, so the list is as many stretches as statuses, merged.
pub(super) fn along(db: &mut Db, question: &Question<'_>, looks: &[i64]) -> QueryResult<Stretch> {
    let mut merged = Stretch::default();
    for status in question.filter.statuses() {
        // Where one stretch had to stop, all do: what lies behind is for another page.
        let stretch = along_status(db, question, *status, looks, merged.read_to.as_ref())?;
        merged = Stretch::merged(vec![merged, stretch], question.reading);
    }
    Ok(merged)
}

fn along_status(
    db: &mut Db,
    question: &Question<'_>,
    status: Status,
    looks: &[i64],
    end: Option<&Cursor>,
) -> QueryResult<Stretch> {
    let limit = question.reading.limit;
    let bounds = question.bounds(question.reading.sort);
    let mut here = question.reading.clone();
    let mut found: Vec<Cursor> = Vec::new();
    for most in looks {
        let source = query::along_to(end, status, &here, bounds, *most);
        let wanted = limit - found.len();
        found.extend(query::places(db, source, |sql| question.push_conditions(sql), &here, wanted)?);
        if found.len() >= limit {
            break;
        }
        here.from = query::last_place(db, end, status, &here, bounds, *most)?;
        if here.from.is_none() {
            break;
        }
    }
    Ok(Stretch::limited(found, limit, here.from))
}
