//! A backup holds everything of one moment and nothing that it must not, and comes back as it was.

use std::sync::atomic::{AtomicBool, Ordering};

use keystead::crypto::token::TokenDigest;
use keystead::kernel::clock::Clock;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use keystead::lifecycle::backups::last;
use keystead::mail::{self, Letter};
use keystead::secrets::environment::{self, Granted};

use super::{PHOTO, SECRET, backed_up, backups, elsewhere, furnished, photo_name};
use crate::support::program::Place;
use crate::support::world::Backend;

/// What a job of Ada's gets at this place.
fn secret_of(place: &Place, ada: AccountId) -> Vec<(String, String)> {
    let site = place.site(Clock::System);
    let (act, eu) = (site.act(Origin::program("a test")), site.regions.store(Region::Eu).unwrap());
    let granted = Granted {
        workspace_id: ada.personal_workspace(),
        project_id: None,
        job: "train-17".to_owned(),
        is_privileged: false,
    };
    let token = eu.write_now(|db| environment::issue(db, &act, Region::Eu, &granted, minutes(10))).unwrap();
    let token = token.unwrap().0.reveal();
    let found = eu.write_now(|db| environment::fetch(db, &act, &TokenDigest::of(&token))).unwrap().unwrap();
    found.variables.iter().map(|(name, value)| (name.to_string(), value.expose().to_owned())).collect()
}

fn count(place: &Place, what: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let site = place.site(Clock::System);
    let sql = format!("SELECT count(*) AS count FROM {what}");
    let eu = site.regions.store(Region::Eu).unwrap();
    let found: Count = eu
        .read_now(|db| keystead::on_each!(db, |c| diesel::RunQueryDsl::get_result(diesel::sql_query(&sql), c)))
        .unwrap();
    found.count
}

/// Two mails at a time until told to stop.
fn write_pairs(place: &Place, is_over: &AtomicBool) {
    let site = place.site(Clock::System);
    let (act, eu) = (site.act(Origin::program("a test")), site.regions.store(Region::Eu).unwrap());
    let to = EmailAddress::parse("ada@example.com").unwrap();
    while !is_over.load(Ordering::Relaxed) {
        let both = |db: &mut keystead::db::Db| {
            mail::queue(db, &act, None, &to, &Letter::AddressTaken)?;
            mail::queue(db, &act, None, &to, &Letter::AddressTaken).map(|_| ())
        };
        eu.write_now(both).unwrap();
    }
}

async fn what_was_backed_up_while_people_wrote_comes_back(backend: Backend) {
    let Some((place, ada)) = furnished(backend) else { return };
    let running = place.start(&["serve"]);
    let is_over = AtomicBool::new(false);
    let file = std::thread::scope(|threads| {
        threads.spawn(|| write_pairs(&place, &is_over));
        let file = backed_up(&place);
        is_over.store(true, Ordering::Relaxed);
        file
    });
    assert_eq!(running.visitor().visit("/sign-in").await.status, 200);
    let rehearsed = place.printed(&["restore", "--verify", &file]);
    assert!(rehearsed.contains("can be brought back, and nothing is wrong"), "{rehearsed}");
    let directory = place.site(Clock::System).regions.directory.clone();
    let dates = directory.read_now(last).unwrap();
    assert!(dates.made_at.is_some() && dates.rehearsed_at > dates.made_at, "{dates:?}");
    running.kill();
    let left: Vec<String> = std::fs::read_dir(place.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("partial") || name.contains("restoring"))
        .collect();
    assert_eq!(left, [""; 0]);

    let other = elsewhere(&place, backend);
    let said = other.printed(&["restore", &file]);
    assert!(said.contains("Restored the backup of 20"), "{said}");
    assert_eq!(secret_of(&other, ada), [("API_KEY".to_owned(), SECRET.to_owned())]);
    let pairs = count(&other, "mails WHERE account_id IS NULL");
    assert!(pairs > 0 && pairs % 2 == 0, "{pairs} mails, though they came in pairs");
    assert_eq!(count(&other, "file_holds"), 0);
    let site = other.site(Clock::System);
    assert_eq!(site.files.get(Region::Eu, &photo_name(ada)).unwrap().as_deref(), Some(PHOTO));
    assert!(site.regions.directory.read_now(last).unwrap().rehearsed_at.is_some(), "the best rehearsal there is");
    other.printed(&["doctor"]);
    let serving = other.start(&["serve"]);
    assert_eq!(serving.visitor().visit("/sign-in").await.status, 200);
}

#[actix_web::test]
async fn what_was_backed_up_while_people_wrote_comes_back_on_files() {
    what_was_backed_up_while_people_wrote_comes_back(Backend::Sqlite).await;
}

#[actix_web::test]
async fn what_was_backed_up_while_people_wrote_comes_back_on_postgres() {
    what_was_backed_up_while_people_wrote_comes_back(Backend::Postgres).await;
}

fn nothing_secret_is_in_the_clear(backend: Backend) {
    let Some((place, _)) = furnished(backend) else { return };
    let key = std::fs::read_to_string(place.data().join("master.key")).unwrap();
    let key = key.lines().rfind(|line| !line.is_empty()).unwrap();
    let raw = data_encoding::BASE64.decode(key.as_bytes()).unwrap();
    let words = place.file("words", "harbour lantern violin\n");
    let place = place.with("KEYSTEAD_BACKUP_PASSPHRASE_FILE", &words);
    let sealed = std::fs::read(backed_up(&place)).unwrap();
    let place = place.without("KEYSTEAD_BACKUP_PASSPHRASE_FILE");
    let plain = std::fs::read(backed_up(&place)).unwrap();
    let is_in = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    assert!(is_in(&plain, b"ada-marchetti") && is_in(&plain, PHOTO), "else nothing is proved");
    for canary in [SECRET.as_bytes(), key.as_bytes(), &raw, b"harbour lantern violin"] {
        assert!(!is_in(&plain, canary) && !is_in(&sealed, canary));
    }
    assert!(!is_in(&sealed, b"ada-marchetti") && !is_in(&sealed, PHOTO) && !is_in(&sealed, b"keystead.json"));
    if let keystead::db::url::DatabaseUrl::Postgres(url) = place.url("eu") {
        assert!(!is_in(&plain, url.as_bytes()));
    }
}

#[test]
fn nothing_secret_is_in_the_clear_on_files() {
    nothing_secret_is_in_the_clear(Backend::Sqlite);
}

#[test]
fn nothing_secret_is_in_the_clear_on_postgres() {
    nothing_secret_is_in_the_clear(Backend::Postgres);
}

#[test]
fn other_programs_open_it_and_check_its_sums() {
    let (place, ada) = furnished(Backend::Sqlite).unwrap();
    let file = place.folder().join("one.tar");
    std::fs::write(place.data().join("files/eu/photos/.DS_Store"), "not ours").unwrap();
    let said = place.printed(&["backup", file.to_str().unwrap()]);
    assert!(said.contains("eu: ") && said.contains("1 files") && said.contains("Backed up to "), "{said}");
    let mut names = Vec::new();
    let mut archive = tar::Archive::new(std::fs::File::open(&file).unwrap());
    for entry in archive.entries().unwrap() {
        names.push(entry.unwrap().path().unwrap().to_str().unwrap().to_owned());
    }
    let photo = format!("files/eu/{}", photo_name(ada));
    let databases = ["databases/us.sqlite", "databases/eu.sqlite", "databases/directory.sqlite"];
    let expected = [&["keystead.json"], &databases[..], &[photo.as_str(), "SHA256SUMS", "end.json"]].concat();
    assert_eq!(names, expected, "the directory after the regions, the files after that");
    let unpacked = tempfile::tempdir().unwrap();
    tar::Archive::new(std::fs::File::open(&file).unwrap()).unpack(unpacked.path()).unwrap();
    let mut check = std::process::Command::new("sha256sum");
    if let Ok(ran) = check.args(["--check", "SHA256SUMS"]).current_dir(unpacked.path()).output() {
        assert!(ran.status.success(), "{ran:?}");
    }
    let about: serde_json::Value =
        serde_json::from_slice(&std::fs::read(unpacked.path().join("keystead.json")).unwrap()).unwrap();
    let [key] = about["master_keys"].as_array().unwrap().as_slice() else { panic!("{about}") };
    let listed = place.printed(&["keys", "list"]);
    assert!(listed.starts_with(key.as_str().unwrap()), "{listed}");
    let again = place.run(&["backup", file.to_str().unwrap()]);
    assert!(super::failed(&again, "there is a file of that name already"), "{again:?}");
}

#[test]
fn names_without_a_folder_will_do() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    std::fs::create_dir_all(place.data().join("files/eu/odd folder")).unwrap();
    std::fs::write(place.data().join("files/eu/photos/.nfs0001"), "not ours").unwrap();
    place.printed(&["backup", "bare.tar"]);
    let file = place.folder().join("bare.tar");
    let other = elsewhere(&place, Backend::Sqlite).with("KEYSTEAD_DATABASE_URL_EU", "sqlite:eu.sqlite");
    other.printed(&["restore", file.to_str().unwrap()]);
    assert!(other.folder().join("eu.sqlite").exists());
    other.printed(&["doctor"]);
}

#[test]
fn the_newest_are_kept_and_nothing_else_is_touched() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let folder = place.folder().join("backups");
    std::fs::create_dir(&folder).unwrap();
    let others = ["keystead-by-hand.tar", "notes.txt"].map(|name| folder.join(name));
    for other in &others {
        std::fs::write(other, "mine").unwrap();
    }
    let words = ["backup", folder.to_str().unwrap(), "--keep", "2"];
    for _ in 0..3 {
        place.printed(&words);
    }
    let all = backups(&folder);
    place.printed(&words);
    let left: Vec<_> = backups(&folder).into_iter().filter(|path| !others.contains(path)).collect();
    assert_eq!((all.len(), left.len()), (3, 2), "{left:?}");
    assert!(others.iter().all(|other| other.exists()));
    let ran = place.run(&["backup", "one.tar", "--keep", "2"]);
    assert!(super::failed(&ran, "--keep needs a folder"), "{ran:?}");
}
