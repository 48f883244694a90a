//! What is not copied, and how that is said: before a single row was written.

use keystead::db::migrate::{Kind, migrate};
use keystead::db::url::DatabaseUrl;

use super::{Empty, contents, copied, run};
use crate::support::program::{Place, Ran};
use crate::support::region::NOON;
use crate::support::world::Backend;

/// Of a copy, until the server it is taken from is connected.
const TRIES: usize = 50;

fn said(from: &DatabaseUrl, to: &DatabaseUrl) -> String {
    copied(from, to, false).unwrap_err().to_string()
}

#[test]
fn a_target_with_rows_of_its_own_stays_as_it_is() {
    let mut empty = Empty::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let source = empty.region(Backend::Sqlite, &format!("from-{backend:?}")).unwrap();
        let Some(target) = empty.region(backend, &format!("to-{backend:?}")) else { return };
        run(
            &source,
            "INSERT INTO jobs (id, name, request, state, run_at, attempts, error, done, total, created_at)
            VALUES ('a', 'x', '{}', 'waiting', 1, 0, '', 0, 0, 1)",
        );
        run(&target, "INSERT INTO tombstones VALUES ('theirs', 1, 1, 1, '')");
        let before = contents(&target);
        assert_eq!(
            said(&source, &target),
            "the target holds other rows than the source: tombstones theirs is not in the source"
        );
        assert_eq!(contents(&target), before);
        run(&source, "INSERT INTO tombstones VALUES ('theirs', 1, 1, 2, '')");
        assert_eq!(said(&source, &target), "the target holds other rows than the source: tombstones theirs differs");
        assert_eq!(contents(&target), before);
    }
}

#[test]
fn the_same_database_on_both_ends_is_recognised() {
    let mut empty = Empty::new();
    let file = empty.region(Backend::Sqlite, "one.sqlite").unwrap();
    let link = empty.folder.path().join("link.sqlite");
    std::os::unix::fs::symlink(empty.folder.path().join("one.sqlite"), &link).unwrap();
    assert!(said(&file, &DatabaseUrl::Sqlite(link)).ends_with(" are the same database"));
    let Some(server) = empty.region(Backend::Postgres, "") else { return };
    let DatabaseUrl::Postgres(address) = &server else { panic!("{server}") };
    let otherwise = DatabaseUrl::Postgres(format!("{address}&connect_timeout=7"));
    assert!(said(&server, &otherwise).ends_with(" are the same database"));
}

#[test]
fn what_is_no_region_and_no_directory_or_of_another_schema_is_refused() {
    let mut empty = Empty::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let source = empty.region(Backend::Sqlite, &format!("from-{backend:?}")).unwrap();
        let Some(target) = empty.region(backend, &format!("to-{backend:?}")) else { return };
        let directory = empty.one(backend, &format!("directory-{backend:?}")).unwrap();
        migrate(&directory, Kind::Directory, NOON).unwrap();
        assert!(said(&source, &directory).ends_with("a directory"), "{}", said(&source, &directory));
        let foreign = empty.one(backend, &format!("foreign-{backend:?}")).unwrap();
        run(&foreign, "CREATE TABLE recipes (name TEXT)");
        assert!(said(&source, &foreign).contains("holds no region and no directory"));
        assert!(said(&foreign, &source).contains("holds no region and no directory"));
        run(&target, "ALTER TABLE tombstones ADD COLUMN reason TEXT");
        assert!(said(&source, &target).ends_with("the table tombstones is not the same in both"));
        run(&target, "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')");
        assert!(said(&source, &target).contains("it is newer"), "{}", said(&source, &target));
        run(&source, "DELETE FROM __diesel_schema_migrations WHERE version = '20261121151000'");
        assert!(said(&source, &target).contains("it is older, 1 migrations are missing"), "{}", said(&source, &target));
    }
    let nowhere = empty.file("nowhere.sqlite");
    assert!(said(&nowhere, &empty.file("new.sqlite")).starts_with("cannot open "));
    assert!(!empty.folder.path().join("nowhere.sqlite").exists());
}

#[test]
fn a_value_that_cannot_be_kept_there_is_named() {
    let mut empty = Empty::new();
    let source = empty.region(Backend::Sqlite, "from.sqlite").unwrap();
    run(&source, "INSERT INTO tombstones VALUES ('whole', 1, 1, 1, ''), ('broken', 1, 1, 1, 'a' || char(0) || 'b')");
    copied(&source, &empty.file("to.sqlite"), false).unwrap();
    assert_eq!(contents(&empty.file("to.sqlite")), contents(&source), "SQLite keeps it");
    if let Some(target) = empty.region(Backend::Postgres, "") {
        let words = "tombstones broken: counts holds a zero byte, which PostgreSQL cannot keep in a text";
        assert_eq!(said(&source, &target), words);
    }
    for spoilt in ["1.5", "'one'", "x'00'", "9e999"] {
        run(&source, &format!("UPDATE tombstones SET erased_at = {spoilt} WHERE account_id = 'broken'"));
        let said = said(&source, &empty.file("other.sqlite"));
        assert!(said.starts_with("tombstones broken: erased_at holds a value of another kind"), "{spoilt}: {said}");
    }
}

fn failed(ran: &Ran, words: &str) -> bool {
    ran.code == Some(1) && ran.err.contains(words)
}

fn a_served_source_is_copied_only_when_told_to(backend: Backend) {
    let Some(place) = Place::new(backend) else { return };
    place.printed(&["migrate"]);
    let running = place.start(&["serve"]);
    let address = match place.url("eu") {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(address) => address.clone(),
    };
    let to = |name: String| format!("sqlite://{}", place.folder().join(name).display());
    // A server that has just begun is not connected to every database yet. What it writes meanwhile is in no earlier copy.
    let copy = |n| place.run(&["copy-database", "--from", &address, "--to", &to(format!("copy-{n}.sqlite"))]);
    let refused = (0..TRIES).map(copy).find(|ran| ran.code != Some(0)).unwrap();
    assert!(failed(&refused, "Other programs are connected to ") && failed(&refused, "--while-served"), "{refused:?}");
    let served = to("served.sqlite".to_owned());
    let said = place.printed(&["copy-database", "--from", &address, "--to", &served, "--while-served"]);
    assert!(said.contains("The region is in sqlite://") && said.contains("what was written there since"), "{said}");
    running.kill();
}

#[test]
fn a_served_file_is_copied_only_when_told_to() {
    a_served_source_is_copied_only_when_told_to(Backend::Sqlite);
}

#[test]
fn a_served_postgres_is_copied_only_when_told_to() {
    a_served_source_is_copied_only_when_told_to(Backend::Postgres);
}

#[test]
fn a_password_does_not_stand_on_a_command_line() {
    let place = Place::on_files();
    for address in ["postgres://ada:s3cret@localhost/eu", "postgres://ada@localhost/eu?password=s3cret"] {
        let ran = place.run(&["copy-database", "--from", address, "--to", "sqlite://x"]);
        assert!(failed(&ran, "KEYSTEAD_COPY_FROM_FILE") && !ran.err.contains("s3cret"), "{ran:?}");
    }
    let ran = place.run(&["copy-database", "--to", "sqlite://x"]);
    assert!(failed(&ran, "Say it with --from or KEYSTEAD_COPY_FROM."), "{ran:?}");
    let file = place.file("address", "postgres://ada:s3cret@localhost:1/eu\n");
    let place = place.with("KEYSTEAD_COPY_FROM_FILE", &file);
    let ran = place.run(&["copy-database", "--to", "sqlite://x"]);
    assert!(failed(&ran, "Cannot open postgres://ada:hidden@localhost:1/eu") && !ran.err.contains("s3cret"), "{ran:?}");
    let both = place.run(&["copy-database", "--from", "sqlite://y", "--to", "sqlite://x"]);
    assert!(failed(&both, "not both"), "{both:?}");
}
