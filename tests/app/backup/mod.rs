//! Backups, and the way back from them: made while people write, refused when anything is wrong, killed anywhere.

mod erased;
mod faults;
mod held;
mod refusals;
mod whole;

use std::path::{Path, PathBuf};

use keystead::db::Db;
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::secrets::adding;

use crate::operations::people::person;
use crate::support::program::{Place, Ran};
use crate::support::secrets::{new, permit};
use crate::support::world::Backend;

const SECRET: &str = "sk-canary-7d1f0b2e";

/// A place with Ada, her secret and her photo.
fn furnished(backend: Backend) -> Option<(Place, AccountId)> {
    let place = Place::new(backend)?;
    place.begin();
    let site = place.site(Clock::System);
    let ada = person(&site, Region::Eu, "ada-marchetti");
    let (act, may) = (site.act(Origin::program("a test")), permit(ada.personal_workspace(), ada));
    let add = |db: &mut Db| adding::add(db, &act, &may, &new("API_KEY", SECRET));
    site.regions.store(Region::Eu).unwrap().write_now(add).unwrap();
    put_photo(&site, ada, PHOTO);
    sql(&site, &format!("UPDATE accounts SET photo = '{VERSION}' WHERE id = '{ada}'"));
    Some((place, ada))
}

const VERSION: &str = "e000000000000000000000000000001";
const PHOTO: &[u8] = b"the bytes of a photo";

fn photo_name(account: AccountId) -> String {
    format!("photos/{account}/{VERSION}-64.webp")
}

fn put_photo(site: &Site, account: AccountId, bytes: &[u8]) {
    site.files.put(Region::Eu, &photo_name(account), bytes).unwrap();
}

fn sql(site: &Site, text: &str) {
    let eu = site.regions.store(Region::Eu).unwrap();
    eu.write_now(|db| keystead::on_each!(db, |c| diesel::RunQueryDsl::execute(diesel::sql_query(text), c))).unwrap();
}

/// An empty place with the same master key.
fn elsewhere(place: &Place, backend: Backend) -> Place {
    let other = Place::new(backend).unwrap();
    std::fs::create_dir(other.data()).unwrap();
    std::fs::copy(place.data().join("master.key"), other.data().join("master.key")).unwrap();
    other
}

/// The backups that lie in a folder, in the order of their names.
fn backups(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|end| end == "tar" || end == "age"));
    all.sort();
    all
}

/// Backs the place up into its folder; the file.
fn backed_up(place: &Place) -> String {
    let folder = place.folder().join("backups");
    let before = backups(&folder);
    place.printed(&["backup", folder.to_str().unwrap()]);
    let new: Vec<PathBuf> = backups(&folder).into_iter().filter(|path| !before.contains(path)).collect();
    let [new] = new.try_into().unwrap();
    new.to_str().unwrap().to_owned()
}

fn failed(ran: &Ran, words: &str) -> bool {
    ran.code == Some(1) && ran.err.contains(words)
}
