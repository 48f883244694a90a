//! A new master key over 100,000 sealed values: `cargo bench --bench rotation`.
//!
//! Against the same ciphers with one statement a row and nothing else, and what it does to the pages meanwhile.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[path = "support/load.rs"]
mod load;
#[path = "support/server.rs"]
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use diesel::prelude::*;
use keystead::crypto::act::Act;
use keystead::crypto::chance::Chance;
use keystead::crypto::keyring::{Keyring, MasterKeys};
use keystead::db::schema::mails;
use keystead::db::{Db, DbError, Store};
use keystead::kernel::id::MailId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::lifecycle::sealed;
use keystead::mail;
use load::{Connection, Door, drive};

const RECORDS: usize = 100_000;
/// Of the yardstick, whose every row is a commit of its own.
const SINGLE: usize = 5_000;
const LENGTH: Duration = Duration::from_secs(5);
/// What lies between two pages of one visitor.
const PAUSE: Duration = Duration::from_millis(20);
const VISITORS: usize = 4;

fn main() {
    let server = server::start(|_| ());
    let store = server.site.regions.store(Region::Eu).unwrap();
    let inside = Door::before(server.address, server::USERNAME, server::PASSWORD).enter(server.address);
    let chance = Chance::system();
    let keys: Vec<String> = ["aa", "bb", "cc"].iter().map(|byte| byte.repeat(32)).collect();
    let act = |keys: &[&str]| Act {
        keyring: Arc::new(Keyring::new(MasterKeys::parse(&keys.join("\n")).unwrap())),
        ..server.site.act(Origin::program("a bench"))
    };
    fill(store, &act(&[&keys[0]]), RECORDS);

    let begun = Instant::now();
    let (done, _) = sealed::rewrap(store, sealed::OF_REGION, &act(&[&keys[1], &keys[0]]), |_| ()).unwrap();
    assert_eq!(done, RECORDS);
    let rotated = rate(RECORDS, begun.elapsed());
    let (single, together) = (raw(store, &chance, SINGLE, false), raw(store, &chance, RECORDS, true));
    println!("{rotated:.0} records a second; {single:.0} raw with a statement each, {together:.0} in one transaction");
    println!("rotation ÷ raw AES-GCM and single statements = {:.2} (aim: at least 0.5)", rotated / single);
    println!("rotation ÷ the same in one transaction = {:.2}", rotated / together);

    let page = |connection: &mut Connection, _: usize| {
        std::thread::sleep(PAUSE);
        connection.get("/settings/password", &inside)
    };
    let quiet = drive(server.address, VISITORS, LENGTH, page);
    let is_over = AtomicBool::new(false);
    let busy = std::thread::scope(|scope| {
        let rotating = scope.spawn(|| {
            let mut at = 1;
            while !is_over.load(Ordering::Relaxed) {
                let (new, old) = (&keys[(at + 1) % 3], &keys[at % 3]);
                sealed::rewrap(store, sealed::OF_REGION, &act(&[new, old]), |_| ()).unwrap();
                at += 1;
            }
        });
        let pages = drive(server.address, VISITORS, LENGTH, page);
        is_over.store(true, Ordering::Relaxed);
        rotating.join().unwrap();
        pages
    });
    let (quiet, busy) = (p99(&quiet), p99(&busy));
    println!("page p99 {quiet:.1?} when quiet, {busy:.1?} during a rotation");
    println!("page p99 during a rotation ÷ quiet = {:.2} (aim: at most 2)", busy.as_secs_f64() / quiet.as_secs_f64());
}

/// Mails that nobody will send.
fn fill(store: &Store, act: &Act, count: usize) {
    let insert = |db: &mut Db| {
        for _ in 0..count {
            let id: MailId = act.id();
            let sealed = act.keyring.seal(&act.chance, mail::sealed_place(&id, None), &[b'x'; 300]);
            let row = (
                mails::id.eq(id),
                mails::kind.eq("bench"),
                mails::message_id.eq(id.to_string()),
                mails::sealed.eq(sealed),
                mails::created_at.eq(act.now),
            );
            diesel::insert_into(mails::table).values(row).execute(db)?;
        }
        Ok::<_, DbError>(())
    };
    store.write_now(insert).unwrap();
}

/// The yardstick, in records a second: a data key is unwrapped and wrapped, and its row written by one statement, each by
/// itself or all in one transaction.
fn raw(store: &Store, chance: &Chance, count: usize, is_together: bool) -> f64 {
    let read = |db: &mut Db| {
        let some = mails::table.filter(mails::kind.eq("bench")).limit(i64::try_from(count).unwrap());
        some.select((mails::id, mails::sealed)).load::<(MailId, Option<Vec<u8>>)>(db)
    };
    let rows = store.read_now::<_, DbError>(read).unwrap();
    let (old, new) = (Aes256Gcm::new(&chance.bytes::<32>().into()), Aes256Gcm::new(&chance.bytes::<32>().into()));
    let aad = [7_u8; 120];
    let wrapped: Vec<([u8; 12], Vec<u8>)> = rows
        .iter()
        .map(|_| {
            let nonce = chance.bytes::<12>();
            (nonce, old.encrypt(&Nonce::from(nonce), Payload { msg: &[1; 32], aad: &aad }).unwrap())
        })
        .collect();
    let renew = |db: &mut Db, at: usize| {
        let (id, sealed) = &rows[at];
        let (nonce, key) = &wrapped[at];
        let key = old.decrypt(&Nonce::from(*nonce), Payload { msg: key, aad: &aad }).unwrap();
        let again = chance.bytes::<12>();
        drop(new.encrypt(&Nonce::from(again), Payload { msg: &key, aad: &aad }).unwrap());
        diesel::update(mails::table.find(id)).set(mails::sealed.eq(sealed)).execute(db)
    };
    let begun = Instant::now();
    if is_together {
        store.write_now(|db| (0..rows.len()).try_for_each(|at| renew(db, at).map(|_| ()))).unwrap();
    } else {
        store.read_now(|db| (0..rows.len()).try_for_each(|at| renew(db, at).map(|_| ()))).unwrap();
    }
    rate(rows.len(), begun.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// Of sorted times, without what lay before each.
fn p99(times: &[Duration]) -> Duration {
    times.get(times.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default().saturating_sub(PAUSE)
}
