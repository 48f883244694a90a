//! The settings in a real browser: in light, dark and on a narrow screen, with script and without, right and wrong.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use keystead::crypto::totp::TotpSecret;
use keystead::kernel::region::Region;

use crate::support::browser::{Browser, NARROW, Setup, WIDE};
use crate::support::client::Client;
use crate::support::markup::check_markup;
use crate::support::people::{PASSWORD, Person, set_up_authenticator};
use crate::support::world::{Backend, World};

const LONG_NAME: &str = "Adalberta Wolfeschlegelsteinhausenbergerdorff Marchetti de Oliveira Albuquerque Montenegro";

/// Where the pictures go that somebody wants to look at; empty for nowhere.
fn pictures() -> String {
    #[expect(clippy::disallowed_methods, reason = "what a test may need is said by the environment it runs in")]
    std::env::var("KEYSTEAD_TEST_SHOTS").unwrap_or_default()
}

/// A page as it must always be: readable by everybody, without a word of complaint from the browser, nothing sticking
/// out at the side.
async fn look_at(browser: &Browser, name: &str, setup: &str) {
    let folder = pictures();
    if !folder.is_empty() {
        browser.screenshot(&Path::new(&folder).join(format!("{name}-{setup}.png"))).await;
    }
    if setup == "plain" {
        return;
    }
    let overhang = browser.run("return document.documentElement.scrollWidth - innerWidth").await;
    assert!(overhang.as_i64().unwrap() <= 0, "{name} {setup} sticks out by {overhang} px");
    browser.check_accessibility().await;
    let complaints: Vec<String> = browser
        .console()
        .await
        .into_iter()
        .filter(|line| !line.contains("422") && !line.contains("409") && !line.contains("Autofocus"))
        .collect();
    assert!(complaints.is_empty(), "{name} {setup}: {complaints:?}");
}

async fn open(world: &World, person: &Person, setup: Setup) -> Option<Browser> {
    let browser = Browser::open(&format!("http://localhost:{}", world.address.port()), setup).await?;
    browser.resize(setup.width, 2000).await;
    browser.go("/sign-in").await;
    browser.fill("Email or username", &person.username).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    assert_eq!(browser.path().await, "/settings/account");
    Some(browser)
}

async fn save_wrongly(browser: &Browser, setup: &str) {
    browser.go("/settings/account").await;
    browser.fill("Bio", "Grippers").await;
    browser.fill("Website", "marchetti.example").await;
    browser.fill("GitHub", "https://evil.example/ada").await;
    browser.press("Save changes").await;
    assert!(browser.title().await.starts_with("Error: Account"));
    assert_eq!(browser.value("Bio").await, "Grippers");
    look_at(browser, "account-wrong", setup).await;
    browser.go("/settings/password").await;
    browser.fill("Current password", "wrong").await;
    browser.fill("New password", "quiet arches carry the weight").await;
    browser.fill("New password again", "quiet arches carry the weight").await;
    browser.press("Save changes").await;
    assert_eq!(browser.value("New password").await, "");
    look_at(browser, "password-wrong", setup).await;
}

/// Another browser is quicker.
async fn save_second(elsewhere: &Client, browser: &Browser, setup: &str) {
    browser.go("/settings/account").await;
    let form = elsewhere.get("/settings/account").await.form("Save changes");
    let theirs = form.fill("company", &format!("Tidewater {setup}")).fill("job_title", &format!("Lead {setup}"));
    assert_eq!(elsewhere.submit(&theirs).await.status, 303);
    browser.fill("Company", "Northfield").await;
    browser.press("Save changes").await;
    assert_eq!(browser.value("Company").await, "Northfield");
    assert_eq!(browser.value("Job title").await, format!("Lead {setup}"));
    look_at(browser, "account-second", setup).await;
}

/// Sets up an authenticator, keeps the codes, makes new ones, looks at turning it off, and turns it off.
async fn go_through_mfa(world: &World, browser: &Browser, setup: &str) {
    browser.go("/settings/mfa").await;
    look_at(browser, "mfa-off", setup).await;
    browser.follow("Set up using an authenticator app").await;
    browser.fill("Type the code it shows", "000 000").await;
    browser.press("Turn on").await;
    look_at(browser, "mfa-set-up-wrong", setup).await;
    let key = browser.text("#key").await;
    let secret = TotpSecret::from_base32(&key.split_whitespace().collect::<String>()).unwrap();
    browser.fill("Type the code it shows", &secret.code_at(world.site.clock.now())).await;
    browser.press("Turn on").await;
    let codes = browser.texts("#codes code").await;
    assert_eq!(codes.len(), 10);
    look_at(browser, "mfa-codes", setup).await;
    browser.fill("Type one of them back", "not one of them").await;
    browser.press("I have kept them").await;
    assert!(!browser.shows("#codes").await);
    look_at(browser, "mfa-codes-wrong", setup).await;
    browser.go("/settings/mfa").await;
    look_at(browser, "mfa-unchecked", setup).await;
    browser.fill("Type one of them back", &codes[2]).await;
    browser.press("I have kept them").await;
    assert!(browser.text(".flash").await.contains("Your recovery codes are kept."));
    look_at(browser, "mfa-on", setup).await;
    browser.go("/settings/password").await;
    look_at(browser, "password-with-code", setup).await;
    browser.go("/settings/mfa/new-codes").await;
    look_at(browser, "mfa-new-codes", setup).await;
    browser.go("/settings/mfa/turn-off").await;
    look_at(browser, "mfa-turn-off", setup).await;
    browser.press("Turn off").await;
    assert!(browser.text("main").await.contains("Set up using an authenticator app"));
}

#[actix_web::test]
async fn every_page_holds_in_every_light_and_width() {
    let Some(world) = World::spawn(Backend::Sqlite) else { return };
    let ada = world.person("ada-marchetti");
    for (setup, name) in [(WIDE, "light"), (WIDE.dark(), "dark"), (NARROW, "narrow"), (WIDE.without_script(), "plain")]
    {
        let elsewhere = world.signed_in(&ada).await;
        let Some(browser) = open(&world, &ada, setup).await else { return };
        for (path, page) in [("account", "account"), ("password", "password"), ("sessions", "sessions")] {
            browser.go(&format!("/settings/{path}")).await;
            look_at(&browser, page, name).await;
        }
        save_wrongly(&browser, name).await;
        save_second(&elsewhere, &browser, name).await;
        go_through_mfa(&world, &browser, name).await;
        browser.go("/settings/account").await;
        browser.fill("Name", LONG_NAME).await;
        browser.fill("Company", LONG_NAME).await;
        browser.press("Save changes").await;
        look_at(&browser, "account-long", name).await;
        browser.close().await;
    }
}

#[actix_web::test]
async fn what_the_server_sends_is_valid() {
    let Some(world) = World::spawn(Backend::Sqlite) else { return };
    let browser = world.signed_in(&world.person("ada-marchetti")).await;
    let mut pages = Vec::new();
    for path in ["account", "password", "mfa", "mfa/set-up", "sessions"] {
        pages.push(browser.get(&format!("/settings/{path}")).await);
    }
    let (_, codes) = set_up_authenticator(&world, &browser).await;
    assert_eq!(codes.len(), 10);
    for path in ["password", "mfa", "mfa/new-codes", "mfa/turn-off", "sessions"] {
        pages.push(browser.get(&format!("/settings/{path}")).await);
    }
    let form = browser.get("/settings/mfa").await.form("I have kept them").fill("kept", "wrong");
    pages.push(browser.submit(&form).await);
    let form = browser.get("/settings/password").await.form("Save changes");
    pages.push(browser.submit(&form).await);
    let form = browser.get("/settings/account").await.form("Save changes").fill("name", "").fill("github", "//x");
    pages.push(browser.submit(&form).await);
    let form = form.fill("name", "Ada").fill("github", "").choose("revision", "-1");
    pages.push(browser.submit(&form).await);
    let statuses: Vec<u16> = pages.iter().map(|page| page.status).filter(|status| *status != 200).collect();
    assert_eq!(statuses, [422, 422, 422, 409]);
    // Judged at the end: judging takes longer than a server keeps a connection open.
    for page in pages {
        check_markup(&page.path, &page.html);
    }
}

/// Red on the left, blue on the right, three times as wide as high.
fn wide_picture(folder: &Path) -> PathBuf {
    let color = |x: u32| if x < 300 { Rgb([210, 30, 30]) } else { Rgb([30, 30, 210]) };
    let file = folder.join("wide.png");
    RgbImage::from_fn(600, 200, |x, _| color(x)).save(&file).unwrap();
    file
}

fn stored_photo(world: &World, address: &str) -> RgbImage {
    let name = address.trim_start_matches('/').replace("-128", "-512");
    let read = |end: &str| world.site.files.get(Region::Eu, &format!("{name}.{end}")).unwrap();
    image::load_from_memory(&read("webp").or_else(|| read("png")).unwrap()).unwrap().into_rgb8()
}

async fn photo_address(browser: &Browser) -> String {
    let address = browser.run("return document.querySelector('.face img').getAttribute('src')").await;
    browser.wait_for(".face img").await;
    address.as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_photo_is_cropped_by_hand_with_script_and_in_the_middle_without() {
    let Some(world) = World::spawn(Backend::Sqlite) else { return };
    let ada = world.person("ada-marchetti");
    let folder = tempfile::tempdir().unwrap();
    let file = wide_picture(folder.path());

    let Some(browser) = open(&world, &ada, WIDE.without_script()).await else { return };
    assert!(!browser.shows(".crop").await, "no cropper without script");
    browser.upload("Photo", &file).await;
    browser.press("Save changes").await;
    let middle = stored_photo(&world, &photo_address(&browser).await);
    assert!(middle.get_pixel(5, 256).0[0] > 180 && middle.get_pixel(506, 256).0[2] > 180, "half red, half blue");
    browser.close().await;

    let Some(browser) = open(&world, &ada, WIDE).await else { return };
    browser.upload("Photo", &file).await;
    browser.wait_for(".crop:not([hidden])").await;
    browser
        .run(
            "const across = document.querySelector('[data-part=across]'); across.value = 100;
         across.dispatchEvent(new Event('input', { bubbles: true })); return 1",
        )
        .await;
    look_at(&browser, "account-cropper", "light").await;
    browser.press("Save changes").await;
    let right = stored_photo(&world, &photo_address(&browser).await);
    assert!(right.pixels().all(|pixel| pixel.0[2] > 180), "all blue");
    look_at(&browser, "account-photo", "light").await;

    browser.tick("Remove the photo").await;
    browser.press("Save changes").await;
    assert!(!browser.shows(".face img").await);
    browser.close().await;
}
