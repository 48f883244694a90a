//! A backup reads the files after the databases that name them, so nothing is removed while it does.
//!
//! Rule: every removal shows an [`Unheld`], which is only had by asking the region's database, and asks before it looks
//! whether something still names the file: then either the removal comes before the backup's moment, or it sees the
//! hold. A hold whose backup died ends by itself.

use diesel::dsl::max;
use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::file_holds;
use crate::kernel::time::Timestamp;

/// Proof that no backup was under way when the database was asked.
pub struct Unheld(());

#[cfg(test)]
impl Unheld {
    pub(crate) fn for_test() -> Self {
        Self(())
    }
}

/// Whether files may be removed; else when to ask again.
pub fn unheld(db: &mut Db, now: Timestamp) -> QueryResult<Result<Unheld, Timestamp>> {
    let until: Option<Timestamp> =
        file_holds::table.filter(file_holds::ends_at.gt(now)).select(max(file_holds::ends_at)).first(db)?;
    Ok(until.map_or(Ok(Unheld(())), Err))
}

/// Holds the files of this region until then. What others left behind that died is tidied away.
pub fn begin(db: &mut Db, id: &str, now: Timestamp, ends_at: Timestamp) -> QueryResult<()> {
    diesel::delete(file_holds::table.filter(file_holds::ends_at.le(now))).execute(db)?;
    let row = (file_holds::id.eq(id), file_holds::ends_at.eq(ends_at));
    diesel::insert_into(file_holds::table).values(row).execute(db)?;
    Ok(())
}

/// False when the time was over already, so that something may have been removed.
pub fn renew(db: &mut Db, id: &str, now: Timestamp, ends_at: Timestamp) -> QueryResult<bool> {
    let live = file_holds::table.find(id).filter(file_holds::ends_at.gt(now));
    Ok(diesel::update(live).set(file_holds::ends_at.eq(ends_at)).execute(db)? == 1)
}

pub fn end(db: &mut Db, id: &str) -> QueryResult<()> {
    diesel::delete(file_holds::table.find(id)).execute(db)?;
    Ok(())
}

/// In a database that came out of a backup: the hold under which it was made stands in it.
pub fn end_all(db: &mut Db) -> QueryResult<()> {
    diesel::delete(file_holds::table).execute(db)?;
    Ok(())
}
