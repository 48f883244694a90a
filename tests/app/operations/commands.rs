//! What is asked of the program beside a running server.

use keystead::db::{Db, DbError};
use keystead::kernel::clock::Clock;
use reqwest::Method;
use serde_json::json;

use crate::support::program::{Place, Ran};
use crate::support::world::Backend;

#[actix_web::test]
async fn a_service_token_is_printed_once_and_works_until_it_is_revoked() {
    let place = Place::on_files();
    place.begin();
    let refused = place.run(&["service-token", "create", "--name", "meter", "--allow", "everything"]);
    assert!(
        refused.code == Some(1) && refused.err.contains("\"everything\" is not one of usage, keys, projects"),
        "{refused:?}"
    );
    let token = place.printed(&["service-token", "create", "--name", "meter", "--allow", "usage"]);
    let token = token.strip_suffix('\n').unwrap();
    assert!(!token.contains(char::is_whitespace), "a program can take it as it is");
    let twice = place.run(&["service-token", "create", "--name", "meter"]);
    assert!(twice.code == Some(1) && twice.err.contains("There is a token \"meter\" already"), "{twice:?}");
    let listed = place.printed(&["service-token", "list"]);
    assert!(listed.contains("meter") && listed.contains("never used") && !listed.contains(token), "{listed}");

    let running = place.start(&["serve"]);
    let report = async || {
        let request = running.visitor().request(Method::POST, "/platform/v1/usage/events").bearer_auth(token);
        request.json(&json!({"events": []})).send().await.unwrap().status().as_u16()
    };
    assert_eq!(report().await, 200);
    assert!(place.printed(&["service-token", "list"]).contains("last used"));
    assert_eq!(place.printed(&["service-token", "revoke", "meter"]), "Revoked meter.\n");
    assert_eq!(report().await, 401);
    assert!(place.printed(&["service-token", "list"]).contains("revoked"));
}

#[test]
fn a_test_mail_is_sent_at_once_and_the_answer_is_told() {
    let place = Place::on_files();
    place.begin();
    let said = place.printed(&["mail-test", "operator@example.com"]);
    assert!(said.starts_with("Sent. The answer was: written to ") && said.contains("/mail/"), "{said}");
    let mails = place.mails();
    assert!(mails.len() == 1 && mails[0].contains("To: operator@example.com"), "{mails:?}");
    let wrong = place.run(&["mail-test", "nobody"]);
    assert!(wrong.code == Some(1) && wrong.err.starts_with("nobody: "), "{wrong:?}");

    // Nobody listens there.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = place.with("KEYSTEAD_SMTP_URL", &format!("smtp://keystead:s3cret@{silent}"));
    let ran = place.with("KEYSTEAD_MAIL_FROM", "accounts@example.com").run(&["mail-test", "operator@example.com"]);
    assert!(ran.code == Some(1) && ran.err.contains("did not take it") && !ran.err.contains("s3cret"), "{ran:?}");
}

#[test]
fn a_command_beside_a_server_makes_nothing_where_no_server_was() {
    let place = Place::on_files();
    for words in [["admin", "list"].as_slice(), &["doctor"], &["verify"], &["service-token", "list"]] {
        let ran = place.run(words);
        assert!(ran.code == Some(1) && ran.err.contains("Is KEYSTEAD_DATA right?"), "{words:?}: {ran:?}");
    }
    assert!(!place.data().exists());
}

/// The sign-ins that the demonstration prints, after the words before each.
fn told<'a>(said: &'a [String], words: &str) -> Vec<&'a str> {
    let after = |line: &'a String| line.split_once(words).map(|(_, rest)| rest.split_whitespace().next().unwrap());
    said.iter().filter_map(after).collect()
}

/// The scratch folders of demonstrations that are there.
fn scratch(place: &Place) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("keystead-demo-")).collect()
}

#[actix_web::test]
async fn the_demonstration_can_be_entered_with_what_it_prints() {
    let place = Place::on_files();
    let mut running = place.start(&["demo"]);
    let said = std::mem::take(&mut running.said);
    let (names, passwords) = (told(&said, "username  "), told(&said, "password  "));
    assert_eq!((names.len(), passwords.len()), (2, 2), "{said:?}");
    let enter = async |number: usize| {
        let browser = running.visitor();
        let form = browser.get("/sign-in").await.form("Sign in");
        let form = form.fill("Email or username", names[number]).fill("Password", passwords[number]);
        (browser.submit(&form).await, browser)
    };
    let (half, administrator) = enter(0).await;
    assert_eq!(half.location().as_deref(), Some("/sign-in/code"), "{}", half.text());
    let code = told(&said, "the code now: ")[0].trim_end_matches(')');
    let form = administrator.get("/sign-in/code").await.form("Sign in").fill("code", code);
    let inside = administrator.submit(&form).await;
    assert_eq!(inside.location().as_deref(), Some("/settings/account"), "{}", inside.text());
    let list = administrator.get("/admin/accounts").await;
    assert!(list.status == 200 && list.has(names[1]), "{}", list.text());
    let key = told(&said, "authenticator key  ")[0];
    assert!(keystead::crypto::totp::TotpSecret::from_base32(key).is_some(), "{key}");

    let (inside, person) = enter(1).await;
    assert_eq!(inside.location().as_deref(), Some("/settings/account"), "{}", inside.text());
    assert_eq!(person.get("/settings/billing").await.status, 200);

    assert_eq!(scratch(&place).len(), 1);
    running.terminate();
    assert_eq!(running.ended().0.code(), Some(0));
    assert!(scratch(&place).is_empty(), "it clears up after itself");
    assert!(!place.data().exists(), "it touches nothing of a real installation");
}

#[actix_web::test]
async fn the_demonstration_shows_a_team_at_work_and_the_doctor_finds_nothing_wrong_with_it() {
    let place = Place::on_files();
    let mut running = place.start(&["demo", "--keep"]);
    let said = std::mem::take(&mut running.said);
    let person = running.visitor();
    let form = person.get("/sign-in").await.form("Sign in");
    let (name, password) = (told(&said, "username  ")[1], told(&said, "password  ")[1]);
    person.submit(&form.fill("Email or username", name).fill("Password", password)).await;
    let project = "/northwind-sensors/gearbox-vibration";
    for (path, words) in [
        ("/northwind-sensors", ["Gearbox vibration", "Bird song", "Public", "Shelf gaps"].as_slice()),
        ("/northwind-sensors/settings/members", &["5 members, 2 invitations", "Owner", "Admin", "Editor", "Viewer"]),
        ("/northwind-sensors/settings/members", &["wilma.osterman@example.net"]),
        (project, &["63 samples", "2 datasets", "2 models", "4 API keys", "1 HMAC key", "gateway-07"]),
        (&format!("{project}/data"), &["Not signed", "Signature invalid", "gateway-11-workshop"]),
        (&format!("{project}/artifacts"), &["Bearing classifier, 8 bits", "training job"]),
        (&format!("{project}/keys"), &["Development key", "In 5 days", "Unused 97 days", "15 minutes ago"]),
        ("/settings/organizations", &["Northwind Sensors"]),
        ("/jonas-weber", &["Gesture wand"]),
    ] {
        let page = person.get(path).await;
        for word in words {
            assert!(page.has(word), "{path} lacks {word:?}: {}", page.text());
        }
    }
    let home = person.get("/northwind-sensors").await;
    let picture = home.attribute("h1 img", "src").unwrap();
    assert_eq!(person.get(&picture).await.status, 200);
    let minutes = person.get("/northwind-sensors/settings/billing").await;
    assert!(minutes.has("gearbox-vibration"), "{}", minutes.text());
    running.terminate();
    assert_eq!(running.ended().0.code(), Some(0));
    let data = scratch(&place).remove(0);
    let place = place.with("KEYSTEAD_DATA", data.to_str().unwrap());
    place.printed(&["verify"]);
    let examined = place.printed(&["doctor"]);
    assert!(examined.contains("ok     every sample has its bytes, and all bytes a sample"), "{examined}");
}

/// What monitoring reads: ids and levels that stay, and advice that is no alarm.
#[test]
fn the_doctor_tells_monitoring_the_same_things_by_the_same_names() {
    let place = Place::on_files();
    place.begin();
    let report = |said: &str| -> serde_json::Value { serde_json::from_str(said).unwrap() };
    let well = report(&place.printed(&["doctor", "--json"]));
    let checks = |report: &serde_json::Value, field: &str| -> Vec<String> {
        report["checks"].as_array().unwrap().iter().map(|check| check[field].as_str().unwrap().to_owned()).collect()
    };
    let ids = "key_file data_rights disk_room databases clocks key_age backup in_directory directory administrators \
               accounts organizations usage_sums record sealed photos samples plans jobs";
    assert_eq!(checks(&well, "id").join(" "), ids);
    let not_ok = |report: &serde_json::Value| -> Vec<String> {
        let levels = checks(report, "level").into_iter().zip(checks(report, "id"));
        levels.filter(|(level, _)| level != "ok").map(|(_, id)| id).collect()
    };
    assert_eq!((&well["level"], not_ok(&well)), (&serde_json::json!("advice"), vec!["backup".to_owned()]), "{well}");
    let site = place.site(Clock::System);
    let sql = "UPDATE named_keys SET created_at = 1";
    let age = |db: &mut Db| keystead::on_each!(db, |c| diesel::RunQueryDsl::execute(diesel::sql_query(sql), c));
    site.regions.directory.write_now::<_, DbError>(age).unwrap();
    let advised = report(&place.printed(&["doctor", "--json"]));
    assert_eq!(advised["level"], "advice");
    assert_eq!(not_ok(&advised), ["key_age", "backup"]);
    assert!(place.printed(&["doctor"]).contains("advice the master key was made within a year"));
    std::fs::set_permissions(place.data(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let wrong = place.run(&["doctor", "--json"]);
    assert_eq!((wrong.code, &report(&wrong.out)["level"]), (Some(1), &serde_json::json!("wrong")), "{wrong:?}");
}

fn without_its_key_nothing_opens_and_the_doctor_still_reports(backend: Backend) {
    let Some(mut place) = Place::new(backend) else { return };
    place.printed(&["migrate"]);
    let none = place.run(&["admin", "list"]);
    assert!(none.code == Some(1) && none.err.contains("There is no master key at "), "{none:?}");
    place.start(&["serve"]).kill();
    let key = place.data().join("master.key");
    let aside = place.folder().join("aside");
    std::fs::rename(&key, &aside).unwrap();
    for words in [["serve"].as_slice(), &["backup", "x"], &["keys", "list"], &["doctor", "--json"]] {
        let ran = place.run(words);
        assert!(ran.code == Some(1) && ran.err.contains("databases but no master key at "), "{words:?}: {ran:?}");
        assert!(!key.exists(), "{words:?} made another");
    }
    let level = |ran: &Ran, id: &str| -> String {
        let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["level"], "wrong");
        let one = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap();
        one["level"].as_str().unwrap().to_owned()
    };
    let lost = place.run(&["doctor", "--json"]);
    assert_eq!((level(&lost, "databases"), level(&lost, "opens")), ("ok".to_owned(), "wrong".to_owned()), "{lost:?}");
    std::fs::rename(&aside, &key).unwrap();
    place.printed(&["doctor", "--json"]);
    if backend == Backend::Postgres {
        place.drop_database("eu");
        let away = place.run(&["doctor", "--json"]);
        assert!(
            away.code == Some(1) && level(&away, "databases") == "wrong" && level(&away, "key_file") == "ok",
            "{away:?}"
        );
    }
}

#[test]
fn without_its_key_nothing_opens_and_the_doctor_still_reports_on_files() {
    without_its_key_nothing_opens_and_the_doctor_still_reports(Backend::Sqlite);
}

#[test]
fn without_its_key_nothing_opens_and_the_doctor_still_reports_on_postgres() {
    without_its_key_nothing_opens_and_the_doctor_still_reports(Backend::Postgres);
}

/// systemd reads it, and cron has sh read it.
#[test]
fn the_file_of_settings_can_be_read_by_a_shell() {
    let all = include_str!("../../../deploy/keystead.env").replace("\n#KEYSTEAD_", "\nKEYSTEAD_");
    let script = all + "\nprintf %s \"$KEYSTEAD_MAIL_FROM\"\n";
    let ran = std::process::Command::new("sh").args(["-eu", "-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "Keystead <accounts@example.com>", "{ran:?}");
}
