//! Getting in and out: sign-up, sign-in, a forgotten password.

use crate::support::browser::{Browser, NARROW, Setup, WIDE};
use crate::support::people::PASSWORD;
use crate::support::world::{Backend, World};

use super::{fill_in_door, mailed_code, mailed_link, open, open_on, sign_in, sign_out};

const ADDRESS: &str = "ada@example.com";

/// From the first page to the account tab.
async fn sign_up(world: &World, browser: &Browser) {
    browser.go("/").await;
    browser.follow("Create an account").await;
    browser.fill("Email", ADDRESS).await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Name", "Ada Marchetti").await;
    browser.fill("Username", "ada-marchetti").await;
    browser.choose("region", "eu").await;
    browser.press("Create account").await;
    assert_eq!(browser.path().await, "/sign-up/code");
    browser.fill("Code", &mailed_code(world, ADDRESS)).await;
    browser.press("Confirm address").await;
    assert_eq!(browser.path().await, "/settings/account");
    assert_eq!(browser.value("Name").await, "Ada Marchetti");
}

async fn comes_in_and_goes(backend: Backend, setup: Setup) {
    let Some((world, browser)) = open_on(backend, setup).await else { return };
    sign_up(&world, &browser).await;
    sign_out(&browser).await;

    fill_in_door(&browser, "ada-marchetti", "not the right words").await;
    assert!(browser.title().await.starts_with("Error: "));
    assert!(browser.shows(".errors").await);
    assert_eq!(browser.value("Email or username").await, "ada-marchetti", "what was typed is still there");
    assert_eq!(browser.value("Password").await, "", "and the password is not");
    let refused = browser.console().await;
    assert!(refused.iter().all(|line| line.contains("422")), "{refused:?}");

    fill_in_door(&browser, ADDRESS, PASSWORD).await;
    assert_eq!(browser.path().await, "/settings/account");
    browser.check_console().await;
    browser.close().await;
}

#[actix_web::test]
async fn somebody_signs_up_and_out_and_in_again() {
    comes_in_and_goes(Backend::Sqlite, WIDE).await;
}

#[actix_web::test]
async fn so_they_do_without_script() {
    comes_in_and_goes(Backend::Sqlite, WIDE.without_script()).await;
}

#[actix_web::test]
async fn so_they_do_on_postgres() {
    comes_in_and_goes(Backend::Postgres, NARROW).await;
}

/// Tab and Enter are all it takes.
#[actix_web::test]
async fn the_keyboard_alone_signs_in() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let Some((world, browser)) = open(WIDE).await else { return };
    sign_up(&world, &browser).await;
    sign_out(&browser).await;
    browser.go("/sign-in").await;
    let focused = "return document.activeElement?.id || document.activeElement?.innerText || ''";
    for (stop, typed) in [("login", "ada-marchetti"), ("password", PASSWORD)] {
        browser.strike(TAB).await;
        assert_eq!(browser.run(focused).await, stop);
        browser.strike(typed).await;
    }
    browser.strike(ENTER).await;
    browser.wait_for("#profile").await;
    // The first stop on a page leads past its menus.
    browser.go("/settings/account").await;
    browser.strike(TAB).await;
    assert_eq!(browser.run(focused).await, "Skip to content");
    browser.close().await;
}

async fn finds_a_way_back_in(setup: Setup) {
    const NEW: &str = "quiet arches carry the weight";
    let Some((world, browser)) = open(setup).await else { return };
    let Some(elsewhere) = Browser::open(&world.base(), setup).await else { return };
    let ada = world.person("ada-marchetti");
    sign_in(&elsewhere, &ada).await;

    browser.go("/sign-in").await;
    browser.follow("Forgot your password?").await;
    browser.fill("Email", &ada.email).await;
    browser.press("Send the link").await;
    let link = mailed_link(&world, &ada.email, "/reset/");
    browser.go(&link).await;
    assert_eq!(browser.path().await, "/reset", "the link stands in no history");
    browser.fill("New password", NEW).await;
    browser.fill("New password again", NEW).await;
    browser.press("Change password").await;
    assert_eq!(browser.path().await, "/sign-in", "nobody is signed in by a link");
    fill_in_door(&browser, &ada.email, NEW).await;
    assert_eq!(browser.path().await, "/settings/account");

    elsewhere.go("/settings/account").await;
    assert!(elsewhere.path().await.starts_with("/sign-in"), "every other session has ended");
    elsewhere.go(&link).await;
    assert!(elsewhere.text("h1").await.contains("no longer works"));
    elsewhere.close().await;
    browser.close().await;
}

#[actix_web::test]
async fn a_forgotten_password_is_set_anew() {
    finds_a_way_back_in(WIDE).await;
}

#[actix_web::test]
async fn so_it_is_without_script() {
    finds_a_way_back_in(WIDE.without_script()).await;
}
