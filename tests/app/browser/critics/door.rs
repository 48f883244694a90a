//! What somebody sees who is not signed in.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::time::days;

use super::super::given::next_code;
use super::super::{fill_in_door, mailed_code, mailed_link, sign_in, sign_out};
use crate::support::browser::Browser;
use crate::support::critic::Critic;
use crate::support::people::PASSWORD;
use crate::support::world::World;

pub async fn walk(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    critic.visit("setup-gone", "/setup").await;
    critic.visit("nowhere", "/no/such/page").await;
    critic.visit("sign-in", "/sign-in").await;
    critic.refuse("sign-in-wrong", "Sign in").await;
    sign_up(world, browser, critic).await;
    codes(world, browser, critic).await;
    forgotten(world, browser, critic).await;
    lapsed(world, browser, critic).await;
    critic.visit("farewell", "/farewell").await;
    critic.visit("cancel-closing-gone", "/cancel-closing").await;
    critic.visit("confirm-mfa-reset-gone", "/confirm-mfa-reset").await;
}

async fn sign_up(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    critic.visit("sign-up", "/sign-up").await;
    browser.fill("Name", &"Wolfeschlegelsteinhausenbergerdorff".repeat(2)).await;
    critic.refuse("sign-up-wrong", "Create account").await;
    browser.fill("Email", &long_address()).await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Name", "Jo").await;
    browser.fill("Username", "abcdefghijklmnopqrstuvwxyz-01234").await;
    browser.choose("region", "ap").await;
    browser.press("Create account").await;
    critic.look("sign-up-code").await;
    critic.visit("sign-up-code-again", "/sign-up/code").await;
    critic.refuse("sign-up-code-wrong", "Confirm address").await;
    browser.fill("Code", &mailed_code(world, &long_address())).await;
    browser.press("Confirm address").await;
    critic.look("welcome").await;
    sign_out(browser).await;
    critic.look("signed-out").await;
}

/// As long as an address may be.
fn long_address() -> String {
    let label = "a".repeat(61);
    format!("{}@{label}.{label}.{label}.example", "j".repeat(60))
}

async fn codes(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let mina = world.person("mina-okafor");
    sign_in(browser, &mina).await;
    browser.go("/settings/mfa/set-up").await;
    let key = TotpSecret::from_base32(&browser.text("#key").await.replace(char::is_whitespace, "")).unwrap();
    browser.fill("Type the code it shows", &next_code(world, &key)).await;
    browser.press("Turn on").await;
    sign_out(browser).await;
    sign_in(browser, &mina).await;
    critic.look("sign-in-code").await;
    critic.visit("sign-in-code-again", "/sign-in/code").await;
    critic.refuse("sign-in-code-wrong", "Sign in").await;
    browser.go("/forgot-password").await;
    browser.fill("Email", &mina.email).await;
    browser.press("Send the link").await;
    browser.go(&mailed_link(world, &mina.email, "/reset/")).await;
    critic.visit("reset-with-code", "/reset").await;
    critic.refuse("reset-with-code-wrong", "Change password").await;
}

async fn forgotten(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let person = world.person("lene-havn");
    critic.visit("forgot-password", "/forgot-password").await;
    critic.refuse("forgot-password-wrong", "Send the link").await;
    browser.fill("Email", &person.email).await;
    browser.press("Send the link").await;
    critic.look("forgot-password-sent").await;
    let link = mailed_link(world, &person.email, "/reset/");
    browser.go(&link).await;
    browser.fill("New password", "quiet arches carry the weight").await;
    browser.fill("New password again", "quiet arches carry the weight").await;
    browser.press("Change password").await;
    critic.look("reset-done").await;
    browser.go(&link).await;
    critic.look("reset-gone").await;
    fill_in_door_wrongly(browser).await;
    critic.look("sign-in-refused").await;
}

async fn lapsed(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let person = world.person("oskar-lind");
    sign_in(browser, &person).await;
    browser.fill("Bio", "I teach small grippers to be gentle.").await;
    world.site.clock.advance(days(2));
    browser.press("Save changes").await;
    critic.look("sign-in-lapsed").await;
    fill_in_door(browser, &person.username, PASSWORD).await;
    critic.look("resume").await;
    browser.press("Go back to your form").await;
    critic.look("account-resumed").await;
    browser.press("Save changes").await;
    sign_out(browser).await;
}

async fn fill_in_door_wrongly(browser: &Browser) {
    browser.go("/sign-in").await;
    fill_in_door(browser, &long_address(), "these are not the words").await;
}
