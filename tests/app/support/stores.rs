//! Domain functions on both databases, without a server: a store, a clock moved by hand, chance that repeats itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use keystead::crypto::act::Act;
use keystead::crypto::chance::Chance;
use keystead::crypto::keyring::Keyring;
use keystead::db::migrate::{Kind, migrate};
use keystead::db::url::DatabaseUrl;
use keystead::db::{Db, DbError, Store};
use keystead::jobs::{Registry, Worker};
use keystead::kernel::clock::Clock;
use keystead::kernel::id::{AccountId, Id};
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::Timestamp;
use tempfile::TempDir;

use super::postgres;

/// 21 November 2026, 05:31.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_239_060);

/// A region's database with the circumstances of a test: a clock to be moved by hand and chance that repeats itself.
pub struct Given {
    pub store: Store,
    pub clock: Clock,
    pub chance: Chance,
    pub keyring: Arc<Keyring>,
}

/// Runs a test on a region's database of its own: in SQLite, and in PostgreSQL where there is one.
pub fn on_each_database(test: impl Fn(&Given)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("eu.sqlite");
    std::fs::copy(template(), &file).unwrap();
    test(&Given::on(DatabaseUrl::Sqlite(file)));
    if let Some(cluster) = postgres::cluster() {
        let scratch =
            cluster.database("region", |url| drop(migrate(&url.parse().unwrap(), Kind::Region, NOW).unwrap()));
        test(&Given::on(scratch.url.parse().unwrap()));
    }
}

/// Migrated once a run, then copied.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let file = TEMPLATE.get_or_init(|| tempfile::tempdir().unwrap()).path().join("region.sqlite");
        migrate(&DatabaseUrl::Sqlite(file.clone()), Kind::Region, NOW).unwrap();
        file
    })
}

impl Given {
    fn on(url: DatabaseUrl) -> Self {
        Self {
            store: Store::new(url, 20),
            clock: Clock::manual(NOW),
            chance: Chance::seeded(1),
            keyring: Arc::new(Keyring::fixed(1)),
        }
    }

    /// The same circumstances once more, on the same database.
    pub fn again(&self) -> Self {
        Self {
            store: self.store.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            keyring: Arc::clone(&self.keyring),
        }
    }

    pub fn act(&self) -> Act {
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0";
        Act {
            now: self.clock.now(),
            chance: self.chance.clone(),
            keyring: Arc::clone(&self.keyring),
            origin: Origin {
                address: Some("203.0.113.7".parse().unwrap()),
                agent: agent.to_owned(),
                request_id: "r-1".to_owned(),
            },
        }
    }

    pub fn worker(&self, registry: Registry) -> Worker {
        let stores = vec![(Region::Eu, self.store.clone())];
        Worker::new(stores, registry, self.clock.clone(), self.chance.clone(), Arc::clone(&self.keyring))
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut Db) -> Result<T, DbError>) -> T {
        self.store.read_now(work).unwrap()
    }

    pub fn write<T>(&self, work: impl Fn(&mut Db) -> Result<T, DbError>) -> T {
        self.store.write_now(work).unwrap()
    }
}

pub fn account(n: u8) -> AccountId {
    AccountId::from_parts(NOW, [n; 10])
}
