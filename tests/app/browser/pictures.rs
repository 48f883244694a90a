//! The two pictures of the README, taken of the real pages.
//!
//! `KEYSTEAD_TEST_PICTURES=1 cargo test --test app pictures` takes them anew; otherwise they only have to be there.

use std::path::{Path, PathBuf};

use keystead::crypto::totp::TotpSecret;
use keystead::db::Db;
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, minutes};
use keystead::lifecycle::suspension;

use super::given::{computed, make_administrator, next_code, place_of};
use super::{open, sign_in};
use crate::support::browser::{Browser, WIDE};
use crate::support::people::Person;
use crate::support::setting;
use crate::support::world::World;

/// Region, username, name, plan, minutes a day.
const PEOPLE: &[(Region, &str, &str, &str, i64)] = &[
    (Region::Us, "bram-de-wit", "Bram de Wit", "free", 12),
    (Region::Eu, "ines-carvalho", "Inês Carvalho", "pro", 310),
    (Region::Ap, "yuki-tanabe", "Yuki Tanabe", "enterprise", 840),
    (Region::Us, "samira-el-amrani", "Samira El-Amrani", "pro", 275),
    (Region::Eu, "oskar-lindqvist", "Oskar Lindqvist", "free", 41),
    (Region::Ap, "thanh-nguyen", "Thanh Nguyen", "pro", 190),
    (Region::Us, "maya-robinson", "Maya Robinson", "enterprise", 620),
    (Region::Eu, "petra-novak", "Petra Novák", "free", 33),
    (Region::Us, "quick-mining-7", "Quick Mining", "free", 49),
    (Region::Ap, "arjun-mehta", "Arjun Mehta", "free", 20),
    (Region::Eu, "lene-havn", "Lene Havn", "pro", 145),
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

#[actix_web::test]
async fn the_readme_shows_the_pages_as_they_are() {
    let (account, admin) = (file("account-light.png"), file("admin-dark.png"));
    if setting("KEYSTEAD_TEST_PICTURES").is_none() {
        for picture in [account, admin] {
            assert_eq!(image::image_dimensions(&picture).unwrap(), (1280, 800), "{}", picture.display());
        }
        return;
    }
    let Some((world, browser)) = open(WIDE).await else { return };
    browser.resize(1280, 800).await;
    browser.hide_scrollbars().await;
    let people = settled(&world);
    let ada = world.person("ada-marchetti");
    computed(&world, &ada, 95);
    sign_in(&browser, &ada).await;
    profile(&browser).await;
    world.site.clock.advance(minutes(26));
    browser.go("/settings/account").await;
    browser.screenshot(&account).await;

    sign_in_as_administrator(&world, &browser, &ada).await;
    let (spammer, region) = place_of(&world, &people[8]);
    let (act, by) = (world.act(), place_of(&world, &ada).0);
    let suspend = |db: &mut Db| suspension::suspend(db, &act, by, spammer, "Mines coins on the free plan.");
    world.region(region).write_now(suspend).unwrap();
    browser.shade(true).await;
    browser.go("/admin/accounts").await;
    browser.screenshot(&admin).await;
    browser.close().await;
}

/// People who came one after the other.
fn settled(world: &World) -> Vec<Person> {
    let person = |(region, username, name, plan, a_day): &(Region, &str, &str, &str, i64)| {
        let person = world.person_in(*region, username, name, plan);
        computed(world, &person, *a_day);
        world.site.clock.advance(hours(5));
        person
    };
    PEOPLE.iter().map(person).collect()
}

async fn profile(browser: &Browser) {
    for (label, text) in [
        ("Job title", "Embedded ML lead"),
        ("Company", "Tidewater Robotics"),
        ("Bio", "I teach small grippers to be gentle: vision models that fit on the board beside the motor."),
        ("GitHub", "ada-marchetti"),
        ("LinkedIn", "ada-marchetti"),
        ("Website", "https://marchetti.example/"),
    ] {
        browser.fill(label, text).await;
    }
    browser.press("Save changes").await;
}

async fn sign_in_as_administrator(world: &World, browser: &Browser, person: &Person) {
    browser.go("/settings/mfa/set-up").await;
    if browser.path().await.starts_with("/confirm") {
        browser.fill("Password", crate::support::people::PASSWORD).await;
        browser.press("Confirm").await;
    }
    let key = TotpSecret::from_base32(&browser.text("#key").await.replace(char::is_whitespace, "")).unwrap();
    browser.fill("Type the code it shows", &next_code(world, &key)).await;
    browser.press("Turn on").await;
    make_administrator(world, person);
}
