//! What was tried to break in, so that it stays shut: bypasses, leaks and what made the server stumble.

use keystead::kernel::time::{hours, seconds};

use crate::on_both;
use crate::sign_up_page::{code_of, sign_up};
use crate::support::client::{Client, View};
use crate::support::people::{PASSWORD, set_up_authenticator, sign_in};

/// What [`sign_up`] chooses.
const PROBE: &str = "seven brass kettles on a windowsill";

async fn sign_in_as(browser: &Client, login: &str, password: &str) -> View {
    let form = browser.get("/sign-in").await.form("Sign in");
    browser.submit(&form.fill("Email or username", login).fill("Password", password)).await
}

async fn sign_out(browser: &Client) {
    browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
}

async fn type_code(browser: &Client, code: &str) -> View {
    let form = browser.get("/sign-up/code").await.form("Confirm address");
    browser.submit(&form.fill("Code", code)).await
}

on_both! {
    async fn where_to_go_never_bursts_the_cookie(world: World) {
        let ada = world.person("ada-m");
        let browser = world.signed_in(&ada).await;
        set_up_authenticator(world, &browser).await;
        let stranger = world.visitor();
        let form = stranger.get("/sign-in").await.form("Sign in");
        let form = form.fill("Email or username", "ada-m").fill("Password", PASSWORD);
        let view = stranger.submit(&form.choose("return_to", &format!("/{}", "\"".repeat(999)))).await;
        assert_eq!((view.status, view.location().as_deref()), (303, Some("/sign-in/code")), "{}", view.text());
    }

    async fn a_browser_that_may_skip_the_code_may_not_turn_it_off(world: World) {
        let ada = world.person("ada-m");
        let browser = world.signed_in(&ada).await;
        let (secret, _) = set_up_authenticator(world, &browser).await;
        sign_out(&browser).await;
        world.site.clock.advance(seconds(60));
        sign_in(&browser, &ada).await;
        let form = browser.get("/sign-in/code").await.form("Sign in");
        let form = form.fill("code", &secret.code_at(world.site.clock.now())).choose("trust", "yes");
        let inside = browser.submit(&form).await;
        assert_eq!(inside.location().as_deref(), Some("/settings/account"), "{}", inside.text());
        let off = browser.get("/settings/mfa/turn-off").await.form("Turn off");
        sign_out(&browser).await;
        // The password alone, from a browser that is trusted.
        let inside = sign_in(&browser, &ada).await;
        assert_eq!(inside.location().as_deref(), Some("/settings/account"), "{}", inside.text());
        for path in ["/settings/mfa/turn-off", "/settings/mfa/new-codes", "/settings/account/delete"] {
            let to = browser.get(path).await.location().unwrap_or_default();
            assert!(to.starts_with("/confirm"), "{path} leads to {to:?}");
        }
        let token = browser.get("/settings/mfa").await.form("Sign out").value("form_token").to_owned();
        let refused = browser.submit(&off.choose("form_token", &token)).await;
        assert!(refused.location().unwrap_or_default().starts_with("/confirm"), "{}", refused.text());
        assert!(browser.get("/settings/mfa").await.has("Trusted browsers"));
    }

    /// Guesses at an address lock what is behind it; a sign-up for a taken address must be locked by the same ones.
    async fn guesses_do_not_tell_whether_an_address_is_taken(world: World) {
        world.person("owner");
        let mut answers = Vec::new();
        for (address, username) in [("free@example.com", "probe-one"), ("owner@example.com", "probe-two")] {
            let probe = world.visitor();
            let mut told = Vec::new();
            // Guesses before the sign-up leave its own count alone.
            for _ in 0..10 {
                sign_in_as(&world.visitor(), address, "a wrong guess at it").await;
            }
            sign_up(&probe, username, address).await;
            told.push(sign_in_as(&world.visitor(), address, PROBE).await.location());
            for _ in 0..10 {
                sign_in_as(&world.visitor(), address, "a wrong guess at it").await;
            }
            // Guesses after it count, by whichever name the next try is made.
            told.push(sign_in_as(&world.visitor(), username, PROBE).await.location());
            told.push(sign_in_as(&world.visitor(), address, PROBE).await.location());
            answers.push(told);
        }
        assert_eq!(answers[0], [Some("/sign-up/code".to_owned()), None, None]);
        assert_eq!(answers[0], answers[1]);
    }

    /// An address gets a few mails an hour. Whether that is used up must not show, because a taken one uses it otherwise.
    async fn new_codes_do_not_tell_whether_an_address_is_taken(world: World) {
        world.person("owner");
        let mut answers = Vec::new();
        for (address, username) in [("free@example.com", "probe-one"), ("owner@example.com", "probe-two")] {
            let probe = world.visitor();
            sign_up(&probe, username, address).await;
            let mut told = Vec::new();
            for _ in 0..6 {
                for _ in 0..6 {
                    let view = type_code(&probe, "000000").await;
                    told.push(view.text());
                }
                world.site.clock.advance(seconds(61));
                probe.submit(&probe.get("/sign-up/code").await.form("Send a new code")).await;
            }
            answers.push(told.into_iter().map(|text| text.replace(address, "…")).collect::<Vec<_>>());
            world.site.clock.advance(hours(2));
        }
        assert_eq!(answers[0], answers[1]);
    }

    /// Where no mail may be sent any more, the old code is not open to five more guesses.
    async fn the_old_code_dies_also_when_no_new_one_is_mailed(world: World) {
        let probe = world.visitor();
        for name in ["probe-one", "probe-two", "probe-three", "probe-four"] {
            sign_up(&world.visitor(), name, "ada@example.com").await;
            world.run_jobs();
        }
        sign_up(&probe, "ada-m", "ada@example.com").await;
        let old = code_of(world, "ada@example.com");
        world.site.clock.advance(seconds(61));
        probe.submit(&probe.get("/sign-up/code").await.form("Send a new code")).await;
        assert_eq!(world.inbox("ada@example.com").len(), 5);
        assert_eq!(type_code(&probe, &old).await.status, 422);
    }
}
