//! The keys of a project and of a workspace, as pages.

use keystead::kernel::time::{days, minutes};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Project;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::projects::named;
use crate::support::world::World;

const NOBODYS: &str = "0191b7f0-0000-7000-8000-000000000000";

async fn ada(world: &World) -> (Client, Project) {
    let ada = world.person("ada-marchetti");
    let project = world.project(&ada, "Gripper Vision");
    (world.signed_in(&ada).await, project)
}

const KEYS: &str = "/ada-marchetti/gripper-vision/keys";
const HMAC: &str = "/ada-marchetti/gripper-vision/hmac-keys";

async fn make(browser: &Client, base: &str, name: &str) -> View {
    let form = browser.get(&format!("{base}/new")).await.form("Create API key").fill("Name", name);
    let made = browser.submit(&form).await;
    assert_eq!(made.location().as_deref(), Some(format!("{base}/created").as_str()), "{}", made.text());
    browser.follow(made).await
}

/// Presses a button of one of the pages with nothing but the token.
async fn press(browser: &Client, from: &str, path: &str) -> View {
    let token = browser.get(from).await.form("Sign out").value("form_token").to_owned();
    browser.post(path, &[("form_token".to_owned(), token)]).await
}

on_both! {
    async fn a_new_key_is_shown_once_with_the_lines_that_use_it(world: World) {
        let (browser, _) = ada(world).await;
        assert!(browser.get(KEYS).await.has("No API keys yet"));
        let shown = make(&browser, KEYS, "ci-nightly").await;
        let value = shown.text_of("[data-shown-once]");
        assert!(keystead::crypto::api_key::parse(&value).is_some() && value.starts_with("ks_2"));
        assert!(shown.has("ci-nightly can add data") && shown.has("19 February 2027"));
        let file = shown.attribute("a[download]", "href").unwrap();
        assert!(file.contains(&format!("EI_API_KEY%3D{value}")) && file.contains("EI_API_ENDPOINT%3Dhttp"));
        assert_eq!(shown.attribute("a[download]", "download").as_deref(), Some("gripper-vision.env"));
        assert!(shown.has("$EI_INGESTION_ENDPOINT/api/training/files"));
        // Asked for again it is gone, and the list has no more than its ends.
        assert_eq!(browser.get(&format!("{KEYS}/created")).await.location().as_deref(), Some(KEYS));
        let list = browser.get(KEYS).await;
        assert!(list.has("ci-nightly") && list.has("Ingestion + deployment") && !list.html.contains(&value));
        assert!(list.has(&format!("ks_2…{}", &value[value.len() - 4..])));
    }

    async fn what_is_typed_wrongly_comes_back_with_all_that_is_wrong(world: World) {
        let (browser, project) = ada(world).await;
        let form = browser.get(&format!("{KEYS}/new")).await.form("Create API key");
        let wrong = form.clone().choose("role", "emperor").choose("expiry", "4000").fill("Name", " ").fill("Networks", "home");
        let back = browser.submit(&wrong).await;
        assert_eq!(back.status, 422);
        for text in ["Give it a name.", "Choose one of the roles.", "Choose one of the answers.", "Line 1 is not an address"] {
            assert!(back.has(text), "{text}");
        }
        assert_eq!(back.form("Create API key").value("networks"), "home");
        let evil = browser.submit(&form.fill("Name", "evil\u{202e}gpj")).await;
        assert_eq!(evil.status, 422);
        assert!(world.in_europe(|db| keystead::projects::api_keys::of_project(db, project.id)).is_empty());
        let signing = browser.get(KEYS).await.form("Save policy").choose("signing", "trust").choose("replay", "-5");
        let back = browser.submit(&signing).await;
        assert_eq!((back.status, back.has("Two answers need a change")), (422, true));
    }

    async fn making_and_showing_ask_who_it_is_and_revoking_does_not(world: World) {
        let (browser, project) = ada(world).await;
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        world.site.clock.advance(minutes(11));
        for path in ["keys/new", &format!("keys/{}/rotate", key.id), "hmac-keys/new"] {
            let asked = browser.get(&format!("/ada-marchetti/gripper-vision/{path}")).await;
            assert!(asked.location().unwrap().starts_with("/confirm?"), "{path}");
        }
        let revoke = browser.get(&format!("{KEYS}/{}/revoke", key.id)).await;
        assert!(revoke.has("Nobody has used it yet") && revoke.has("hour in which it can be enabled again"));
        let revoked = browser.submit(&revoke.form("Revoke key")).await;
        let list = browser.follow(revoked).await;
        assert!(list.has("ci is disabled. It is deleted for good at 21 November 2026, 13:11"));
        let undone = browser.submit(&list.form("Undo")).await;
        assert!(undone.location().unwrap().starts_with("/confirm?"), "a right comes back only to its owner");
    }

    async fn a_revocation_can_be_taken_back_from_the_list(world: World) {
        let (browser, project) = ada(world).await;
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let revoke = browser.get(&format!("{KEYS}/{}/revoke", key.id)).await.form("Revoke key");
        let revoked = browser.submit(&revoke).await;
        let list = browser.follow(revoked).await;
        let back = browser.submit(&list.form("Undo")).await;
        let back = browser.follow(back).await;
        assert!(back.has("ci is let in again.") && !back.has("Disabled"));
    }

    async fn a_key_is_renamed_and_rotated_and_both_are_marked(world: World) {
        let (browser, project) = ada(world).await;
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let page = format!("{KEYS}/{}", key.id);
        let renamed = browser.submit(&browser.get(&page).await.form("Save name").fill("Name", "nightly")).await;
        assert!(browser.follow(renamed).await.has("The name is saved."));
        assert_eq!(browser.submit(&browser.get(&page).await.form("Save name").fill("Name", "")).await.status, 422);
        let form = browser.get(&format!("{page}/rotate")).await.form("Rotate key");
        assert_eq!(browser.submit(&form.clone().choose("overlap", "31")).await.status, 422);
        let rotated = browser.submit(&form.choose("overlap", "14")).await;
        let shown = browser.follow(rotated).await;
        assert!(shown.has("API key created") && shown.has("nightly can do everything"));
        let list = browser.get(KEYS).await;
        assert!(list.has("Rotated") && list.has("Successor") && list.has("5 December 2026"));
        assert_eq!(browser.get(&format!("{page}/rotate")).await.location(), Some(page));
    }

    async fn a_development_key_is_marked_and_can_become_an_ordinary_one(world: World) {
        let (browser, _) = ada(world).await;
        let form = browser.get(&format!("{KEYS}/new")).await.form("Create API key").fill("Name", "laptop");
        browser.submit(&form.choose("is_development", "yes")).await;
        let list = browser.get(KEYS).await;
        assert!(list.has("Development key"));
        let manage = browser.get(&list.attribute("td.act a", "href").unwrap()).await;
        let done = browser.submit(&manage.form("No longer development key")).await;
        assert!(!browser.follow(done).await.has("Its value is kept sealed"));
    }

    async fn an_hmac_key_is_made_shown_again_flagged_and_revoked(world: World) {
        let (browser, _) = ada(world).await;
        let form = browser.get(&format!("{HMAC}/new")).await.form("Create HMAC key").fill("Name", "bench");
        let back = browser.submit(&form.clone().fill("Your own key", "too short")).await;
        assert!(back.status == 422 && !back.html.contains("too short"), "a typed key is not sent back");
        let made = browser.submit(&form.fill("Your own key", "a-key-of-my-own!")).await;
        let shown = browser.follow(made).await;
        assert_eq!(shown.text_of("[data-shown-once]"), "a-key-of-my-own!");
        let page = browser.get(shown.path.strip_suffix("/value").unwrap()).await;
        assert!(!page.html.contains("a-key-of-my-own!"));
        let again = browser.submit(&page.form("Show key")).await;
        assert_eq!(browser.follow(again).await.text_of("[data-shown-once]"), "a-key-of-my-own!");
        let flagged = browser.submit(&page.form("Set as development key")).await;
        assert!(browser.follow(flagged).await.has("No longer development key"));
        let revoke = browser.get(&format!("{}/revoke", page.path)).await.form("Revoke HMAC key");
        world.site.clock.advance(minutes(11));
        let asked = browser.submit(&page.form("Show key")).await;
        assert!(asked.location().unwrap().starts_with("/confirm?"));
        let asked = browser.submit(&revoke).await;
        assert!(asked.location().unwrap().starts_with("/confirm?"), "nobody can take this back");
        let back = world.confirm(&browser, asked, None).await;
        let gone = browser.submit(&back.form("Revoke HMAC key")).await;
        assert!(browser.follow(gone).await.has("bench is revoked."));
        assert_eq!(browser.get(&page.path).await.status, 404);
    }

    async fn the_signing_policy_is_saved(world: World) {
        let (browser, _) = ada(world).await;
        let form = browser.get(KEYS).await.form("Save policy");
        assert_eq!((form.value("signing"), form.value("replay")), ("mark", "any"));
        let saved = browser.submit(&form.choose("signing", "require_valid").choose("replay", "3600")).await;
        let form = browser.follow(saved).await.form("Save policy");
        assert_eq!((form.value("signing"), form.value("replay")), ("require_valid", "3600"));
    }

    async fn a_workspace_key_is_made_and_revoked_among_ones_own_settings(world: World) {
        let (browser, _) = ada(world).await;
        let shown = make(&browser, "/settings/api-keys", "summary").await;
        assert!(shown.has("Authorization: Bearer") && shown.has("read the account"));
        let list = browser.get("/settings/api-keys").await;
        assert!(list.has("summary") && list.has("Account API") && !list.has("Signing policy"));
        let page = list.attribute("td.act a", "href").unwrap();
        let revoked = browser.submit(&browser.get(&format!("{page}/revoke")).await.form("Revoke key")).await;
        assert!(browser.follow(revoked).await.has("summary is disabled."));
        assert!(browser.get("/ada-marchetti/settings/api-keys").await.has("summary"));
    }

    async fn a_key_unused_for_long_and_one_that_ends_soon_are_marked(world: World) {
        let (browser, project) = ada(world).await;
        let soon = Some(world.site.clock.now().plus(days(6)));
        world.key(&project, &keystead::projects::api_keys::NewKey { expires_at: soon, ..named("soon", KeyRole::Admin) });
        assert!(browser.get(KEYS).await.has("In 6 days"));
        world.key(&project, &named("old", KeyRole::Admin));
        world.site.clock.advance(days(90));
        let ada = crate::support::people::Person {
            username: "ada-marchetti".to_owned(),
            email: "ada-marchetti@example.com".to_owned(),
        };
        let list = world.signed_in(&ada).await.get(KEYS).await;
        assert!(list.has("Unused 90 days") && list.has("Expired"));
    }

    async fn other_peoples_keys_are_nowhere(world: World) {
        let (browser, project) = ada(world).await;
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let eve = world.person("eve-adler");
        world.project(&eve, "Mine");
        let eves = world.signed_in(&eve).await;
        let id = key.id;
        for path in [
            KEYS.to_owned(), format!("{KEYS}/new"), format!("{KEYS}/{id}"), format!("{KEYS}/{id}/rotate"),
            format!("{KEYS}/{id}/revoke"), format!("{HMAC}/new"), format!("/settings/api-keys/{id}"),
            "/ada-marchetti/settings/api-keys".to_owned(), format!("/eve-adler/mine/keys/{id}"),
            format!("/eve-adler/mine/keys/{NOBODYS}"), format!("/eve-adler/mine/hmac-keys/{NOBODYS}"),
        ] {
            assert_eq!(eves.get(&path).await.status, 404, "{path}");
        }
        for path in [
            format!("{KEYS}/{id}/revoke"), format!("{KEYS}/{id}/restore"), format!("{KEYS}/{id}/rotate"),
            format!("{KEYS}/{id}/ordinary"), format!("/eve-adler/mine/keys/{id}/revoke"),
            format!("{HMAC}/{NOBODYS}/show"), format!("{HMAC}/{NOBODYS}/flag"), format!("{KEYS}/signing"),
        ] {
            assert_eq!(press(&eves, "/settings/sessions", &path).await.status, 404, "{path}");
        }
        assert_eq!(browser.get(&format!("/settings/api-keys/{id}")).await.status, 404, "it is the project's");
    }
}
