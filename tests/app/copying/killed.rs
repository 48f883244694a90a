//! Fifty thousand rows, the program killed on the way and started again.

use std::time::{Duration, Instant};

use keystead::db::migrate::{Kind, migrate};
use keystead::db::url::DatabaseUrl;

use super::{Empty, contents, number, run};
use crate::support::program::Place;
use crate::support::region::NOON;
use crate::support::world::Backend;

const ROWS: i64 = 50_000;
/// Seconds are what it takes; this is for a machine that does ten other things.
const PATIENCE: Duration = Duration::from_mins(10);

fn many(backend: Backend) -> String {
    let counted = match backend {
        Backend::Sqlite => {
            format!("WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {ROWS})")
        }
        Backend::Postgres => format!("WITH counted AS (SELECT n FROM generate_series(1, {ROWS}) AS n)"),
    };
    let row = "'account-' || n, n, n, n * 10007, '{\"projects\":' || n || '}'";
    format!("{counted} INSERT INTO tombstones SELECT {row} FROM counted")
}

fn address(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(address) => address.clone(),
    }
}

fn goes_on_where_it_was(from: Backend, to: Backend) {
    let mut empty = Empty::new();
    let Some(source) = empty.region(from, "from.sqlite") else { return };
    let Some(target) = empty.one(to, "to.sqlite") else { return };
    migrate(&target, Kind::Region, NOON).unwrap();
    run(&source, &many(from));
    let place = Place::on_files();
    let words = ["copy-database", "--from", &address(&source), "--to", &address(&target)].map(str::to_owned);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();

    let mut running = place.launch(&words);
    running.until("tombstones: 20000 rows so far");
    running.kill();
    let begun = number(&target, "SELECT count(*) AS number FROM tombstones");
    assert!((1..ROWS).contains(&begun), "{begun}");

    let started = Instant::now();
    let said = loop {
        let ran = place.run(&words);
        // A server notices only after a while that whom it works for was killed.
        if !ran.err.contains("Other programs are connected") {
            assert_eq!(ran.code, Some(0), "{ran:?}");
            break ran.out;
        }
        assert!(started.elapsed() < PATIENCE, "{ran:?}");
    };
    let line = said.lines().find(|line| line.starts_with("tombstones ")).unwrap();
    let new: i64 = line.split("rows, ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(line.contains("50000 rows") && (1..=ROWS - begun).contains(&new), "{begun} were there: {line}");
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    if from == to {
        assert_eq!(contents(&source), contents(&target));
    }
}

#[test]
fn a_copy_to_postgres_that_was_killed_goes_on() {
    goes_on_where_it_was(Backend::Sqlite, Backend::Postgres);
}

#[test]
fn a_copy_from_postgres_that_was_killed_goes_on() {
    goes_on_where_it_was(Backend::Postgres, Backend::Sqlite);
}

#[test]
fn a_copy_between_files_that_was_killed_goes_on() {
    goes_on_where_it_was(Backend::Sqlite, Backend::Sqlite);
}
