//! Walks one table of both databases side by side, in the order of its key.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::catalogue::Table;
use super::rows::{self, PAGE, Row};
use super::{CopyError, Db, SOURCE, Sum, TARGET};

/// How one table was found and left.
pub(super) struct Walked {
    pub rows: usize,
    pub new: usize,
    /// Of the source's rows.
    pub sum: String,
}

/// The rows of one side, read page by page.
struct Side {
    end: &'static str,
    ready: VecDeque<Row>,
    last: Option<Vec<serde_json::Value>>,
    is_over: bool,
}

impl Side {
    fn new(end: &'static str) -> Self {
        Self { end, ready: VecDeque::new(), last: None, is_over: false }
    }

    /// Makes sure that the next row, if there is one, is at hand.
    fn fill(&mut self, db: &mut Db, table: &Table) -> Result<(), CopyError> {
        if self.ready.is_empty() && !self.is_over {
            let page = rows::page(db, self.end, table, self.last.as_deref())?;
            self.is_over = page.len() < PAGE;
            if let Some(last) = page.last() {
                self.last = Some(last.key.clone());
            }
            self.ready = page.into();
        }
        Ok(())
    }
}

/// Compares the table on both sides and refuses what differs. With a sum it also writes what is missing.
pub(super) fn walk(
    source: &mut Db,
    target: &mut Db,
    table: &Table,
    mut sum: Option<Box<dyn Sum>>,
    progress: &mut dyn FnMut(usize),
) -> Result<Walked, CopyError> {
    let (mut here, mut there) = (Side::new(SOURCE), Side::new(TARGET));
    let (mut rows, mut new, mut missing) = (0, 0, Vec::new());
    let other = |row: &Row, why| CopyError::Other { table: table.name.clone(), row: row.name(), why };
    loop {
        here.fill(source, table)?;
        there.fill(target, table)?;
        let place = match (here.ready.front(), there.ready.front()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(two)) => rows::order(&one.key, &two.key),
        };
        let theirs = if place == Ordering::Less { None } else { there.ready.pop_front() };
        if let (Ordering::Greater, Some(theirs)) = (place, &theirs) {
            return Err(other(theirs, "is not in the source"));
        }
        let Some(row) = here.ready.pop_front() else { break };
        rows += 1;
        if let Some(sum) = &mut sum {
            sum.take(row.line.as_bytes());
            sum.take(b"\n");
        }
        match theirs {
            Some(theirs) if theirs.line == row.line => {}
            Some(theirs) if !table.is_kept_by_triggers() => return Err(other(&theirs, "differs")),
            Some(_) => missing.push(row),
            None => {
                new += 1;
                missing.push(row);
            }
        }
        if sum.is_some() && missing.len() >= PAGE {
            put(target, table, &mut missing)?;
        }
        if rows % PAGE == 0 {
            progress(rows);
        }
    }
    let sum = match sum {
        Some(sum) => {
            put(target, table, &mut missing)?;
            sum.finish()
        }
        None => String::new(),
    };
    Ok(Walked { rows, new, sum })
}

fn put(target: &mut Db, table: &Table, missing: &mut Vec<Row>) -> Result<(), CopyError> {
    if missing.is_empty() {
        return Ok(());
    }
    if !target.is_sqlite() {
        rows::refuse_zero_bytes(table, missing)?;
    }
    rows::put(target, table, missing).map_err(CopyError::of(TARGET))?;
    missing.clear();
    Ok(())
}

/// How many rows a table holds now, and their sum.
pub(super) fn summed(db: &mut Db, table: &Table, mut sum: Box<dyn Sum>) -> Result<(usize, String), CopyError> {
    let (mut side, mut rows) = (Side::new(TARGET), 0);
    loop {
        side.fill(db, table)?;
        let Some(row) = side.ready.pop_front() else { return Ok((rows, sum.finish())) };
        rows += 1;
        sum.take(row.line.as_bytes());
        sum.take(b"\n");
    }
}
