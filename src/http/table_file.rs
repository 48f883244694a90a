//! A list as a file for spreadsheets, written while it is read.
//!
//! Rule: no more than one part of it is held. What somebody typed goes through [`typed`], so that no spreadsheet takes it
//! for a formula.

use std::future::Future;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::{Stream, stream};

use super::error::PageError;
use crate::kernel::csv_cell::neutral;
use crate::kernel::time::Timestamp;

/// That are read at a time.
pub const ROWS: usize = 500;
/// The same number, as databases count.
#[expect(clippy::cast_possible_wrap, reason = "far below")]
pub const MOST: i64 = ROWS as i64;

/// A cell for each word of the head.
pub type Cells = Vec<String>;

/// A cell with what somebody typed, or sent.
pub fn typed(text: &str) -> String {
    neutral(text).into_owned()
}

/// A moment that may never have come.
pub fn moment(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

pub fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// One part, RFC 4180; the head stands above the first.
pub fn part<Row>(head: Option<&[&str]>, rows: impl IntoIterator<Item = Row>) -> Result<Bytes, PageError>
where
    Row: IntoIterator<Item = String>,
{
    let failed = |error: csv::Error| PageError::Internal(format!("writing a table failed: {error}"));
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(head) = head {
        table.write_record(head).map_err(failed)?;
    }
    for row in rows {
        table.write_record(row).map_err(failed)?;
    }
    let bytes = table.into_inner().map_err(|error| PageError::Internal(format!("writing a table failed: {error}")))?;
    Ok(bytes.into())
}

/// These parts as the file `name-2026-11-21.csv`. The name is of words as addresses have them.
pub fn download(
    name: &str,
    now: Timestamp,
    parts: impl Stream<Item = Result<Bytes, PageError>> + 'static,
) -> HttpResponse {
    named(&format!("{name}-{}.csv", &now.to_string()[..10])).streaming(parts)
}

/// The answer to which a file of this name is written.
pub fn named(name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    answer
}

/// A whole list, however long. `read` is told where a part begins, and gives its rows and where the next one does.
pub fn list<At, Read, Part>(name: &str, now: Timestamp, head: &'static [&'static str], read: Read) -> HttpResponse
where
    At: 'static,
    Read: Fn(Option<At>) -> Part + 'static,
    Part: Future<Output = Result<(Vec<Cells>, Option<At>), PageError>> + 'static,
{
    let parts = stream::try_unfold((read, Some(None)), move |(read, at)| async move {
        let Some(at) = at else { return Ok(None) };
        let head = if at.is_none() { Some(head) } else { None };
        let (rows, next) = read(at).await?;
        Ok::<_, PageError>(Some((part(head, rows)?, (read, next.map(Some)))))
    });
    download(name, now, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_stands_on_the_first_part_and_no_cell_is_a_formula() {
        let row = || vec![typed("=1+1"), typed("a, \"b\"")];
        let first = part(Some(&["name", "label"]), [row()]).ok().unwrap();
        assert_eq!(first, "name,label\r\n'=1+1,\"a, \"\"b\"\"\"\r\n".as_bytes());
        let second = part(None, [row()]).ok().unwrap();
        assert_eq!(second, "'=1+1,\"a, \"\"b\"\"\"\r\n".as_bytes());
    }
}
