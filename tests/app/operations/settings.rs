//! How settings are understood: all errors at once, and no secret ever on a screen or in a process list.

use std::os::unix::fs::PermissionsExt;

use crate::support::program::Place;

#[test]
fn every_wrong_setting_is_told_at_once_and_no_secret_with_it() {
    let place = Place::on_files()
        .with("KEYSTEAD_LISTEN", "somewhere")
        .with("KEYSTEAD_PUBLIC_URL", "http://accounts.example.com")
        .with("KEYSTEAD_REGIONS", "us,mars,eu=http://eu.example.com")
        .with("KEYSTEAD_REGISTRATION", "maybe")
        .with("KEYSTEAD_PASSWORD_MIN", "3")
        .with("KEYSTEAD_TRUSTED_PROXIES", "many")
        .with("KEYSTEAD_METRICS_LISTEN", "9100")
        .with("KEYSTEAD_DATABASE_URL_US", "mysql://keystead:s3cret@db.example/us")
        .with("KEYSTEAD_DIRECTORY_URL_FILE", "nowhere/url")
        .with("KEYSTEAD_MASTER_KEY", "s3cret but no key")
        .with("KEYSTEAD_SMTP_URL", "ftp://keystead:s3cret@mail.example");
    let ran = place.run(&["check-config"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for name in [
        "KEYSTEAD_LISTEN: \"somewhere\"",
        "KEYSTEAD_PUBLIC_URL: plain http",
        "KEYSTEAD_REGIONS: \"mars\"",
        "KEYSTEAD_REGIONS: eu needs an https address",
        "KEYSTEAD_REGISTRATION: \"maybe\"",
        "KEYSTEAD_PASSWORD_MIN: \"3\"",
        "KEYSTEAD_TRUSTED_PROXIES: \"many\"",
        "KEYSTEAD_METRICS_LISTEN: \"9100\"",
        "KEYSTEAD_DATABASE_URL_US: expected",
        "KEYSTEAD_SMTP_URL: expected",
        "KEYSTEAD_MAIL_FROM: needed",
        "KEYSTEAD_DIRECTORY_URL_FILE: cannot read",
        "KEYSTEAD_MASTER_KEY: ",
    ] {
        assert!(ran.err.contains(name), "{name}:\n{}", ran.err);
    }
    assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
}

#[test]
fn what_is_right_is_told_with_every_secret_hidden() {
    let place = Place::on_files()
        .with("KEYSTEAD_DIRECTORY_URL", "postgres://keystead:s3cret@db.example/directory?sslmode=disable")
        .with("KEYSTEAD_MASTER_KEY", &"5e".repeat(32))
        .with("KEYSTEAD_MAIL_FROM", "accounts@example.com");
    let smtp = place.file("smtp.url", "smtps://keystead:s3cret@mail.example\n");
    let place = place.with("KEYSTEAD_SMTP_URL_FILE", &smtp);
    let said = place.printed(&["check-config"]);
    for line in ["postgres://keystead:hidden@db.example/directory", "smtps://mail.example", "(hidden)", "us,eu"] {
        assert!(said.contains(line), "{line}:\n{said}");
    }
    assert!(!said.contains("s3cret") && !said.contains("5e5e"), "{said}");
    let both = place.with("KEYSTEAD_SMTP_URL", "smtps://mail.example").run(&["check-config"]);
    assert!(both.code == Some(2) && both.err.contains("either it or KEYSTEAD_SMTP_URL_FILE"), "{both:?}");
}

#[test]
fn what_carries_a_secret_is_no_flag() {
    let place = Place::on_files();
    for flag in ["--directory-url", "--database-url-eu", "--master-key", "--smtp-url"] {
        let ran = place.run(&["check-config", flag, "x"]);
        assert!(ran.code == Some(2) && ran.err.contains("unexpected argument"), "{flag}: {ran:?}");
    }
    let said = place.printed(&["check-config", "--registration", "closed", "--instance-name", "Tidewater"]);
    assert!(said.contains("closed") && said.contains("Tidewater"), "{said}");
}

#[test]
fn a_key_that_others_may_read_is_refused_until_the_doctor_closes_it() {
    let place = Place::on_files();
    place.begin();
    place.printed(&["verify"]);
    let key = place.data().join("master.key");
    let mode = |mode| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    for words in [["serve"].as_slice(), &["check-config"], &["admin", "list"]] {
        let ran = place.run(words);
        assert!(ran.code == Some(1) && ran.err.contains("others may read it (mode 644)"), "{words:?}: {ran:?}");
    }
    let said = place.printed(&["doctor", "--fix"]);
    assert!(said.contains("should be 600 [mended]"), "{said}");
    place.printed(&["admin", "list"]);
}

#[test]
fn the_version_is_told() {
    assert_eq!(Place::on_files().printed(&["--version"]), format!("keystead {}\n", env!("CARGO_PKG_VERSION")));
}
