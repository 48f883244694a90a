//! The account tab and an organization's profile: a photo given and taken away, and two tabs that save the same form.

use std::path::{Path, PathBuf};

use crate::support::browser::{Browser, Setup, WIDE};

use super::{open, sign_in};

/// A small picture of our own: wider than high, so that it must be cropped.
pub fn picture(folder: &Path) -> PathBuf {
    let file = folder.join("harbour.png");
    let colours = image::RgbImage::from_fn(160, 120, |x, y| {
        image::Rgb([u8::try_from(x).unwrap_or(0), u8::try_from(y * 2).unwrap_or(0), 120])
    });
    colours.save(&file).unwrap();
    file
}

/// The pixels of the photo on the page, across; 0 where it did not load.
async fn width(browser: &Browser) -> serde_json::Value {
    browser.run("return document.querySelector('img.avatar.big')?.naturalWidth ?? 0").await
}

async fn gives_a_photo_and_takes_it_away(setup: Setup) {
    let Some((world, browser)) = open(setup).await else { return };
    let ada = world.person("ada-marchetti");
    sign_in(&browser, &ada).await;
    give_and_take_away(&browser, setup, "photo", "AM").await;
    world.organization("acme-labs", &ada);
    browser.go("/acme-labs/settings/profile").await;
    give_and_take_away(&browser, setup, "picture", "TA").await;
    browser.check_console().await;
    browser.close().await;
}

async fn give_and_take_away(browser: &Browser, setup: Setup, word: &str, initials: &str) {
    let folder = tempfile::tempdir().unwrap();
    let label = if word == "photo" { "Photo" } else { "Picture" };
    browser.upload(label, &picture(folder.path())).await;
    if setup.has_script {
        browser.wait_for(".crop:not([hidden]) canvas").await;
        browser.touch("#photo-zoom").await;
        let size = browser.run("return Number(document.querySelector('[name=crop_size]').value)").await;
        assert!(size.as_f64().is_some_and(|size| size > 0.0 && size < 120.0), "cropped to {size}");
    }
    browser.press("Save changes").await;
    assert!(browser.shows("[role=status]").await);
    browser.wait_for("img.avatar.big").await;
    assert!(width(browser).await.as_u64().is_some_and(|width| width >= 64), "the photo is shown");

    browser.tick(&format!("Remove the {word}")).await;
    browser.press("Save changes").await;
    assert_eq!(browser.text("span.avatar.big").await, initials);
}

#[actix_web::test]
async fn a_photo_is_given_and_taken_away_and_so_is_a_picture() {
    gives_a_photo_and_takes_it_away(WIDE).await;
}

#[actix_web::test]
async fn so_it_is_without_script() {
    gives_a_photo_and_takes_it_away(WIDE.without_script()).await;
}

#[actix_web::test]
async fn of_two_tabs_the_later_one_hears_of_the_other() {
    let Some((world, browser)) = open(WIDE).await else { return };
    sign_in(&browser, &world.person("ada-marchetti")).await;
    browser.new_tab().await;
    browser.go("/settings/account").await;
    browser.fill("Name", "Ada M. Marchetti").await;
    browser.fill("Company", "Tidewater").await;
    browser.press("Save changes").await;

    browser.turn_to(0).await;
    browser.fill("Name", "Ada Ohashi").await;
    browser.press("Save changes").await;
    let told = browser.text(".errors").await;
    assert!(told.contains("changed somewhere else") && told.contains("Ada M. Marchetti"), "{told}");
    assert_eq!(browser.value("Name").await, "Ada Ohashi", "what was typed here stays");
    assert_eq!(browser.value("Company").await, "Tidewater", "what was not touched here is as saved there");
    browser.press("Save changes").await;
    assert!(browser.shows("[role=status]").await);
    assert_eq!(browser.value("Name").await, "Ada Ohashi");
    assert_eq!(browser.value("Company").await, "Tidewater");
    browser.close().await;
}
