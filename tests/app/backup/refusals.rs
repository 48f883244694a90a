//! What cannot be brought back is refused in a clear sentence, and leaves the place as empty as it was.

use std::collections::BTreeSet;
use std::path::Path;

use keystead::crypto::keyring::{MasterKeys, key_name};
use keystead::crypto::passphrase::Passphrase;
use keystead::db::url::DatabaseUrl;
use keystead::kernel::clock::Clock;
use keystead::lifecycle::backups::{Backup, Place as Target};

use super::{backed_up, elsewhere, failed, furnished, sql};
use crate::support::program::Place;
use crate::support::world::Backend;

/// Nothing but the key lies there.
fn is_empty(place: &Place) -> bool {
    let names: Vec<String> = std::fs::read_dir(place.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names == ["master.key"]
}

fn refused(place: &Place, file: &str, words: &str) {
    let ran = place.run(&["restore", file]);
    assert!(failed(&ran, words), "{words}: {ran:?}");
}

fn what_does_not_fit_is_refused(backend: Backend) {
    let Some((place, _)) = furnished(backend) else { return };
    let file = backed_up(&place);
    refused(&place, &file, "is there already");
    let other = elsewhere(&place, backend);
    refused(&other, "nowhere.tar", "it cannot be read");
    refused(&other, &other.file("text.tar", &"x".repeat(2_000)), "it is no backup of Keystead");
    let other = other.with("KEYSTEAD_REGIONS", "eu").without("KEYSTEAD_DATABASE_URL_US");
    refused(&other, &file, "holds the regions eu, us, and this installation serves eu");
    let other = elsewhere(&place, backend).with("KEYSTEAD_MASTER_KEY", &"ab".repeat(32));
    refused(&other, &file, "The backup needs the master key ");
    assert!(is_empty(&other));
    let other = elsewhere(&place, backend);
    std::fs::remove_file(other.data().join("master.key")).unwrap();
    refused(&other, &file, "There is no master key at ");
    let other = elsewhere(&place, backend);
    std::fs::create_dir_all(other.data().join("files/eu")).unwrap();
    refused(&other, &file, "there is something in ");

    sql(
        &place.site(Clock::System),
        "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20990101000000', CURRENT_TIMESTAMP)",
    );
    let newer = backed_up(&place);
    refused(
        &elsewhere(&place, backend),
        &newer,
        "this one does not know the migration 20990101000000 of the eu database",
    );
    elsewhere(&place, backend).printed(&["restore", &file]);
}

#[test]
fn what_does_not_fit_is_refused_on_files() {
    what_does_not_fit_is_refused(Backend::Sqlite);
}

#[test]
fn what_does_not_fit_is_refused_on_postgres() {
    what_does_not_fit_is_refused(Backend::Postgres);
}

#[test]
fn without_a_log_of_erasures_nothing_comes_back_unasked() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let file = backed_up(&place);
    std::fs::remove_file(place.folder().join("backups/erasures.log")).unwrap();
    let other = elsewhere(&place, Backend::Sqlite);
    refused(&other, &file, "No log of erasures was found, and whoever was erased since 20");
    assert!(is_empty(&other));
    let warns = "WARNING: without a log of erasures whoever was erased since 20";
    assert!(place.printed(&["restore", "--verify", &file]).contains(warns));
    assert!(other.printed(&["restore", &file, "--erasures", "none"]).contains(warns));
}

#[test]
fn an_earlier_try_is_only_cleared_where_it_was_begun() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let file = backed_up(&place);
    let mark = place.data().join("restoring.mark");
    std::fs::write(&mark, "one\ndirectory sqlite://elsewhere.sqlite\n").unwrap();
    refused(&place, &file, "was to bring a backup to other databases (directory sqlite://elsewhere.sqlite)");
    std::fs::remove_file(&mark).unwrap();
    place.printed(&["doctor"]);
}

#[test]
fn what_is_of_the_other_database_is_refused() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    if Place::new(Backend::Postgres).is_some() {
        refused(&elsewhere(&place, Backend::Postgres), &backed_up(&place), "is of sqlite, and here it is of postgres");
    }
}

#[test]
fn only_the_passphrase_opens_an_encrypted_one() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let in_the_clear = backed_up(&place);
    let place = place.with("KEYSTEAD_BACKUP_PASSPHRASE", "harbour lantern violin");
    let file = backed_up(&place);
    assert!(file.ends_with(".tar.age"));
    let other = elsewhere(&place, Backend::Sqlite);
    refused(&other, &file, "it is encrypted. Set KEYSTEAD_BACKUP_PASSPHRASE");
    let other = other.with("KEYSTEAD_BACKUP_PASSPHRASE", "harbour lantern viola!");
    refused(&other, &file, "the passphrase does not open it");
    refused(&other, &in_the_clear, "it is not encrypted, although a passphrase is set");
    let short = other.with("KEYSTEAD_BACKUP_PASSPHRASE", "short");
    assert!(short.run(&["check-config"]).err.contains("KEYSTEAD_BACKUP_PASSPHRASE: use at least 12 characters"));
    let other = short.with("KEYSTEAD_BACKUP_PASSPHRASE", "harbour lantern violin");
    assert!(is_empty(&other));
    other.printed(&["restore", &file]);
    other.printed(&["doctor"]);
}

/// Brings a file back within this process; why not.
fn brought_back(file: &Path, passphrase: Option<&Passphrase>, key: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = |name: &str| (name.to_owned(), DatabaseUrl::Sqlite(folder.path().join(format!("{name}.sqlite"))));
    let place = Target { data: folder.path().to_owned(), databases: ["directory", "us", "eu"].map(sqlite).into() };
    let keyring = keystead::crypto::keyring::Keyring::new(MasterKeys::load_file(key).unwrap());
    let keys: BTreeSet<String> = keyring.master_ids().into_iter().map(key_name).collect();
    let backup = Backup { path: file, passphrase };
    let done = backup.fitting(&place, &keys).and_then(|about| backup.bring_back(&about, &place, &|_| ()));
    if done.is_err() {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
    done.map_err(|error| error.to_string())
}

#[test]
fn one_changed_byte_anywhere_or_a_missing_end_is_noticed() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let file = backed_up(&place);
    let (bytes, key) = (std::fs::read(&file).unwrap(), place.data().join("master.key"));
    brought_back(Path::new(&file), None, &key).unwrap();
    let broken = place.folder().join("broken.tar");
    let end = bytes.len();
    // Every kind of place, and between them wherever it falls.
    let mut positions: Vec<usize> = (0..end).step_by(end / 60).collect();
    positions.extend([
        1,
        100,
        148,
        156,
        257,
        345,
        511,
        512,
        700,
        1_023,
        end - 1,
        end - 1_024,
        end - 1_025,
        end - 1_500,
    ]);
    positions.extend([end - 2_000, end - 2_048, end - 2_500]);
    for position in positions {
        let mut changed = bytes.clone();
        changed[position] ^= 0x20;
        std::fs::write(&broken, changed).unwrap();
        assert!(brought_back(&broken, None, &key).is_err(), "byte {position} of {end}");
    }
    for length in [0, 300, 512, 5_000, end / 2, end - 2_048, end - 1_024, end - 512, end - 1] {
        std::fs::write(&broken, &bytes[..length]).unwrap();
        let why = brought_back(&broken, None, &key).unwrap_err();
        assert!(why.contains("it ends too early"), "{length}: {why}");
    }
    std::fs::write(&broken, [&bytes[..], b"more"].concat()).unwrap();
    assert!(brought_back(&broken, None, &key).unwrap_err().contains("stands behind its end"));
}

#[test]
fn one_changed_byte_of_an_encrypted_one_is_noticed() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let place = place.with("KEYSTEAD_BACKUP_PASSPHRASE", "harbour lantern violin");
    let file = backed_up(&place);
    let (bytes, key) = (std::fs::read(&file).unwrap(), place.data().join("master.key"));
    let passphrase = Passphrase::new("harbour lantern violin").unwrap();
    brought_back(Path::new(&file), Some(&passphrase), &key).unwrap();
    let (broken, end) = (place.folder().join("broken.tar.age"), bytes.len());
    for position in [5, 60, 300, end / 2, end - 1] {
        let mut changed = bytes.clone();
        changed[position] ^= 0x20;
        std::fs::write(&broken, changed).unwrap();
        assert!(brought_back(&broken, Some(&passphrase), &key).is_err(), "byte {position} of {end}");
    }
    for length in [30, end / 2, end - 1] {
        std::fs::write(&broken, &bytes[..length]).unwrap();
        assert!(brought_back(&broken, Some(&passphrase), &key).is_err(), "{length} bytes of {end}");
    }
}
