//! Accounts go: by their owner, by an administrator, many at once; and one that comes back in time.

use keystead::crypto::totp::TotpSecret;

use super::given::{make_administrator, next_code};
use super::{fill_in_door, mailed_link, open, sign_in};
use crate::support::browser::{Browser, Setup, WIDE};
use crate::support::people::{PASSWORD, Person};
use crate::support::world::World;

async fn is_refused(world: &World, person: &Person, setup: Setup) -> bool {
    let Some(browser) = Browser::open(&world.base(), setup).await else { return true };
    sign_in(&browser, person).await;
    let refused = browser.shows(".errors").await;
    browser.close().await;
    refused
}

async fn leaves_and_comes_back(setup: Setup) {
    let Some((world, browser)) = open(setup).await else { return };
    let ada = world.person("ada-marchetti");
    sign_in(&browser, &ada).await;
    browser.follow("Delete your account").await;
    browser.fill("Type your username", "ada").await;
    browser.press("Delete account").await;
    assert!(browser.shows(".errors").await, "nothing goes without the whole name typed");
    browser.fill("Type your username", "ada-marchetti").await;
    browser.press("Delete account").await;
    assert_eq!(browser.path().await, "/farewell");
    assert!(is_refused(&world, &ada, setup).await, "a closing account is nobody's to enter");

    browser.go(&mailed_link(&world, &ada.email, "/cancel-closing/")).await;
    browser.press("Keep my account").await;
    fill_in_door(&browser, &ada.username, PASSWORD).await;
    assert_eq!(browser.path().await, "/settings/account");
    assert_eq!(browser.value("Name").await, "Ada Marchetti");
    browser.close().await;
}

#[actix_web::test]
async fn an_owner_leaves_and_comes_back() {
    leaves_and_comes_back(WIDE).await;
}

#[actix_web::test]
async fn so_they_do_without_script() {
    leaves_and_comes_back(WIDE.without_script()).await;
}

/// Grace, in the administration.
async fn administrates(world: &World, browser: &Browser) {
    let grace = world.person("grace-hopper");
    sign_in(browser, &grace).await;
    browser.go("/settings/mfa/set-up").await;
    let key = TotpSecret::from_base32(&browser.text("#key").await.replace(char::is_whitespace, "")).unwrap();
    browser.fill("Type the code it shows", &next_code(world, &key)).await;
    browser.press("Turn on").await;
    make_administrator(world, &grace);
    browser.go("/settings/account").await;
    browser.touch("button.photo").await;
    browser.follow("Administration").await;
    assert_eq!(browser.path().await, "/admin/accounts");
}

async fn deletes_somebody(setup: Setup) {
    let Some((world, browser)) = open(setup).await else { return };
    let ada = world.person("ada-marchetti");
    world.person("samira-el");
    administrates(&world, &browser).await;
    browser.fill("Search", "ada-m").await;
    browser.press("Search").await;
    assert_eq!(browser.texts("tbody .person small").await, ["ada-marchetti"]);
    browser.follow("Ada Marchetti").await;
    browser.follow("Delete account").await;
    let goes = browser.text("[aria-labelledby=goes]").await;
    assert!(goes.contains('1'), "what goes is counted: {goes}");
    browser.fill("Reason", "Asked us to by letter.").await;
    browser.fill("Type the username", "ada-marchetti").await;
    browser.press("Delete account").await;
    assert!(browser.shows("[role=status]").await);
    assert!(is_refused(&world, &ada, setup).await);
    let told = world.inbox(&ada.email);
    assert!(told.iter().any(|mail| mail.text.contains("Asked us to by letter.")), "the owner reads why");
    browser.close().await;
}

#[actix_web::test]
async fn an_administrator_finds_and_deletes_an_account() {
    deletes_somebody(WIDE).await;
}

#[actix_web::test]
async fn so_they_do_without_a_script() {
    deletes_somebody(WIDE.without_script()).await;
}

#[actix_web::test]
async fn an_administrator_deletes_many_at_once() {
    let Some((world, browser)) = open(WIDE).await else { return };
    let spam: Vec<Person> = ["cheap-pills", "more-pills", "best-pills"].map(|name| world.person(name)).into();
    administrates(&world, &browser).await;
    for person in &spam {
        browser.tick(&format!("Select {}", person.username)).await;
    }
    assert!(browser.shows(".bulk").await, "what is picked opens the bar");
    browser.press("Delete…").await;
    browser.fill("Reason", "Spam.").await;
    browser.choose("when", "now").await;
    browser.fill("Type the number of accounts", "3").await;
    browser.press("Delete 3 accounts").await;
    world.run_jobs();
    let progress = browser.path().await;
    browser.go(&progress).await;
    assert_eq!(browser.text("#progress-head").await, "Done");
    for person in &spam {
        assert!(is_refused(&world, person, WIDE).await, "{}", person.username);
    }
    browser.go("/admin/accounts").await;
    assert_eq!(browser.texts("tbody .person small").await, ["grace-hopper"]);
    browser.close().await;
}
