//! A form that was sent after its session had ended is not lost.

use crate::support::browser::{Browser, Setup, WIDE};
use crate::support::people::PASSWORD;

use super::{fill_in_door, open, sign_in};

const BIO: &str = "I teach small grippers to be gentle.";

async fn comes_back_filled(setup: Setup) {
    let Some((world, browser)) = open(setup).await else { return };
    let Some(other) = Browser::open(&world.base(), WIDE).await else { return };
    let ada = world.person("ada-marchetti");
    sign_in(&browser, &ada).await;
    sign_in(&other, &ada).await;
    browser.fill("Bio", BIO).await;
    other.go("/settings/sessions").await;
    other.press("End the other one").await;
    other.close().await;

    browser.press("Save changes").await;
    fill_in_door(&browser, &ada.username, PASSWORD).await;
    browser.press("Go back to your form").await;
    assert_eq!(browser.path().await, "/settings/account");
    assert_eq!(browser.value("Bio").await, BIO);
    browser.press("Save changes").await;
    browser.go("/settings/account").await;
    assert_eq!(browser.value("Bio").await, BIO, "saved, now that it was sent again");
    browser.close().await;
}

#[actix_web::test]
async fn a_form_of_a_lapsed_session_comes_back_filled() {
    comes_back_filled(WIDE).await;
}

#[actix_web::test]
async fn so_it_does_without_script() {
    comes_back_filled(WIDE.without_script()).await;
}
