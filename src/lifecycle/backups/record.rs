//! When this installation was last backed up, and when one of its backups was last rehearsed, noted in the directory.

use diesel::QueryResult;
use diesel::dsl::max;
use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::backups;
use crate::insert_if_new;
use crate::kernel::id::BackupId;
use crate::kernel::time::Timestamp;

/// `None`: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Last {
    pub made_at: Option<Timestamp>,
    pub rehearsed_at: Option<Timestamp>,
}

/// Of the directory's database.
pub fn last(db: &mut Db) -> QueryResult<Last> {
    let (made_at, rehearsed_at) =
        backups::table.select((max(backups::made_at), max(backups::rehearsed_at))).first(db)?;
    Ok(Last { made_at, rehearsed_at })
}

/// A backup is whole.
pub fn made(db: &mut Db, id: BackupId, at: Timestamp) -> QueryResult<()> {
    insert_if_new!(db, backups::table, (backups::id.eq(id), backups::made_at.eq(at))).map(|_| ())
}

/// A backup was brought back, for good or on scratch storage, and nothing was wrong.
pub fn rehearsed(db: &mut Db, id: BackupId, made_at: Timestamp, now: Timestamp) -> QueryResult<()> {
    made(db, id, made_at)?;
    diesel::update(backups::table.find(id)).set(backups::rehearsed_at.eq(now)).execute(db)?;
    Ok(())
}
