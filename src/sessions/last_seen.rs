//! When sessions and accounts were last used: remembered in memory, written together once a minute.
//!
//! Rule: late by a minute and lost in a crash is fine; a write for every page is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{accounts, sessions};
use crate::kernel::id::{AccountId, SessionId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, minutes};
use crate::regions::Regions;
use diesel::QueryResult;

type Noted = HashMap<(Region, SessionId), (AccountId, Timestamp)>;

#[derive(Clone, Debug, Default)]
pub struct LastSeen(Arc<Mutex<Noted>>);

impl LastSeen {
    /// Notes a use, unless what is stored is less than a minute old.
    pub fn note(&self, region: Region, session: SessionId, account: AccountId, stored: Timestamp, now: Timestamp) {
        if now.since(stored) >= minutes(1) {
            self.lock().insert((region, session), (account, now));
        }
    }

    /// Writes what was noted, a region at a time. What a failing region could not take is dropped: it comes again.
    pub fn write(&self, regions: &Regions) -> QueryResult<()> {
        let noted = std::mem::take(&mut *self.lock());
        let mut failure = None;
        for (region, store) in regions.served() {
            let of_region: Vec<_> =
                noted.iter().filter(|((at, _), _)| *at == region).map(|((_, id), seen)| (*id, *seen)).collect();
            if of_region.is_empty() {
                continue;
            }
            let written = store.write_now(|db: &mut Db| {
                for (session, (account, at)) in &of_region {
                    diesel::update(sessions::table.find(session)).set(sessions::last_seen_at.eq(at)).execute(db)?;
                    diesel::update(accounts::table.find(account)).set(accounts::last_seen_at.eq(at)).execute(db)?;
                }
                Ok::<_, diesel::result::Error>(())
            });
            failure = failure.or(written.err());
        }
        failure.map_or(Ok(()), Err)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
