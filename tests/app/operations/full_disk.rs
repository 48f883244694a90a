//! No room left in the middle of a write: said so, nothing lost, and on it goes when there is room again.
//!
//! On a file system of its own, in memory, which only root can mount.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use keystead::db::Db;
use keystead::http::site::Site;
use keystead::kernel::clock::Clock;
use keystead::kernel::id::AccountId;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::lifecycle::sealed;
use keystead::secrets::{adding, secret};

use super::master_keys::{failed, furnish, listed, needs_nothing, unreadable, write_many};
use crate::support::program::Place;
use crate::support::secrets::{new, permit};
use crate::support::server::is_root;
use crate::support::skip;

/// Enough for two regions, a directory and what a rotation writes.
const SIZE: &str = "size=48m";
/// Of it, what is left for a rotation to begin with.
const LEFT: usize = 384 * 1024;

struct Disk(PathBuf);

impl Disk {
    /// `None`, and a word about it, where it cannot be mounted.
    fn at(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let mount = || Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder).output();
        if is_root() && mount().is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        skip("tmpfs", "only root can mount a file system");
        None
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it up, but for `left` bytes.
    fn fill(&self, left: usize) {
        let mut file = File::create(self.ballast()).unwrap();
        let mut written = 0;
        // The last bytes one by one, so that there is truly nothing left.
        for piece in [64 * 1024, 4096, 1] {
            while let Ok(more) = file.write(&vec![0; piece]) {
                written += more;
            }
        }
        if left > 0 {
            file.set_len(u64::try_from(written.checked_sub(left).unwrap()).unwrap()).unwrap();
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}

fn add(site: &Site, ada: AccountId, name: &str) -> Result<(), String> {
    let (act, may) = (site.act(Origin::program("a test")), permit(ada.personal_workspace(), ada));
    let add = |db: &mut Db| adding::add(db, &act, &may, &new(name, &"x".repeat(60_000)));
    site.regions.store(Region::Eu).unwrap().write_now(add).map(|_| ()).map_err(|error| error.to_string())
}

fn names(place: &Place, ada: AccountId) -> Vec<String> {
    let site = place.site(Clock::System);
    let read = |db: &mut Db| secret::by_name(db, ada.personal_workspace());
    let all = site.regions.store(Region::Eu).unwrap().read_now(read).unwrap();
    let mut names: Vec<String> = all.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_loses_nothing() {
    let place = Place::on_files();
    let Some(disk) = Disk::at(&place.data()) else { return };
    let ada = furnish(&place);
    write_many(&place.site(Clock::System));
    let key_file = std::fs::read(place.data().join("master.key")).unwrap();

    // As a server that is running has it: a database can hardly be opened where there is no room at all.
    let running = place.site(Clock::System);
    for (_, store) in running.regions.served() {
        assert_eq!(sealed::unreadable(store, sealed::OF_REGION, &running.keyring).unwrap(), []);
    }
    disk.fill(0);
    let refused = add(&running, ada, "SECOND").unwrap_err();
    assert!(refused.contains("full"), "{refused}");
    let ran = place.run(&["keys", "rotate"]);
    assert!(ran.code == Some(1) && (ran.err.contains("No space left") || ran.err.contains("full")), "{ran:?}");
    disk.empty();
    drop(running);
    assert_eq!(std::fs::read(place.data().join("master.key")).unwrap(), key_file);
    assert_eq!(names(&place, ada), ["API_KEY"]);
    assert_eq!(unreadable(&place.site(Clock::System)), []);

    disk.fill(LEFT);
    let ran = place.run(&["keys", "rotate"]);
    let is_told = failed(&ran, "database or disk is full") && failed(&ran, "it goes on from here");
    assert!(is_told, "{ran:?}");
    assert_eq!(unreadable(&place.site(Clock::System)), []);
    disk.empty();
    let said = place.printed(&["keys", "rotate"]);
    assert!(said.contains("Not everything is wrapped with") && said.contains("Done."), "{said}");
    let all = listed(&place);
    assert!(all.len() == 2 && needs_nothing(&all[1].1), "{all:?}");
    add(&place.site(Clock::System), ada, "SECOND").unwrap();
    assert_eq!(names(&place, ada), ["API_KEY", "SECOND"]);
    assert_eq!(unreadable(&place.site(Clock::System)), []);
    let verified = place.printed(&["verify"]);
    assert!(verified.contains("0 broken"), "{verified}");
}
