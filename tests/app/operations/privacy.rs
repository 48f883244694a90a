//! Who else on the machine may read what the program keeps.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::program::Place;

/// Everything below, the folder itself too, with its mode.
fn modes(path: &Path, found: &mut Vec<(String, u32)>) {
    let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    found.push((path.display().to_string(), mode));
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            modes(&entry.unwrap().path(), found);
        }
    }
}

#[actix_web::test]
async fn nobody_else_on_the_machine_can_read_what_is_stored() {
    let place = Place::on_files();
    let running = place.start(&["serve"]);
    assert_eq!(running.visitor().get("/sign-in").await.status, 200);
    place.printed(&["mail-test", "operator@example.com"]);
    let mut found = Vec::new();
    modes(&place.data(), &mut found);
    assert!(found.len() > 6, "{found:?}");
    for (path, mode) in found {
        assert_eq!(mode & 0o077, 0, "{path} has mode {mode:o}");
    }
}

#[test]
fn doctor_finds_data_that_others_can_read_and_closes_it() {
    let place = Place::on_files();
    place.begin();
    place.printed(&["doctor", "--fix"]);
    std::fs::set_permissions(place.data(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = place.run(&["doctor"]);
    assert!(ran.code == Some(1) && ran.out.contains("WRONG  nobody else can read the data"), "{ran:?}");
    let fixed = place.printed(&["doctor", "--fix"]);
    assert!(fixed.contains("has mode 755") && fixed.contains("mended"), "{fixed}");
    assert!(place.printed(&["doctor"]).contains("ok     nobody else can read the data"));
}
