//! The program at its most talkative: everything secret goes through it once, and is found nowhere but where it is meant.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::clock::Clock;
use keystead::kernel::region::Region;
use keystead::pages::TABLE;
use reqwest::Method;
use serde_json::json;

use crate::crash::make_person;
use crate::crash::visitors::PASSWORDS;
use crate::erasure::contents;
use crate::support::canaries::Canaries;
use crate::support::client::{Client, View};
use crate::support::program::{Place, Running};
use crate::support::world::Backend;

const ADA: &str = "ada-marchetti";
/// Typed somewhere: as a secret, as its next value, in a file, where it is refused, as a password.
const SECRET: &str = "cnry/Wq7 added+ü";
const REPLACED: &str = "cnry-Xt3 replaced&=%";
const PASTED: &str = "cnry-Yb9 pasted value";
const REFUSED: &str = "cnry-Zk5 refused value";
const WRONG_PASSWORD: &str = "cnry-Lm2 wrong password";
const NEW_PASSWORD: &str = "cnry-Rt8 lantern harbour violin";

/// What was shown once, or typed, by what it is.
type Seeded = BTreeMap<&'static str, String>;

/// Every cookie that an answer set, if it is long enough to be a secret.
fn cookies(view: &View, seeded: &mut Seeded, [one, other]: [&'static str; 2]) {
    let set = view.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let values = set.filter_map(|cookie| Some(cookie.split(';').next()?.split_once('=')?.1.to_owned()));
    for (name, value) in [one, other].into_iter().zip(values.filter(|value| value.len() >= 20)) {
        seeded.insert(name, value);
    }
}

async fn post(browser: &Client, page: &str, button: &str, fields: &[(&str, &str)]) -> View {
    let form = browser.get(page).await.form(button);
    let filled = fields.iter().fold(form, |form, (label, value)| form.fill(label, value));
    browser.submit(&filled).await
}

/// What stands behind this part of a link in the mails so far.
fn mailed(place: &Place, before: &str) -> String {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let unfolded = place.mails().join("\n").replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
        if let Some((_, token)) = unfolded.split_whitespace().find_map(|word| word.split_once(before)) {
            return token.to_owned();
        }
        std::thread::yield_now();
    }
    panic!("no mail with {before}");
}

async fn secrets_of(browser: &Client) {
    let base = "/settings/secrets";
    for name in ["PATH", "lower_case"] {
        post(browser, &format!("{base}/new"), "Add secret", &[("Name", name), ("Secret", REFUSED)]).await;
    }
    let added = post(browser, &format!("{base}/new"), "Add secret", &[("Name", "ONE"), ("Secret", SECRET)]).await;
    let page = browser.follow(added).await.attribute("td.act a", "href").unwrap();
    let replaced = post(browser, &format!("{page}/replace"), "Replace value", &[("New value", REPLACED)]).await;
    assert_eq!(replaced.status, 303);
    post(browser, &page, "Give jobs version 1", &[]).await;
    let file = format!("TWO={PASTED}\nPATH={REFUSED}\n{REFUSED}\n");
    let review = post(browser, &format!("{base}/paste"), "Look at the names", &[("File", &file)]).await;
    let kept = browser.submit(&browser.follow(review).await.form("Keep these secrets")).await;
    assert_eq!(kept.status, 303);
    let marked = post(browser, &format!("{page}/leak"), "Mark as leaked", &[]).await;
    assert_eq!(browser.follow(marked).await.status, 200);
}

async fn keys_of(browser: &Client, seeded: &mut Seeded) {
    let made = post(browser, "/ada-marchetti/new-project", "Create project", &[("Name", "Gripper Vision")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let base = "/ada-marchetti/gripper-vision";
    for (name, page) in [("API key", format!("{base}/keys")), ("workspace key", "/settings/api-keys".to_owned())] {
        let made = post(browser, &format!("{page}/new"), "Create API key", &[("Name", "ci")]).await;
        seeded.insert(name, browser.follow(made).await.text_of("[data-shown-once]"));
    }
    let made = post(browser, &format!("{base}/hmac-keys/new"), "Create HMAC key", &[("Name", "bench")]).await;
    seeded.insert("HMAC key", browser.follow(made).await.text_of("[data-shown-once]"));
}

/// A job gets its environment both ways, and asks again with what is spent.
async fn environment_of(browser: &Client, seeded: &mut Seeded) {
    for (name, format) in [("job token", "json"), ("another job token", "env")] {
        let body = json!({"workspace": ADA, "project": "gripper-vision", "job": "train-1", "privileged": true});
        let asked =
            browser.request(Method::POST, "/platform/v1/environment-tokens").bearer_auth(&seeded["service token"]);
        let answer: serde_json::Value = asked.json(&body).send().await.unwrap().json().await.unwrap();
        let token = answer["token"].as_str().unwrap().to_owned();
        let path = format!("/platform/v1/environment?format={format}");
        for status in [200, 401] {
            let answer = browser.request(Method::GET, &path).bearer_auth(&token).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.text().await.unwrap().contains("cnry"), status == 200);
        }
        seeded.insert(name, token);
    }
    for (path, key) in [("/v1/api/projects", "API key"), ("/api/v1/account", "workspace key")] {
        let call = browser.request(Method::GET, path).header("x-api-key", &seeded[key]).bearer_auth(&seeded[key]);
        call.send().await.unwrap();
    }
    let body = json!({"key": seeded["API key"], "action": "read_data"});
    let asked = browser.request(Method::POST, "/platform/v1/keys/verify").bearer_auth(&seeded["service token"]);
    asked.json(&body).send().await.unwrap();
}

async fn factor_of(browser: &Client, seeded: &mut Seeded) -> TotpSecret {
    let page = browser.get("/settings/mfa/set-up").await;
    let text = page.text_of("#key").replace(' ', "");
    let secret = TotpSecret::from_base32(&text).unwrap();
    seeded.insert("TOTP key", text);
    let code = secret.code_at(Clock::System.now());
    browser.submit(&page.form("Turn on").fill("Type the code it shows", &code)).await;
    let codes = browser.visit("/settings/mfa/codes").await.text_of("#codes");
    for (name, code) in ["recovery code", "another recovery code"].into_iter().zip(codes.split(' ')) {
        seeded.insert(name, code.to_owned());
    }
    secret
}

/// Everything, on the pages and by the calls of the running program.
async fn drive(place: &Place, program: &Running, seeded: &mut Seeded) -> Client {
    let browser = program.visitor();
    for password in [WRONG_PASSWORD, PASSWORDS[0]] {
        let fields = [("Email or username", ADA), ("Password", password)];
        let entered = post(&browser, "/sign-in", "Sign in", &fields).await;
        cookies(&entered, seeded, ["session cookie", "device cookie"]);
    }
    secrets_of(&browser).await;
    keys_of(&browser, seeded).await;
    environment_of(&browser, seeded).await;
    let fields =
        [("Current password", PASSWORDS[0]), ("New password", NEW_PASSWORD), ("New password again", NEW_PASSWORD)];
    let changed = post(&browser, "/settings/password", "Save changes", &fields).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
    factor_of(&browser, seeded).await;
    // Signing in anew, by a recovery code; and by a mailed link, as far as it goes.
    let other = program.visitor();
    let fields = [("Email or username", ADA), ("Password", NEW_PASSWORD)];
    assert_eq!(post(&other, "/sign-in", "Sign in", &fields).await.location().as_deref(), Some("/sign-in/code"));
    let form = other.get("/sign-in/code").await.form("Sign in").fill("code", &seeded["recovery code"]);
    assert_eq!(other.submit(&form).await.status, 303);
    post(&program.visitor(), "/forgot-password", "Send the link", &[("Email", "ada-marchetti@example.com")]).await;
    let token: String =
        mailed(place, "/reset/").chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    program.visitor().visit(&format!("/reset/{token}")).await;
    seeded.insert("mailed link", token);
    browser
}

async fn nothing_is_found(backend: Backend) {
    let Some(place) = Place::new(backend) else { return };
    let place = place.with("RUST_LOG", "trace");
    place.begin();
    let mut seeded = Seeded::new();
    let token = place.run(&["service-token", "create", "--name", "runner", "--allow", "jobs,keys"]);
    seeded.insert("service token", token.out.trim().to_owned());
    let site = place.site(Clock::System);
    make_person(&site, Region::Eu, ADA);
    let program = place.start(&["serve"]);
    let browser = drive(&place, &program, &mut seeded).await;
    assert!(seeded.len() >= 11, "{:?}", seeded.keys());
    for (name, value) in [
        ("secret", SECRET),
        ("replaced secret", REPLACED),
        ("pasted secret", PASTED),
        ("refused secret", REFUSED),
        ("password", PASSWORDS[0]),
        ("wrong password", WRONG_PASSWORD),
        ("new password", NEW_PASSWORD),
    ] {
        seeded.insert(name, value.to_owned());
    }
    let canaries = Canaries::of(seeded.iter().map(|(name, value)| (*name, value.as_str())));
    let nothing = [""; 0];

    // Lists as files, and every page without a word in its address.
    let mut asked = 0;
    for (_, _, route) in TABLE.iter().filter(|(access, method, _)| *access == "signed_in" && *method == "get") {
        let path = route.replace("{workspace}", ADA).replace("{project}", "gripper-vision");
        if path.contains('{') {
            continue;
        }
        let view = browser.get(&path).await;
        asked += usize::from(view.status == 200);
        assert_eq!(canaries.found_in(view.html.as_bytes()), nothing, "{path}");
    }
    assert!(asked > 20, "{asked} pages");

    let environ = std::fs::read(format!("/proc/{}/environ", program.id())).unwrap();
    assert!(!environ.is_empty());
    assert_eq!(canaries.found_in(&environ), nothing, "the environment of the process");
    for store in [site.regions.store(Region::Eu).unwrap(), &site.regions.directory] {
        for (table, rows) in contents(store) {
            assert_eq!(canaries.found_in(rows.join("\n").as_bytes()), nothing, "{table}");
        }
    }
    // While it runs, with its write-ahead logs.
    let search = |when: &str| {
        let (found, files) = canaries.in_folder(place.folder());
        assert!(files > 3, "{files} files");
        for (file, found) in found {
            let is_meant = file.contains("/mail/") && found == ["mailed link"];
            assert!(is_meant, "{when}: {file} holds {found:?}");
        }
    };
    search("running");
    // It ends in the middle of whatever it does; what it leaves behind says nothing.
    program.signal("ABRT");
    let (status, printed) = program.ended();
    assert_eq!(status.signal(), Some(6));
    assert_eq!(canaries.found_in(printed.as_bytes()), nothing, "what it printed");
    search("crashed");
    let log = std::fs::read_to_string(place.folder().join("log")).unwrap();
    assert!(log.contains("TRACE"), "it said all it can say");
}

#[actix_web::test]
async fn at_trace_level_and_after_a_crash_no_secret_is_found_but_where_it_is_meant() {
    nothing_is_found(Backend::Sqlite).await;
}

#[actix_web::test]
async fn the_same_beside_postgresql() {
    nothing_is_found(Backend::Postgres).await;
}
