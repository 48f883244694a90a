//! `/settings/password`: changed by who knows the current one, and told to the owner.

use keystead::kernel::time::seconds;

use crate::on_both;
use crate::support::client::{Client, Form, View};
use crate::support::people::{PASSWORD, Person, set_up_authenticator, sign_in};
use crate::support::world::World;

const PAGE: &str = "/settings/password";
const NEW: &str = "quiet arches carry the whole weight";

async fn form(browser: &Client) -> Form {
    browser.get(PAGE).await.form("Save changes")
}

async fn change(browser: &Client, current: &str, new: &str, again: &str) -> View {
    let form = form(browser).await.fill("Current password", current).fill("New password", new);
    browser.submit(&form.fill("New password again", again)).await
}

async fn opens(world: &World, person: &Person, password: &str) -> bool {
    let browser = world.visitor();
    let form = browser.get("/sign-in").await.form("Sign in");
    browser.submit(&form.fill("Email or username", &person.username).fill("Password", password)).await.status == 303
}

on_both! {
    async fn the_new_password_opens_and_the_old_one_does_not(world: World) {
        let ada = world.person("ada-marchetti");
        let (other, browser) = (world.signed_in(&ada).await, world.signed_in(&ada).await);
        let done = change(&browser, PASSWORD, NEW, NEW).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert!(browser.follow(done).await.has("Your password has been changed."), "this browser stays");
        assert_eq!(other.get(PAGE).await.status, 303, "other browsers are signed out");
        assert!(opens(world, &ada, NEW).await && !opens(world, &ada, PASSWORD).await);
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.to_lowercase().contains("password")));
        assert!(browser.get("/settings/sessions").await.has("Password changed"));
    }

    async fn the_session_goes_on_under_a_new_token(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let stale = form(&browser).await;
        change(&browser, PASSWORD, NEW, NEW).await;
        assert_eq!(browser.submit(&stale.fill("New password", NEW)).await.status, 403);
    }

    async fn each_refusal_says_why_and_empties_the_passwords(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        for (current, new, again, reason) in [
            ("", NEW, NEW, "Enter your current password."),
            ("wrong", NEW, NEW, "This is not your password."),
            (PASSWORD, "short", "short", "Use at least 12 characters."),
            (PASSWORD, "passwordpassword", "passwordpassword", "easy to guess"),
            (PASSWORD, "ada-marchetti", "ada-marchetti", "your own name or address"),
            (PASSWORD, NEW, "another one altogether", "The two do not match."),
            (PASSWORD, PASSWORD, PASSWORD, "This is the password you have now."),
            (PASSWORD, &"x".repeat(2000), "", "1,024 bytes"),
        ] {
            let page = change(&browser, current, new, again).await;
            assert_eq!(page.status, 422, "{reason}");
            assert!(page.text_of(".errors").contains(reason), "{reason}: {}", page.text());
            assert!(page.text_of("title").starts_with("Error: "));
            assert!(!page.html.contains(PASSWORD) && !page.html.contains(NEW));
        }
        assert!(opens(world, &ada, PASSWORD).await);
    }

    async fn with_an_authenticator_its_code_is_asked_for_too(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let (secret, codes) = set_up_authenticator(world, &browser).await;
        let typed = form(&browser).await.fill("Current password", PASSWORD).fill("New password", NEW);
        let typed = typed.fill("New password again", NEW);
        assert_eq!(browser.submit(&typed.clone().fill("code", "")).await.status, 422);
        assert_eq!(browser.submit(&typed.clone().fill("code", "000000")).await.status, 422);
        assert_eq!(browser.submit(&typed.clone().fill("code", &secret.code_at(world.site.clock.now()))).await.status, 422);
        world.site.clock.advance(seconds(30));
        assert_eq!(browser.submit(&typed.fill("code", &secret.code_at(world.site.clock.now()))).await.status, 303);
        let again = form(&browser).await.fill("Current password", NEW).fill("New password", PASSWORD);
        let again = again.fill("New password again", PASSWORD).fill("code", &codes[0]);
        assert_eq!(browser.submit(&again).await.status, 303, "a recovery code does as well");
        assert!(sign_in(&world.visitor(), &ada).await.location().unwrap().ends_with("/sign-in/code"));
    }

    async fn a_browser_never_cuts_a_long_password_off(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        for (page, field) in [(browser.get(PAGE).await, "#new_password"), (world.visitor().get("/sign-in").await, "#password")] {
            assert_eq!(page.attribute(field, "maxlength"), None);
        }
        let long = "quiet arches carry the weight ".repeat(40);
        let page = change(&browser, PASSWORD, &long, &long).await;
        assert!(page.status == 422 && page.has("1,024 bytes"), "{}", page.text());
    }

    async fn guessing_the_current_password_is_throttled(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        for _ in 0..25 {
            change(&browser, "wrong guess number one", NEW, NEW).await;
        }
        let page = change(&browser, PASSWORD, NEW, NEW).await;
        assert_ne!(page.status, 303, "even the right one has to wait");
    }
}
