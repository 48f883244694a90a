//! Both sets of migrations make the tables that `schema.rs` speaks of, and a program knows which schema it may serve.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;
use keystead::db::migrate::{Kind, Standing, migrate, standing_of};
use keystead::db::store::open;
use keystead::db::url::DatabaseUrl;
use keystead::db::{Db, DbError};
use keystead::kernel::time::{Timestamp, days};

use crate::support::postgres;
use crate::support::region::NOON;

/// Table → columns, each as `name type`, in the order they were made.
type Tables = BTreeMap<String, Vec<String>>;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    of_table: String,
    #[diesel(sql_type = Text)]
    column: String,
}

/// What `schema.rs` says, read as text: Diesel keeps no list of it at run time.
fn written_down() -> Tables {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db");
    let parts = std::fs::read_dir(folder.join("schema")).unwrap().map(|file| file.unwrap().path());
    let text: String =
        parts.chain([folder.join("schema.rs")]).map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let mut tables = Tables::new();
    let mut current = None;
    for line in text.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            current = Some(name.to_owned());
        } else if let (Some(table), Some((column, kind))) = (&current, line.split_once(" -> ")) {
            let kind = kind.trim_end_matches(',');
            tables.entry(table.clone()).or_default().push(format!("{column} {kind}"));
        } else if line == "}" {
            current = None;
        }
    }
    tables
}

fn in_database(url: &DatabaseUrl) -> Tables {
    let mut db = open(url).unwrap();
    let sql = if db.is_sqlite() {
        "SELECT m.name AS of_table, p.name || ' ' || p.type || ' ' || (p.\"notnull\" OR p.pk > 0) AS \"column\"
         FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid"
    } else {
        "SELECT table_name::text AS of_table,
           column_name || ' ' || upper(data_type) || ' ' || (is_nullable = 'NO')::int AS \"column\"
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    };
    let rows: Vec<Column> = keystead::on_each!(&mut db, |c| diesel::sql_query(sql).load(c)).unwrap();
    let mut tables = Tables::new();
    for row in
        rows.into_iter().filter(|row| !row.of_table.starts_with("__diesel") && !row.of_table.starts_with("sqlite"))
    {
        let words: Vec<&str> = row.column.split(' ').collect();
        let kind = match words[1] {
            "TEXT" => "Text",
            "BIGINT" | "INTEGER" => "BigInt",
            "BOOLEAN" => "Bool",
            "BLOB" | "BYTEA" => "Binary",
            other => panic!("{} has the type {other}", row.of_table),
        };
        let kind = if words[2] == "1" { kind.to_owned() } else { format!("Nullable<{kind}>") };
        tables.entry(row.of_table).or_default().push(format!("{} {kind}", words[0]));
    }
    tables
}

fn scratch_file(folder: &tempfile::TempDir, name: &str) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.path().join(name))
}

fn run(url: &DatabaseUrl, sql: &str) {
    let mut db = open(url).unwrap();
    keystead::on_each!(&mut db, |c| diesel::sql_query(sql).execute(c)).unwrap();
}

#[test]
fn the_tables_are_those_that_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Tables::new();
    for (name, kind) in [("directory", Kind::Directory), ("region", Kind::Region)] {
        let url = scratch_file(&folder, name);
        migrate(&url, kind, NOON).unwrap();
        let sqlite = in_database(&url);
        if let Some(cluster) = postgres::cluster() {
            let scratch = cluster.database(name, |url| {
                migrate(&url.parse().unwrap(), kind, NOON).unwrap();
            });
            assert_eq!(in_database(&scratch.url.parse().unwrap()), sqlite, "{name}");
        }
        made.extend(sqlite);
    }
    assert_eq!(made, written_down());
}

#[test]
fn both_sets_of_migrations_have_the_same_names() {
    let names = |set: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(set);
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite/directory"), names("postgres/directory"));
    assert_eq!(names("sqlite/region"), names("postgres/region"));
}

#[test]
fn eight_programs_that_start_at_once_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = scratch_file(&folder, "region.sqlite");
    let applied = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| migrate(&url, Kind::Region, NOON).unwrap().0.len())).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|applied| *applied > 0).count()
    });
    assert_eq!(applied, 1);
    assert_eq!(standing_of(&url, Kind::Region).unwrap(), Standing::Current);
}

#[test]
fn an_empty_database_is_older_and_a_newer_one_is_served_unless_it_says_breaking() {
    let folder = tempfile::tempdir().unwrap();
    let url = scratch_file(&folder, "region.sqlite");
    assert!(matches!(standing_of(&url, Kind::Region).unwrap(), Standing::Older(missing) if !missing.is_empty()));
    migrate(&url, Kind::Region, NOON).unwrap();
    run(&url, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    assert_eq!(standing_of(&url, Kind::Region).unwrap(), Standing::Newer { breaking: None });
    run(&url, "INSERT INTO schema_marks (version, breaking) VALUES ('99990101000000', TRUE)");
    let breaking = Some("99990101000000".to_owned());
    assert_eq!(standing_of(&url, Kind::Region).unwrap(), Standing::Newer { breaking });
}

#[test]
fn a_file_is_copied_aside_before_it_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let url = scratch_file(&folder, "region.sqlite");
    migrate(&url, Kind::Region, NOON).unwrap();
    // As if the last migration had not been applied yet; making its tables again fails, which is part of the test.
    run(
        &url,
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    let later: Timestamp = NOON.plus(days(1));
    assert!(migrate(&url, Kind::Region, later).is_err());
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let copy = entries.map(|entry| entry.unwrap().path()).find(|path| path.to_string_lossy().contains(".before-"));
    let copy = DatabaseUrl::Sqlite(copy.unwrap());
    assert_eq!(in_database(&copy), in_database(&url));
}

#[test]
fn a_transaction_that_panics_leaves_nothing_behind() {
    crate::support::region::on_each_region(|store| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.write_now(|db: &mut Db| {
                let sql = "INSERT INTO schema_marks (version, breaking) VALUES ('1', FALSE)";
                keystead::on_each!(db, |c| diesel::sql_query(sql).execute(c))?;
                assert!(db.is_sqlite() && !db.is_sqlite(), "in the middle of a change");
                Ok::<(), DbError>(())
            })
        }));
        assert!(panicked.is_err());
        let left: i64 =
            store.read_now(|db| keystead::db::schema::schema_marks::table.count().get_result::<i64>(db)).unwrap();
        assert_eq!(left, 0);
    });
}
