//! What was typed survives being asked who is there: the form waits, sealed, and comes back as it was left.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, minutes};
use keystead::regions::directory;

use crate::on_both;
use crate::support::client::{Client, Form, View};
use crate::support::people::{PASSWORD, Person, administrator, set_up_authenticator, sign_in};
use crate::support::world::World;

const REASON: &str = "Sends \"spam\" <all> day & night";

/// Sends a form that has to wait, confirms, and goes back to the form.
async fn sent_through_confirming(world: &World, browser: &Client, secret: &TotpSecret, form: &Form) -> View {
    let asked = browser.submit(form).await;
    assert_eq!(asked.status, 403, "{}", asked.text());
    assert!(asked.has("Confirm it is you to "), "{}", asked.text());
    assert!(!asked.html.contains("day &#38; night"), "what was typed is sealed");
    let wrong = asked.form("Confirm").fill("Password", "not my password").fill("One-time code", "000000");
    let again = browser.submit(&wrong).await;
    assert_eq!(again.status, 422, "{}", again.text());
    let right = again.form("Confirm").fill("Password", PASSWORD);
    let confirmed = browser.submit(&right.fill("One-time code", &secret.code_at(world.site.clock.now()))).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    browser.submit(&confirmed.form("Go back to your form")).await
}

/// Where an account of Europe is administered.
fn page_of(world: &World, username: &str) -> String {
    let row = world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap();
    format!("/admin/accounts/eu/{}", row.owner_id)
}

fn is_active(world: &World, username: &str) -> bool {
    use keystead::sessions::account::{Status, by_id};
    let row = world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap();
    let account = world.region(Region::Eu).read_now(|db| by_id(db, row.owner_id)).unwrap().unwrap();
    account.status == Status::Active
}

on_both! {
    async fn the_reason_of_a_suspension_is_still_there_after_confirming(world: World) {
        world.person("ada-marchetti");
        let (grace, secret) = administrator(world, "grace-hopper").await;
        let page = page_of(world, "ada-marchetti");
        let form = grace.get(&page).await.form("Suspend").fill("Reason", REASON);
        world.site.clock.advance(minutes(11));
        let back = sent_through_confirming(world, &grace, &secret, &form).await;
        assert!(is_active(world, "ada-marchetti"), "nothing was done yet");
        let form = back.form("Suspend");
        assert_eq!(form.value("reason"), REASON);
        assert_eq!(grace.submit(&form).await.location(), Some(page));
        assert!(!is_active(world, "ada-marchetti"));
    }

    async fn so_is_what_was_typed_to_delete_an_account_or_many(world: World) {
        world.person("ada-marchetti");
        let (grace, secret) = administrator(world, "grace-hopper").await;
        let page = page_of(world, "ada-marchetti");
        for button in ["Delete account", "Delete 1 account"] {
            let view = if button == "Delete account" {
                grace.get(&format!("{page}/delete")).await
            } else {
                let token = grace.get(&page).await.form("Suspend").value("form_token").to_owned();
                let ticked = page.replace("/admin/accounts/eu/", "eu:");
                let fields = [("form_token".to_owned(), token), ("account[]".to_owned(), ticked)];
                let preview = grace.post("/admin/accounts/selected", &fields).await;
                grace.follow(preview).await
            };
            let form = view.form(button).fill("Reason", REASON).choose("when", "now");
            world.site.clock.advance(minutes(11));
            let back = sent_through_confirming(world, &grace, &secret, &form).await;
            let form = back.form(button);
            assert_eq!((form.value("reason"), form.value("when")), (REASON, "now"), "{}", back.text());
            assert!(is_active(world, "ada-marchetti"));
        }
    }

    async fn so_is_what_an_owner_typed_to_delete_their_account(world: World) {
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        let (secret, _) = set_up_authenticator(world, &ada).await;
        let page = ada.get("/settings/account/delete").await;
        let form = page.form("Delete account").choose("when", "now").choose("confirm", "ada-marchetti");
        world.site.clock.advance(minutes(11));
        let back = sent_through_confirming(world, &ada, &secret, &form).await.form("Delete account");
        assert_eq!((back.value("when"), back.value("confirm")), ("now", "ada-marchetti"));
        assert!(is_active(world, "ada-marchetti"));
    }

    async fn an_hour_without_use_of_the_administration_loses_nothing_either(world: World) {
        let (grace, secret) = administrator(world, "grace-hopper").await;
        let form = grace.get("/admin/accounts/invitations").await.form("Invite").fill("Email addresses", "eve@example.com");
        world.site.clock.advance(minutes(61));
        let back = sent_through_confirming(world, &grace, &secret, &form).await;
        assert!(world.inbox("eve@example.com").is_empty(), "nobody was invited yet");
        let form = back.form("Invite");
        assert_eq!(form.value("addresses"), "eve@example.com");
        assert_eq!(grace.submit(&form).await.status, 303);
        assert_eq!(world.inbox("eve@example.com").len(), 1);
    }

    async fn nor_does_a_session_that_ends_while_it_is_asked(world: World) {
        world.person("ada-marchetti");
        let (grace, secret) = administrator(world, "grace-hopper").await;
        let form = grace.get(&page_of(world, "ada-marchetti")).await.form("Suspend").fill("Reason", REASON);
        world.site.clock.advance(minutes(11));
        let asked = grace.submit(&form).await.form("Confirm").fill("Password", PASSWORD);
        world.site.clock.advance(hours(1));
        let others = world.visitor();
        let grace_herself = Person { username: "grace-hopper".to_owned(), email: "grace-hopper@example.com".to_owned() };
        sign_in(&others, &grace_herself).await;
        let code = others.get("/sign-in/code").await.form("Sign in");
        others.submit(&code.fill("One-time code", &secret.code_at(world.site.clock.now()))).await;
        let end = others.get("/settings/sessions").await.form("End the other one");
        others.submit(&end).await;

        let door = grace.submit(&asked.fill("One-time code", "000000")).await;
        assert_eq!(door.status, 403, "{}", door.text());
        let door = door.form("Sign in").fill("Email or username", "grace-hopper").fill("Password", PASSWORD);
        let code = grace.submit(&door).await;
        world.site.clock.advance(minutes(1));
        let code = code.form("Sign in").fill("One-time code", &secret.code_at(world.site.clock.now()));
        let inside = grace.submit(&code).await;
        let back = grace.submit(&inside.form("Go back to your form")).await;
        assert_eq!(back.form("Suspend").value("reason"), REASON);
    }
}
