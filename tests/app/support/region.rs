//! One region's database and nothing around it, for tests of domain functions.

use diesel::prelude::*;
use keystead::crypto::act::Act;
use keystead::crypto::chance::Chance;
use keystead::crypto::keyring::Keyring;
use keystead::db::migrate::{Kind, migrate};
use keystead::db::schema::{accounts, workspaces};
use keystead::db::{Db, DbError, Store};
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::time::Timestamp;

/// 21 November 2026, 12:00.
pub const NOON: Timestamp = Timestamp::from_seconds(1_795_262_400);

/// Runs a test on SQLite and, where there is one, on PostgreSQL.
pub fn on_each_region(test: impl Fn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("eu.sqlite").to_str().unwrap().parse().unwrap();
    migrate(&url, Kind::Region, NOON).unwrap();
    test(&Store::new(url, 60));
    let Some(cluster) = super::postgres::cluster() else { return };
    let database = cluster.database("region", |url| {
        migrate(&url.parse().unwrap(), Kind::Region, NOON).unwrap();
    });
    test(&Store::new(database.url.parse().unwrap(), 60));
}

pub fn act_at(now: Timestamp) -> Act {
    Act { now, chance: Chance::system(), keyring: Keyring::fixed(1).into(), origin: Origin::default() }
}

/// A confirmed account with its personal workspace.
pub fn account(store: &Store, act: &Act, username: &str) -> AccountId {
    let id: AccountId = act.id();
    let insert = |db: &mut Db| {
        diesel::insert_into(accounts::table)
            .values((
                (
                    accounts::id.eq(id),
                    accounts::username.eq(username),
                    accounts::email.eq(format!("{username}@example.com")),
                    accounts::email_digest.eq(format!("digest of {username}")),
                    accounts::name.eq("Ada Marchetti"),
                    accounts::job_title.eq(""),
                    accounts::company.eq(""),
                    accounts::bio.eq(""),
                    accounts::use_case.eq(""),
                    accounts::social.eq("{}"),
                ),
                (
                    accounts::time_zone.eq("UTC"),
                    accounts::theme.eq("system"),
                    accounts::revision.eq(1_i64),
                    accounts::status.eq("active"),
                    accounts::has_mfa.eq(false),
                    accounts::is_administrator.eq(false),
                    accounts::created_at.eq(act.now),
                    accounts::confirmed_at.eq(act.now),
                    accounts::last_seen_at.eq(act.now),
                ),
            ))
            .execute(db)?;
        diesel::insert_into(workspaces::table)
            .values((
                workspaces::id.eq(id),
                workspaces::name.eq(username),
                workspaces::kind.eq("personal"),
                workspaces::plan.eq("free"),
                workspaces::minutes_rank.eq(0_i64),
                workspaces::created_at.eq(act.now),
            ))
            .execute(db)?;
        Ok::<(), DbError>(())
    };
    store.write_now(insert).unwrap();
    id
}

/// What `work` gives in fifty threads at once.
pub fn fifty_at_once<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(50);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    work()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
