//! What one sees once, or on another kind of instance: the first administrator, a closed door, a foreign form.

use keystead::config::Registration;
use keystead::db::Db;
use keystead::entry::setup;

use crate::support::browser::{Browser, WIDE};
use crate::support::critic::Critic;
use crate::support::people::PASSWORD;
use crate::support::world::{Backend, World};

#[actix_web::test]
async fn rare_pages_pass_every_critic() {
    let Some(world) = World::spawn_with(Backend::Sqlite, |config| config.registration = Registration::Closed) else {
        return;
    };
    let Some(browser) = Browser::open(&world.base(), WIDE).await else { return };
    let mut critic = Critic::new(&browser);
    critic.visit("sign-up-closed", "/sign-up").await;
    browser.go("/sign-in").await;
    browser.run("for (const form of document.forms) form.noValidate = true").await;
    browser.run("document.querySelector('[name=form_token]').value = 'foreign'").await;
    browser.press("Sign in").await;
    critic.look("form-foreign").await;
    first_administrator(&world, &browser, &mut critic).await;
    critic.verdict();
    browser.close().await;
}

async fn first_administrator(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let act = world.act();
    let link = world.site.regions.directory.write_now(|db: &mut Db| setup::issue(db, &act)).unwrap().unwrap();
    browser.go(&format!("/setup/{}", link.reveal())).await;
    critic.visit("setup", "/setup").await;
    critic.refuse("setup-wrong", "Create administrator").await;
    browser.fill("Email", "grace@example.com").await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Name", "Grace Hopper").await;
    browser.fill("Username", "grace-hopper").await;
    browser.choose("region", "eu").await;
    browser.press("Create administrator").await;
    browser.go("/admin/accounts").await;
    assert_eq!(browser.path().await, "/settings/mfa", "an authenticator comes first");
    critic.look("mfa-first").await;
}
