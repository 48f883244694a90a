//! The settings of somebody with long names, without anything yet and with everything.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::time::minutes;

use super::super::given::{computed, next_code};
use super::super::{mailed_link, sign_in};
use crate::device_login;
use crate::support::browser::Browser;
use crate::support::critic::Critic;
use crate::support::people::PASSWORD;
use crate::support::world::World;

const LONG: &str =
    "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Montenegro de Oliveira Albuquerque e Vasconcelos Jr.";

pub async fn walk(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let mari = world.person("maximiliana-of-the-longest-name1");
    sign_in(browser, &mari).await;
    account(browser, critic).await;
    critic.visit("password", "/settings/password").await;
    critic.refuse("password-wrong", "Save changes").await;
    critic.visit("billing-empty", "/settings/billing").await;
    computed(world, &mari, 90);
    critic.visit("billing", "/settings/billing").await;
    browser.unfold("Show as table").await;
    critic.look("billing-table").await;
    critic.visit("plan", "/settings/billing/plan").await;
    critic.visit("sessions", "/settings/sessions").await;
    program(world, browser, critic).await;
    let key = mfa(world, browser, critic).await;
    critic.visit("delete", "/settings/account/delete").await;
    critic.refuse("delete-wrong", "Delete account").await;
    world.site.clock.advance(minutes(11));
    critic.visit("confirm", "/settings/account/delete").await;
    critic.refuse("confirm-wrong", "Confirm").await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("One-time code", &next_code(world, &key)).await;
    browser.press("Confirm").await;
    browser.fill("Type your username", &mari.username).await;
    browser.press("Delete account").await;
    critic.look("farewell-after").await;
    browser.go(&mailed_link(world, &mari.email, "/cancel-closing/")).await;
    critic.look("cancel-closing").await;
    browser.press("Keep my account").await;
    critic.look("kept").await;
}

async fn program(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    critic.visit("device-login", "/login/device").await;
    critic.refuse("device-login-wrong", "Continue").await;
    let begun = device_login::begin(world).await;
    critic.visit("device-login-filled-in", &begun.complete).await;
    browser.press("Continue").await;
    critic.visit("device-login-asked", "/login/device/answer").await;
    browser.press("Refuse").await;
    critic.look("device-login-refused").await;
}

async fn account(browser: &Browser, critic: &mut Critic<'_>) {
    critic.visit("account", "/settings/account").await;
    browser.fill("Name", "").await;
    browser.fill("Bio", "Short").await;
    browser.fill("Website", "not a link").await;
    browser.fill("GitHub", "https://elsewhere.example/ada").await;
    critic.refuse("account-wrong", "Save changes").await;
    for label in ["Name", "Job title", "Company"] {
        browser.fill(label, LONG).await;
    }
    browser.fill("Bio", &"Grippers, mostly gentle ones. ".repeat(16)).await;
    browser.fill("GitHub", "").await;
    browser.fill("Website", "").await;
    browser.press("Save changes").await;
    critic.look("account-saved").await;
    browser.touch("button.photo").await;
    critic.look("menu").await;
    conflict(browser, critic).await;
}

async fn conflict(browser: &Browser, critic: &mut Critic<'_>) {
    browser.go("/settings/account").await;
    browser.new_tab().await;
    browser.go("/settings/account").await;
    browser.fill("Company", "Tidewater").await;
    browser.press("Save changes").await;
    browser.turn_to(0).await;
    browser.fill("Company", "Havn").await;
    browser.press("Save changes").await;
    critic.look("account-conflict").await;
}

/// Goes through everything, and leaves it on.
async fn mfa(world: &World, browser: &Browser, critic: &mut Critic<'_>) -> TotpSecret {
    critic.visit("mfa-off", "/settings/mfa").await;
    browser.go("/settings/mfa/set-up").await;
    critic.look("mfa-set-up").await;
    critic.refuse("mfa-set-up-wrong", "Turn on").await;
    let key = TotpSecret::from_base32(&browser.text("#key").await.replace(char::is_whitespace, "")).unwrap();
    browser.fill("Type the code it shows", &next_code(world, &key)).await;
    browser.press("Turn on").await;
    critic.look("mfa-codes").await;
    critic.refuse("mfa-codes-wrong", "I have kept them").await;
    critic.visit("mfa-on", "/settings/mfa").await;
    critic.visit("mfa-new-codes", "/settings/mfa/new-codes").await;
    critic.visit("mfa-turn-off", "/settings/mfa/turn-off").await;
    critic.visit("password-with-code", "/settings/password").await;
    key
}
