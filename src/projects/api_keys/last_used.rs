//! When, from where and by what program keys were last used: remembered in memory, written together once a minute.
//!
//! Rule: late by a minute and lost in a crash is fine; a write for every call of a device is not.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;

use super::verify::Verified;
use crate::db::schema::api_keys;
use crate::db::{Db, DbError};
use crate::kernel::id::ApiKeyId;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, minutes};
use crate::regions::Regions;
use diesel::QueryResult;

/// More keys than that in one minute are left for the next.
const MOST: usize = 100_000;

struct Use {
    at: Timestamp,
    address: String,
    agent: String,
}

#[derive(Clone, Default)]
pub struct KeyUses(Arc<Mutex<HashMap<(Region, ApiKeyId), Use>>>);

impl KeyUses {
    /// Notes a use, unless what is stored is less than a minute old.
    pub fn note(&self, region: Region, key: &Verified, now: Timestamp, address: Option<IpAddr>, agent: &str) {
        if key.last_used_at.is_some_and(|at| now.since(at) < minutes(1)) {
            return;
        }
        let mut noted = self.lock();
        if noted.len() < MOST || noted.contains_key(&(region, key.id)) {
            let address = address.map(|address| address.to_string()).unwrap_or_default();
            let agent = agent.chars().filter(|c| !c.is_control()).take(300).collect();
            noted.insert((region, key.id), Use { at: now, address, agent });
        }
    }

    /// Writes what was noted, a region at a time. What a failing region could not take is dropped: it comes again.
    pub fn write(&self, regions: &Regions) -> QueryResult<()> {
        let noted = std::mem::take(&mut *self.lock());
        let mut failure = None;
        for (region, store) in regions.served() {
            let of_region: Vec<_> = noted.iter().filter(|((at, _), _)| *at == region).collect();
            if of_region.is_empty() {
                continue;
            }
            let written = store.write_now(|db: &mut Db| {
                for ((_, key), one) in &of_region {
                    diesel::update(api_keys::table.find(key))
                        .set((
                            api_keys::last_used_at.eq(one.at),
                            api_keys::last_used_address.eq(&one.address),
                            api_keys::last_used_agent.eq(&one.agent),
                        ))
                        .execute(db)?;
                }
                Ok::<_, DbError>(())
            });
            failure = failure.or(written.err());
        }
        failure.map_or(Ok(()), Err)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(Region, ApiKeyId), Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
