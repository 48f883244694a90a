//! The second factor: set up from the page's own key, used, done without where a browser is trusted.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::time::seconds;

use crate::support::browser::{Browser, Setup, WIDE};
use crate::support::world::World;

use super::{open, sign_in, sign_out};

/// The code an app would show now. The clock goes on first: no code counts twice.
fn next_code(world: &World, key: &TotpSecret) -> String {
    world.site.clock.advance(seconds(30));
    key.code_at(world.site.clock.now())
}

/// From the tab to the tab: the key that was shown, and the recovery codes.
async fn set_up(world: &World, browser: &Browser) -> (TotpSecret, Vec<String>) {
    browser.go("/settings/mfa").await;
    browser.follow("Set up using an authenticator app").await;
    assert!(browser.shows("svg.qr").await);
    let key = TotpSecret::from_base32(&browser.text("#key").await.replace(char::is_whitespace, "")).unwrap();
    browser.fill("Type the code it shows", "000 000").await;
    browser.press("Turn on").await;
    assert!(browser.shows(".errors").await, "a wrong code turns nothing on");
    browser.fill("Type the code it shows", &next_code(world, &key)).await;
    browser.press("Turn on").await;
    let codes = browser.texts("#codes code").await;
    assert_eq!(codes.len(), 10);
    assert!(browser.shows("a[download]").await);
    browser.fill("Type one of them back", &codes[0].to_lowercase()).await;
    browser.press("I have kept them").await;
    assert_eq!(browser.path().await, "/settings/mfa");
    (key, codes)
}

async fn signs_in_with_two_factors(setup: Setup) {
    let Some((world, browser)) = open(setup).await else { return };
    let ada = world.person("ada-marchetti");
    sign_in(&browser, &ada).await;
    let (key, codes) = set_up(&world, &browser).await;
    sign_out(&browser).await;

    sign_in(&browser, &ada).await;
    assert_eq!(browser.path().await, "/sign-in/code");
    browser.tick("Trust this browser for 30 days").await;
    browser.fill("One-time code", &next_code(&world, &key)).await;
    browser.press("Sign in").await;
    assert_eq!(browser.path().await, "/settings/account");
    sign_out(&browser).await;
    sign_in(&browser, &ada).await;
    assert_eq!(browser.path().await, "/settings/account", "a trusted browser is asked for the password alone");

    let Some(other) = Browser::open(&world.base(), setup).await else { return };
    sign_in(&other, &ada).await;
    other.fill("One-time code", &codes[1]).await;
    other.press("Sign in").await;
    assert_eq!(other.path().await, "/settings/account");
    other.go("/settings/mfa").await;
    assert!(other.text("main").await.contains('9'), "one recovery code was used");
    other.close().await;

    browser.go("/settings/mfa").await;
    browser.touch("button[name=browser]").await;
    browser.wait_for("[role=status]").await;
    sign_out(&browser).await;
    sign_in(&browser, &ada).await;
    assert_eq!(browser.path().await, "/sign-in/code", "trust that was taken back is gone");
    browser.close().await;
}

#[actix_web::test]
async fn an_authenticator_guards_the_account() {
    signs_in_with_two_factors(WIDE).await;
}

#[actix_web::test]
async fn so_it_does_without_script() {
    signs_in_with_two_factors(WIDE.without_script()).await;
}
