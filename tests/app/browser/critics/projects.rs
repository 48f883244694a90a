//! A workspace's projects and keys, without anything yet and with everything.

use keystead::kernel::network::Networks;
use keystead::kernel::time::days;
use keystead::projects::api_keys::{self, NewKey};
use keystead::projects::key_role::KeyRole;

use super::super::{sign_in, sign_out};
use crate::ingestion::document;
use crate::support::browser::Browser;
use crate::support::critic::Critic;
use crate::support::projects::{maker, named};
use crate::support::world::World;

const LONG: &str = "field-gateways-of-the-north-western-harbour-and-everything-that-lies-behind-it-up-to-the-border";

pub async fn walk(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let kirsten = world.person("kirsten-of-the-keys");
    sign_in(browser, &kirsten).await;
    critic.visit("projects-empty", "/kirsten-of-the-keys").await;
    critic.visit("trash-empty", "/kirsten-of-the-keys/trash").await;
    critic.visit("project-new", "/kirsten-of-the-keys/new-project").await;
    critic.refuse("project-new-wrong", "Create project").await;
    browser.fill("Name", LONG.get(..80).unwrap()).await;
    browser.fill("Description", &"Grippers, mostly gentle ones. ".repeat(16)).await;
    browser.press("Create project").await;
    critic.look("project").await;
    let base = browser.path().await;
    for (name, path) in [("artifacts", "artifacts"), ("keys-empty", "keys"), ("project-settings", "settings")] {
        critic.visit(name, &format!("{base}/{path}")).await;
    }
    browser.fill("Name", "").await;
    critic.refuse("project-settings-wrong", "Save changes").await;
    data(world, browser, critic, &base).await;
    keys(world, browser, critic, &base).await;
    hmac(browser, critic, &base).await;
    world.organization("harbour-works", &kirsten);
    workspace_keys(browser, critic).await;
    critic.visit("projects", "/kirsten-of-the-keys").await;
    for n in 0..25 {
        world.project(&kirsten, &format!("Quay {n}"));
    }
    critic.visit("projects-many", "/kirsten-of-the-keys").await;
    critic.visit("projects-none-so", "/kirsten-of-the-keys?q=nowhere").await;
    critic.visit("project-delete", &format!("{base}/settings/delete")).await;
    critic.refuse("project-delete-wrong", "Delete project").await;
    browser.fill("Name in the address", base.rsplit('/').next().unwrap()).await;
    browser.press("Delete project").await;
    critic.look("trash").await;
    sign_out(browser).await;
}

/// Nothing, something of everything, and ten thousand rows.
async fn data(world: &World, browser: &Browser, critic: &mut Critic<'_>, base: &str) {
    critic.visit("data-empty", &format!("{base}/data")).await;
    critic.visit("data-check", &format!("{base}/data/check")).await;
    let project = project_at(world, base);
    let long = format!("{LONG}.json");
    let device = "d".repeat(200);
    let unsigned = document("[1]").replace("ac:87:a3:0a:2d:1b", &device);
    let sent = world.samples(&project, &[("idle.csv", b"1"), (&long, unsigned.as_bytes())]).await;
    critic.visit("data", &format!("{base}/data")).await;
    critic.visit("data-nothing-like-it", &format!("{base}/data?q=gripper&label=x")).await;
    critic.visit("data-sample", &format!("{base}/data/{}", sent[1])).await;
    browser.press("Disable sample").await;
    critic.look("data-sample-disabled").await;
    critic.visit("data-sample-delete", &format!("{base}/data/{}/delete", sent[1])).await;
    critic.visit("project-with-samples", base).await;
    let many: Vec<String> = (0..1_000).map(|n| format!("idle.{n}.csv")).collect();
    for round in 0..10 {
        let bytes: Vec<Vec<u8>> = (0..1_000).map(|n| format!("{round} {n}").into_bytes()).collect();
        let files: Vec<(&str, &[u8])> = many.iter().map(String::as_str).zip(bytes.iter().map(Vec::as_slice)).collect();
        world.samples(&project, &files).await;
    }
    critic.visit("data-many", &format!("{base}/data")).await;
    browser.follow("Older").await;
    critic.look("data-older").await;
}

fn project_at(world: &World, base: &str) -> keystead::projects::project::Project {
    let slug = base.rsplit('/').next().unwrap();
    world.in_europe(|db| {
        use diesel::prelude::*;
        use keystead::db::schema::projects;
        let here = projects::table.filter(projects::slug.eq(slug));
        here.select(keystead::projects::project::Project::as_select()).first(db)
    })
}

async fn keys(world: &World, browser: &Browser, critic: &mut Critic<'_>, base: &str) {
    critic.visit("key-new", &format!("{base}/keys/new")).await;
    browser.fill("Networks", "home").await;
    critic.refuse("key-new-wrong", "Create API key").await;
    browser.fill("Name", LONG).await;
    browser.tick("Set as development key").await;
    browser.fill("Networks", "203.0.113.0/24\n2001:db8:1234:5678:9abc:def0:1234:0/112").await;
    browser.press("Create API key").await;
    critic.look("key-created").await;
    let owner = project_at(world, base);
    let soon = Some(world.site.clock.now().plus(days(3)));
    let networks = Networks::parse("203.0.113.0/24").unwrap();
    let key = world.key(&owner, &NewKey { expires_at: soon, networks, ..named("ci", KeyRole::ReadOnly) });
    let off = world.key(&owner, &named("old-uploader", KeyRole::Admin));
    let by = maker(&owner, keystead::access::Role::Owner);
    world.on_keys(|db, act| api_keys::revoke(db, act, &by, off.id)).unwrap();
    critic.visit("keys", &format!("{base}/keys?revoked={}", off.id)).await;
    critic.visit("key", &format!("{base}/keys/{}", key.id)).await;
    browser.fill("Name", "").await;
    critic.refuse("key-wrong", "Save name").await;
    critic.visit("key-disabled", &format!("{base}/keys/{}", off.id)).await;
    critic.visit("key-revoke", &format!("{base}/keys/{}/revoke", key.id)).await;
    critic.visit("key-rotate", &format!("{base}/keys/{}/rotate", key.id)).await;
    browser.press("Rotate key").await;
    critic.visit("keys-rotated", &format!("{base}/keys")).await;
}

async fn hmac(browser: &Browser, critic: &mut Critic<'_>, base: &str) {
    critic.visit("hmac-new", &format!("{base}/hmac-keys/new")).await;
    critic.refuse("hmac-new-wrong", "Create HMAC key").await;
    browser.fill("Name", LONG).await;
    browser.press("Create HMAC key").await;
    critic.look("hmac-value").await;
    let key = browser.path().await.trim_end_matches("/value").to_owned();
    critic.visit("hmac", &key).await;
    critic.visit("hmac-revoke", &format!("{key}/revoke")).await;
}

/// The same pages as a project's, once among one's own settings and once among an organization's.
async fn workspace_keys(browser: &Browser, critic: &mut Critic<'_>) {
    for (whose, base) in [("own", "/settings/api-keys"), ("shared", "/harbour-works/settings/api-keys")] {
        critic.visit(&format!("{whose}-keys"), base).await;
        critic.visit(&format!("{whose}-key-new"), &format!("{base}/new")).await;
        critic.refuse(&format!("{whose}-key-new-wrong"), "Create API key").await;
        browser.fill("Name", "summary").await;
        browser.press("Create API key").await;
        critic.look(&format!("{whose}-key-created")).await;
        browser.go(base).await;
        browser.follow("Manage summary").await;
        let key = browser.path().await;
        critic.visit(&format!("{whose}-key"), &key).await;
        critic.visit(&format!("{whose}-key-rotate"), &format!("{key}/rotate")).await;
        critic.visit(&format!("{whose}-key-revoke"), &format!("{key}/revoke")).await;
        browser.press("Revoke key").await;
    }
}
