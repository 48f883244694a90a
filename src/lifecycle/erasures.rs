//! Who is gone for good, noted where no backup reaches: ids and dates, so that what a restored backup brings back can be
//! erased again.
//!
//! Rule: an erasure is noted in its transaction, and written into the log after it. Each backup completes the log from
//! the notes, so that an erasure whose process died in between is not missed. A line more than once is no harm.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::schema::erasures;
use crate::db::{Db, DbError, Store, change_in_parts};
use crate::insert_if_new;
use crate::jobs::Failure;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::text_enum;
use diesel::QueryResult;

text_enum! {
    pub enum Erased {
        Account = "account",
        Organization = "organization",
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    pub region: Region,
    pub kind: Erased,
    pub id: String,
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Line {
    region: Region,
    kind: Erased,
    id: String,
    erased_at: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
    #[error("the log of erasures failed: {0}")]
    File(#[from] io::Error),
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Database(error) => error.into(),
            LogError::File(error) => Self::Retry(format!("The log of erasures cannot be written: {error}")),
        }
    }
}

/// In the transaction that erases.
pub fn note(db: &mut Db, id: &str, kind: Erased, at: Timestamp) -> QueryResult<()> {
    let row = (erasures::id.eq(id), erasures::kind.eq(kind), erasures::erased_at.eq(at));
    insert_if_new!(db, erasures::table, row).map(|_| ())
}

pub fn is_noted(db: &mut Db, id: &str) -> QueryResult<bool> {
    Ok(erasures::table.find(id).count().get_result::<i64>(db)? > 0)
}

/// Writes what was noted and not written yet.
pub fn write_out(store: &Store, region: Region, log: &Path, now: Timestamp) -> Result<(), LogError> {
    let noted = store.read_now(|db| noted(db, region, true))?;
    if noted.is_empty() {
        return Ok(());
    }
    append(log, &noted)?;
    let ids: Vec<&String> = noted.iter().map(|one| &one.id).collect();
    store.write_now(|db| {
        change_in_parts(&ids, |part| {
            let written = erasures::table.filter(erasures::id.eq_any(part.iter().copied()));
            diesel::update(written).set(erasures::logged_at.eq(now)).execute(db)
        })
    })?;
    Ok(())
}

/// All that was ever noted in a region, or what is not in the log yet.
pub fn noted(db: &mut Db, region: Region, is_unwritten: bool) -> QueryResult<Vec<Erasure>> {
    let mut query = erasures::table.order((erasures::erased_at, erasures::id)).into_boxed();
    if is_unwritten {
        query = query.filter(erasures::logged_at.is_null());
    }
    let rows: Vec<(String, Erased, Timestamp)> =
        query.select((erasures::id, erasures::kind, erasures::erased_at)).load(db)?;
    Ok(rows.into_iter().map(|(id, kind, at)| Erasure { region, kind, id, at }).collect())
}

/// Writes those of `all` that the log does not have.
pub fn complete(log: &Path, all: &[Erasure]) -> io::Result<()> {
    let (known, _) = read(log)?;
    let known: BTreeSet<String> = known.into_iter().map(|one| one.id).collect();
    let missing: Vec<Erasure> = all.iter().filter(|one| !known.contains(&one.id)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { append(log, &missing) }
}

/// Makes an empty log where there is none.
pub fn make(log: &Path) -> io::Result<()> {
    File::options().create(true).append(true).open(log)?.sync_all()
}

/// What the log says, and how many lines of it cannot be read, as a process may die while it writes one. No log says
/// nothing.
pub fn read(log: &Path) -> io::Result<(Vec<Erasure>, usize)> {
    let bytes = match fs::read(log) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(error),
    };
    let (mut all, mut unreadable) = (Vec::new(), 0);
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let parsed = serde_json::from_slice::<Line>(line).ok();
        match parsed.and_then(|line| Some((Timestamp::parse_rfc3339(&line.erased_at)?, line))) {
            Some((at, Line { region, kind, id, .. })) => all.push(Erasure { region, kind, id, at }),
            None => unreadable += 1,
        }
    }
    Ok((all, unreadable))
}

/// All lines or, where the disk is full, none that count: what was cut off is ended before the next line.
fn append(log: &Path, all: &[Erasure]) -> io::Result<()> {
    if let Some(folder) = log.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().create(true).read(true).append(true).open(log)?;
    file.lock()?;
    let mut text = String::new();
    if file.seek(io::SeekFrom::End(0))? > 0 {
        file.seek(io::SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    for Erasure { region, kind, id, at } in all {
        let line = Line { region: *region, kind: *kind, id: id.clone(), erased_at: at.to_string() };
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure(n: i64) -> Erasure {
        let at = Timestamp::from_seconds(1_795_239_060 + n);
        Erasure { region: Region::Eu, kind: Erased::Account, id: format!("id-{n}"), at }
    }

    #[test]
    fn a_line_that_was_cut_off_costs_no_other_and_nothing_is_written_twice() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("below/erasures.log");
        assert_eq!(read(&log).unwrap(), (Vec::new(), 0));
        complete(&log, &[erasure(1)]).unwrap();
        let cut_off = fs::read(&log).unwrap();
        let mut file = File::options().append(true).open(&log).unwrap();
        file.write_all(&cut_off[..20]).unwrap();
        complete(&log, &[erasure(1), erasure(2)]).unwrap();
        complete(&log, &[erasure(1), erasure(2)]).unwrap();
        assert_eq!(read(&log).unwrap(), (vec![erasure(1), erasure(2)], 1));
        let text = fs::read_to_string(&log).unwrap();
        assert_eq!(
            text.lines().next(),
            Some(r#"{"region":"eu","kind":"account","id":"id-1","erased_at":"2026-11-21T05:31:01Z"}"#)
        );
    }
}
