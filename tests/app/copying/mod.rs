//! Copying a database into another: whole, exact, refused where it would mix, and going on where it was broken off.

mod killed;
mod refused;

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use keystead::crypto::content_hash::ContentHasher;
use keystead::db::Store;
use keystead::db::copy::{Copied, CopyError, Order, Sum, copy};
use keystead::db::migrate::{Kind, migrate};
use keystead::db::store::open;
use keystead::db::url::DatabaseUrl;
use keystead::kernel::region::Region;
use keystead::lifecycle::closing::When;
use tempfile::TempDir;

use crate::erasure;
use crate::on_both;
use crate::support::postgres::{self, Scratch};
use crate::support::region::NOON;
use crate::support::world::Backend;

struct Hasher(ContentHasher);

impl Sum for Hasher {
    fn take(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    fn finish(self: Box<Self>) -> String {
        self.0.finish().to_string()
    }
}

fn copied(from: &DatabaseUrl, to: &DatabaseUrl, while_served: bool) -> Result<(Kind, Vec<Copied>), CopyError> {
    let sum: &dyn Fn() -> Box<dyn Sum> = &|| Box::new(Hasher(ContentHasher::default()));
    copy(&Order { from, to, while_served, now: NOON, sum }, |_, _| ())
}

/// Empty databases, which end with this value.
struct Empty {
    folder: TempDir,
    databases: Vec<Scratch>,
}

impl Empty {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), databases: Vec::new() }
    }

    fn file(&self, name: &str) -> DatabaseUrl {
        DatabaseUrl::Sqlite(self.folder.path().join(name))
    }

    /// `None` where there is no such database on this machine.
    fn one(&mut self, backend: Backend, name: &str) -> Option<DatabaseUrl> {
        if backend == Backend::Sqlite {
            return Some(self.file(name));
        }
        let scratch = postgres::cluster()?.database("empty", |_| ());
        let url = scratch.url.parse().unwrap();
        self.databases.push(scratch);
        Some(url)
    }

    /// The same with the tables of a region.
    fn region(&mut self, backend: Backend, name: &str) -> Option<DatabaseUrl> {
        let url = self.one(backend, name)?;
        migrate(&url, Kind::Region, NOON).unwrap();
        Some(url)
    }
}

fn run(url: &DatabaseUrl, sql: &str) -> usize {
    let mut db = open(url).unwrap();
    keystead::on_each!(&mut db, |c| diesel::sql_query(sql).execute(c)).unwrap()
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(url: &DatabaseUrl, sql: &str) -> i64 {
    let mut db = open(url).unwrap();
    let found: Number = keystead::on_each!(&mut db, |c| diesel::sql_query(sql).get_result(c)).unwrap();
    found.number
}

/// Every row, but for when the migrations ran.
fn contents(url: &DatabaseUrl) -> BTreeMap<String, Vec<String>> {
    let mut all = erasure::contents(&Store::new(url.clone(), 1));
    all.remove("__diesel_schema_migrations");
    for rows in all.values_mut() {
        rows.sort();
    }
    all
}

fn of(store: &Store) -> &DatabaseUrl {
    store.url()
}

on_both! {
    /// Into the other kind of database and from there back into the first: nothing is lost or changed on the way.
    async fn every_table_comes_over_and_back(world: World) {
        drop(erasure::two(world, When::After(14)).await);
        let here = if matches!(world.region(Region::Eu).url(), DatabaseUrl::Sqlite(_)) {
            Backend::Sqlite
        } else {
            Backend::Postgres
        };
        let other = if here == Backend::Sqlite { Backend::Postgres } else { Backend::Sqlite };
        let mut empty = Empty::new();
        for (store, kind) in [(world.region(Region::Eu), Kind::Region), (&world.site.regions.directory, Kind::Directory)] {
            let Some(there) = empty.one(other, &format!("there-{kind:?}")) else { return };
            let back = empty.one(here, &format!("back-{kind:?}")).unwrap();
            let (found, tables) = copied(of(store), &there, true).unwrap();
            assert_eq!(found, kind);
            let before = contents(of(store));
            for (table, rows) in &before {
                let told = tables.iter().find(|one| one.table == *table).map(|one| one.rows);
                assert_eq!(told, (!table.starts_with("sqlite")).then_some(rows.len()), "{table}");
            }
            assert!(tables.iter().all(|table| table.rows == table.new || ["listed_accounts", "schema_marks"].contains(&table.table.as_str())));
            copied(&there, &back, false).unwrap();
            assert_eq!(contents(&back), before, "{kind:?}");
            // Once more: all is there, nothing is new.
            let (_, again) = copied(of(store), &there, true).unwrap();
            assert!(again.iter().zip(&tables).all(|(one, other)| one.new == 0 && (one.rows, &one.sum) == (other.rows, &other.sum)));
        }
    }
}

/// Texts that JSON writes in another way, the last number there is, every byte; and what was given out once is not given
/// out again.
#[test]
fn what_is_hard_to_write_down_comes_over_exactly() {
    let mut empty = Empty::new();
    let bytes = data_encoding::HEXLOWER.encode(&(0..=255).collect::<Vec<u8>>());
    let texts = ["it''s \"quoted\" \\u0000 \\ ü 🔑", "line\none\ttwo\u{7f}\u{1}", "", " NULL ", "007", "[1,2]"];
    for (from, to) in [
        (Backend::Sqlite, Backend::Sqlite),
        (Backend::Sqlite, Backend::Postgres),
        (Backend::Postgres, Backend::Sqlite),
        (Backend::Postgres, Backend::Postgres),
    ] {
        let names = [format!("from-{from:?}-{to:?}"), format!("to-{from:?}-{to:?}"), format!("back-{from:?}-{to:?}")];
        let Some(source) = empty.region(from, &names[0]) else { return };
        let Some(target) = empty.one(to, &names[1]) else { return };
        for (at, text) in texts.iter().enumerate() {
            run(
                &source,
                &format!(
                    "INSERT INTO tombstones VALUES ('{text}', 9223372036854775807, -9223372036854775808, 9007199254740993, '{at} {text}')"
                ),
            );
        }
        let blob = if from == Backend::Sqlite { format!("x'{bytes}'") } else { format!("'\\x{bytes}'::bytea") };
        let mail =
            |id: &str, blob: &str| format!("INSERT INTO mails VALUES ('{id}', NULL, 'x', '{id}', {blob}, 1, NULL)");
        run(&source, &mail("a", &blob));
        run(&source, &mail("b", "NULL"));
        run(&source, &mail("c", if from == Backend::Sqlite { "x''" } else { "''::bytea" }));
        run(&source, "INSERT INTO numbers (id) VALUES ('one'), ('two'), ('three')");
        run(&source, "DELETE FROM numbers WHERE id = 'three'");
        copied(&source, &target, false).unwrap();
        let back = empty.one(from, &names[2]).unwrap();
        copied(&target, &back, false).unwrap();
        assert_eq!(contents(&back), contents(&source), "{from:?} to {to:?}");
        run(&target, "INSERT INTO numbers (id) VALUES ('four')");
        assert_eq!(number(&target, "SELECT number FROM numbers WHERE id = 'four'"), 4, "{from:?} to {to:?}");
    }
}

/// Something in the target changes a row as it comes in.
#[test]
fn a_damaged_row_is_noticed_and_its_table_named() {
    let mut empty = Empty::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let source = empty.region(Backend::Sqlite, &format!("from-{backend:?}")).unwrap();
        let Some(target) = empty.region(backend, &format!("to-{backend:?}")) else { return };
        for id in ["a", "b", "c"] {
            run(&source, &format!("INSERT INTO tombstones VALUES ('{id}', 1, 1, 1, 'counts')"));
        }
        if backend == Backend::Sqlite {
            run(
                &target,
                "CREATE TRIGGER spoil AFTER INSERT ON tombstones WHEN NEW.account_id = 'b' BEGIN
                UPDATE tombstones SET counts = 'spoilt' WHERE account_id = 'b'; END",
            );
        } else {
            run(
                &target,
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.account_id = 'b' THEN NEW.counts := 'spoilt'; END IF; RETURN NEW; END $$",
            );
            run(&target, "CREATE TRIGGER spoil BEFORE INSERT ON tombstones FOR EACH ROW EXECUTE FUNCTION spoil()");
        }
        let spoilt = copied(&source, &target, false).unwrap_err();
        assert!(matches!(&spoilt, CopyError::Unequal(tables) if tables.len() == 1), "{spoilt}");
        assert!(spoilt.to_string().contains("tombstones (3 rows with checksum "), "{spoilt}");
        let again = copied(&source, &target, false).unwrap_err();
        assert_eq!(again.to_string(), "the target holds other rows than the source: tombstones b differs");
    }
}
