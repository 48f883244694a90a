//! A full disk, and a power cut at any moment.

use std::process::Command;

use keystead::crypto::chance::Chance;

use super::{backed_up, backups, elsewhere, failed, furnished};
use crate::support::program::Place;
use crate::support::world::Backend;
use crate::support::{setting, skip};

/// How often a restore is killed.
fn rounds() -> u32 {
    // Each takes a second or so: a hundred are what was promised.
    setting("KEYSTEAD_TEST_ROUNDS").map_or(12, |text| text.parse::<u32>().unwrap().min(100))
}

fn clear(place: &Place) {
    for entry in std::fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else if !path.ends_with("master.key") {
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn a_restore_that_is_killed_anywhere_ends_well_when_it_is_run_again() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let file = backed_up(&place);
    let (other, chance) = (elsewhere(&place, Backend::Sqlite), Chance::seeded(29));
    let mark = other.data().join("restoring.mark");
    let (mut halves, mut wholes) = (0, 0);
    for _ in 0..rounds() {
        let running = other.launch(&["restore", &file]);
        // A while that differs: looks until something has begun, then so many more.
        let begun = other.data().join(["restoring.partial", "restoring.mark"][chance.below(2) as usize]);
        while !begun.exists() && !other.data().join("us.sqlite").exists() {
            std::thread::yield_now();
        }
        for _ in 0..chance.below(30_000) {
            std::hint::black_box(mark.exists());
        }
        running.kill();
        if mark.exists() {
            halves += 1;
            for words in [["serve"].as_slice(), &["doctor"], &["backup", "x"]] {
                let ran = other.run(words);
                assert!(failed(&ran, "was not brought back to "), "{words:?}: {ran:?}");
            }
        } else if other.data().join("directory.sqlite").exists() {
            wholes += 1;
            other.printed(&["doctor"]);
            clear(&other);
        }
    }
    assert!(halves > 0, "none was killed in the middle, {wholes} came to their end");
    if !other.data().join("directory.sqlite").exists() || mark.exists() {
        other.printed(&["restore", &file]);
    }
    other.printed(&["doctor"]);
    assert!(!mark.exists() && !other.data().join("restoring.partial").exists());
}

/// A file system of its own, gone with the test.
struct Small(std::path::PathBuf);

impl Small {
    fn mount(place: &Place, size: &str) -> Option<Self> {
        let path = place.folder().join("small");
        std::fs::create_dir(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&path);
        match mount.output() {
            Ok(ran) if ran.status.success() => Some(Self(path)),
            _ => {
                skip("tmpfs", "a small file system cannot be mounted here");
                None
            }
        }
    }

    fn grow(&self, size: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,size={size}")]).arg(&self.0);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Nothing else to be done where it fails.
        drop(Command::new("umount").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_leaves_no_half_backup_and_the_next_one_goes_on() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let Some(small) = Small::mount(&place, "100k") else { return };
    let folder = small.0.to_str().unwrap().to_owned();
    let ran = place.run(&["backup", &folder]);
    assert!(
        failed(&ran, "No space left on device") && ran.err.contains("Nothing was written under that name"),
        "{ran:?}"
    );
    assert_eq!(std::fs::read_dir(&small.0).unwrap().count(), 0);
    small.grow("64m");
    place.printed(&["backup", &folder]);
    let [file] = backups(&small.0).try_into().unwrap();
    place.printed(&["restore", "--verify", file.to_str().unwrap()]);
}

#[test]
fn a_full_disk_fails_a_restore_which_goes_on_when_there_is_room() {
    let (place, _) = furnished(Backend::Sqlite).unwrap();
    let file = backed_up(&place);
    let other = elsewhere(&place, Backend::Sqlite);
    let Some(small) = Small::mount(&other, "600k") else { return };
    let key = other.data().join("master.key");
    let other = other.with("KEYSTEAD_MASTER_KEY_FILE", key.to_str().unwrap());
    let other = other.with("KEYSTEAD_DATA", small.0.to_str().unwrap());
    let ran = other.run(&["restore", &file]);
    assert!(failed(&ran, "No space left on device"), "{ran:?}");
    assert_eq!(std::fs::read_dir(&small.0).unwrap().count(), 0);
    small.grow("64m");
    other.printed(&["restore", &file]);
    assert!(other.printed(&["verify"]).contains("eu: "));
}
