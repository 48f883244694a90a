//! A backup against `cp` and a SHA-256 of the same bytes, and the way back against `cp`: `cargo bench --bench backup`.
//!
//! The program as it is released, on SQLite. `KEYSTEAD_BENCH_MEGABYTES` (1,000) is how much there is: a fifth of it in a
//! database, the rest in files of a megabyte. Everything is on the disk before a time is taken.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use keystead::crypto::content_hash::ContentHasher;
use keystead::db::store;

const PROGRAM: &str = env!("CARGO_BIN_EXE_keystead");
const MEGABYTE: usize = 1_000_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    run(&data, &["migrate"]);
    run(&data, &["admin", "list"]);
    fill(&data, megabytes());
    sync();

    let yardstick = timed(|| {
        let cp = Command::new("cp").arg("-r").arg(&data).arg(&copy).status().unwrap();
        assert!(cp.success());
        sync();
        hash_all(&data);
    });
    let bytes = size_of(&data);
    let file = folder.path().join("one.tar");
    let backup = timed(|| run(&data, &["backup", file.to_str().unwrap()]));
    tell("backup", bytes, backup, "cp and SHA-256", yardstick);
    println!("backup throughput ÷ cp plus SHA-256 = {:.2} (aim: at least 0.5)", ratio(yardstick, backup));
    std::fs::remove_file(&file).unwrap();

    let sealed = folder.path().join("one.tar.age");
    let encrypted = timed(|| {
        let mut command = command(&data, &["backup", sealed.to_str().unwrap()]);
        assert!(command.env("KEYSTEAD_BACKUP_PASSPHRASE", "harbour lantern violin").output().unwrap().status.success());
    });
    println!("encrypted: backup throughput ÷ cp plus SHA-256 = {:.2}", ratio(yardstick, encrypted));
    std::fs::remove_file(&sealed).unwrap();

    run(&data, &["backup", file.to_str().unwrap()]);
    std::fs::remove_dir_all(&copy).unwrap();
    sync();
    let cp = timed(|| {
        assert!(Command::new("cp").arg("-r").arg(&data).arg(&copy).status().unwrap().success());
        sync();
    });
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(data.join("master.key"), other.join("master.key")).unwrap();
    let restore = timed(|| run(&other, &["restore", file.to_str().unwrap()]));
    tell("restore", bytes, restore, "cp", cp);
    println!("restore ÷ cp = {:.1} (aim: at most 6: 60 s where cp takes 10)", ratio(restore, cp));
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment how much to do")]
fn megabytes() -> usize {
    std::env::var("KEYSTEAD_BENCH_MEGABYTES").map_or(1_000, |text| text.parse().unwrap())
}

fn command(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(words).env("KEYSTEAD_DATA", data).env("KEYSTEAD_REGIONS", "eu").env("RUST_LOG", "off");
    command
}

fn run(data: &Path, words: &[&str]) {
    let ran = command(data, words).output().unwrap();
    assert!(ran.status.success(), "{words:?}: {ran:?}");
}

/// Mails and samples of one project, as their bytes would lie there.
fn fill(data: &Path, megabytes: usize) {
    let mut db = store::open(&format!("sqlite://{}", data.join("eu.sqlite").display()).parse().unwrap()).unwrap();
    let sql = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {})
         INSERT INTO mails (id, kind, message_id, created_at, accepted_at) SELECT n, hex(randomblob(500)), n, 1, 1 FROM n",
        megabytes / 5 * 930
    );
    keystead::on_each!(&mut db, |c| diesel::sql_query(sql).execute(c)).unwrap();
    let photos = data.join("files/eu/photos/bench");
    std::fs::create_dir_all(&photos).unwrap();
    let mut noise = File::open("/dev/urandom").unwrap();
    let mut piece = vec![0; MEGABYTE];
    for number in 0..megabytes * 4 / 5 {
        noise.read_exact(&mut piece).unwrap();
        std::fs::write(photos.join(format!("{number}.bin")), &piece).unwrap();
    }
}

fn every_file(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { every_file(&path) } else { vec![path] }).collect()
}

fn size_of(folder: &Path) -> u64 {
    every_file(folder).iter().map(|path| path.metadata().unwrap().len()).sum()
}

fn hash_all(folder: &Path) {
    let mut piece = vec![0; MEGABYTE];
    for path in every_file(folder) {
        let (mut file, mut hasher) = (File::open(path).unwrap(), ContentHasher::default());
        while let count @ 1.. = file.read(&mut piece).unwrap() {
            hasher.update(&piece[..count]);
        }
        std::hint::black_box(hasher.finish());
    }
}

fn sync() {
    assert!(Command::new("sync").status().unwrap().success());
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn tell(what: &str, bytes: u64, took: Duration, yardstick: &str, other: Duration) {
    println!("{what} of {} MB: {took:.1?}, {yardstick}: {other:.1?}", bytes / 1_000_000);
}
