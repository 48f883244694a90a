//! `/settings/mfa`: on by a code, off after a look at what goes, recovery codes shown once.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::time::{minutes, seconds};
use keystead::regions::directory;
use keystead::sessions::session;
use reqwest::Method;

use crate::on_both;
use crate::support::people::{set_up_authenticator, sign_in};

const MFA: &str = "/settings/mfa";

on_both! {
    async fn an_authenticator_is_on_only_after_its_code_was_typed(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        assert!(browser.get(MFA).await.has("Set up using an authenticator app"));
        let page = browser.get("/settings/mfa/set-up").await;
        assert!(page.attribute("svg.qr path", "d").unwrap().starts_with("M0 0h7"));
        let uri = page.attribute("a[href^='otpauth:']", "href").unwrap();
        assert!(uri.starts_with("otpauth://totp/Keystead:ada-marchetti?secret="));
        let wrong = browser.submit(&page.form("Turn on").fill("Type the code it shows", "000000")).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text_of("title").starts_with("Error: "));
        assert_eq!(wrong.text_of("#key"), page.text_of("#key"), "the key stays the same to try again");
        assert!(browser.get(MFA).await.has("Set up using an authenticator app"));
        assert!(sign_in(&world.visitor(), &ada).await.location().unwrap().ends_with("/settings/account"));
    }

    async fn after_turning_it_on_signing_in_asks_for_a_code(world: World) {
        let ada = world.person("ada-marchetti");
        let other = world.signed_in(&ada).await;
        let browser = world.signed_in(&ada).await;
        let (secret, codes) = set_up_authenticator(world, &browser).await;
        assert_eq!(codes.len(), 10);
        assert_eq!(other.get("/settings/account").await.status, 303, "other sessions end");
        assert!(browser.get(MFA).await.has("10 of 10 are left."), "this one stays");
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.to_lowercase().contains("multi-factor")));
        let door = world.visitor();
        let asked = sign_in(&door, &ada).await;
        assert_eq!(asked.location().as_deref(), Some("/sign-in/code"));
        // The code that confirmed the set-up is used.
        let form = door.get("/sign-in/code").await.form("Sign in");
        assert_eq!(door.submit(&form.clone().fill("code", &secret.code_at(world.site.clock.now()))).await.status, 422);
        world.site.clock.advance(seconds(30));
        let form = door.get("/sign-in/code").await.form("Sign in");
        assert_eq!(door.submit(&form.fill("code", &secret.code_at(world.site.clock.now()))).await.status, 303);
        assert_eq!(door.get("/settings/account").await.status, 200);
    }

    async fn only_a_person_who_looks_uses_up_the_one_look_at_the_codes(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let page = browser.get("/settings/mfa/set-up").await;
        let key = TotpSecret::from_base32(&page.text_of("#key").replace(' ', "")).unwrap();
        let code = key.code_at(world.site.clock.now());
        browser.submit(&page.form("Turn on").fill("Type the code it shows", &code)).await;
        let codes = "/settings/mfa/codes";
        let head = browser.request(Method::HEAD, codes).send().await.unwrap();
        assert_eq!(head.status(), 200);
        for (name, value) in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "prefetch")] {
            let ahead = browser.request(Method::GET, codes).header(name, value).send().await.unwrap();
            assert_eq!(ahead.status(), 503, "{name}: no answer that a browser would keep");
            assert!(ahead.text().await.unwrap().is_empty());
        }
        assert_eq!(browser.get(codes).await.text_of("#codes").split(' ').count(), 10);
        let again = browser.visit(codes).await;
        assert!(again.path == MFA && again.has("If you did not keep them, make new ones."), "{}", again.text());
    }

    async fn without_a_factor_no_session_was_opened_with_one(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        set_up_authenticator(world, &browser).await;
        let row = world.site.regions.directory.read_now(|db| directory::by_name(db, &ada.username)).unwrap().unwrap();
        let now = world.site.clock.now();
        let factors = || {
            let sessions = world.region(row.region).read_now(|db| session::of_account(db, row.owner_id, now)).unwrap();
            sessions.iter().map(|session| session.has_second_factor).collect::<Vec<_>>()
        };
        assert_eq!(factors(), [true]);
        let off = browser.submit(&browser.get("/settings/mfa/turn-off").await.form("Turn off")).await;
        assert_eq!(off.location().as_deref(), Some(MFA), "{}", off.text());
        assert_eq!(factors(), [false]);
        set_up_authenticator(world, &browser).await;
        assert_eq!(factors(), [true]);
    }

    async fn recovery_codes_are_shown_once_and_one_is_typed_back(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let (_, codes) = set_up_authenticator(world, &browser).await;
        assert_eq!(browser.get("/settings/mfa/codes").await.location().as_deref(), Some(MFA), "the second look shows nothing");
        let page = browser.get(MFA).await;
        assert!(page.has("You have not typed one back yet."));
        let wrong = browser.submit(&page.form("I have kept them").fill("kept", "aaaa-aaaa-aaaa-aaaa")).await;
        assert_eq!(wrong.status, 422);
        assert!(!codes.iter().any(|code| wrong.html.contains(code)), "a mistake does not show them again");
        let kept = browser.submit(&page.form("I have kept them").fill("kept", &codes[4].to_uppercase())).await;
        let page = browser.follow(kept).await;
        assert!(page.has("You typed one back on") && page.has("10 of 10 are left."), "it stays usable");
    }

    async fn looking_at_the_headers_does_not_use_up_the_codes(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let page = browser.get("/settings/mfa/set-up").await;
        let secret = keystead::crypto::totp::TotpSecret::from_base32(&page.text_of("#key").replace(' ', "")).unwrap();
        browser.submit(&page.form("Turn on").fill("code", &secret.code_at(world.site.clock.now()))).await;
        let head = browser.request(reqwest::Method::HEAD, "/settings/mfa/codes").send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(browser.get("/settings/mfa/codes").await.text_of("#codes").split(' ').count(), 10);
    }

    async fn new_codes_make_the_old_ones_useless(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let (_, old) = set_up_authenticator(world, &browser).await;
        let ask = browser.get("/settings/mfa/new-codes").await;
        assert!(ask.has("10 unused codes stop working"));
        let made = browser.submit(&ask.form("Make new codes")).await;
        let shown = browser.follow(made).await;
        let new: Vec<String> = shown.text_of("#codes").split(' ').map(str::to_owned).collect();
        assert!(new.len() == 10 && !new.contains(&old[0]));
        let door = world.visitor();
        sign_in(&door, &ada).await;
        let form = door.get("/sign-in/code").await.form("Sign in");
        assert_eq!(door.submit(&form.clone().fill("code", &old[0])).await.status, 422);
        assert_eq!(door.submit(&door.get("/sign-in/code").await.form("Sign in").fill("code", &new[0])).await.status, 303);
        assert!(door.get(MFA).await.has("9 of 10 are left."));
    }

    async fn a_trusted_browser_skips_the_code_until_it_is_asked_again(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let (_, codes) = set_up_authenticator(world, &browser).await;
        let trusted = world.visitor();
        sign_in(&trusted, &ada).await;
        let form = trusted.get("/sign-in/code").await.form("Sign in").fill("code", &codes[0]).choose("trust", "yes");
        assert_eq!(trusted.submit(&form).await.status, 303);
        let leave = trusted.get(MFA).await.form("Sign out");
        trusted.submit(&leave).await;
        assert!(sign_in(&trusted, &ada).await.location().unwrap().ends_with("/settings/account"));
        let page = browser.get(MFA).await;
        assert!(page.has("Trusted until 21 December 2026"));
        let asked = browser.submit(&page.form("Ask again in Firefox on Ubuntu")).await;
        assert!(browser.follow(asked).await.has("Firefox on Ubuntu asks for a code at its next sign-in."));
        let leave = trusted.get(MFA).await.form("Sign out");
        trusted.submit(&leave).await;
        assert_eq!(sign_in(&trusted, &ada).await.location().as_deref(), Some("/sign-in/code"));
    }

    async fn turning_it_off_shows_what_goes_and_takes_the_codes_along(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        set_up_authenticator(world, &browser).await;
        let ask = browser.get("/settings/mfa/turn-off").await;
        assert!(ask.has("10 unused recovery codes"));
        let done = browser.submit(&ask.form("Turn off")).await;
        assert!(browser.follow(done).await.has("Set up using an authenticator app"));
        assert!(sign_in(&world.visitor(), &ada).await.location().unwrap().ends_with("/settings/account"));
    }

    async fn ten_minutes_after_signing_in_it_asks_who_is_there(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        set_up_authenticator(world, &browser).await;
        let ask = browser.get("/settings/mfa/turn-off").await;
        world.site.clock.advance(minutes(11));
        for path in ["/settings/mfa/turn-off", "/settings/mfa/new-codes"] {
            let turned = browser.get(path).await.location().unwrap();
            assert!(turned.starts_with("/confirm?") && turned.contains("return_to=%2Fsettings%2Fmfa%2F"), "{turned}");
        }
        let turned = browser.submit(&ask.form("Turn off")).await;
        assert!(turned.location().unwrap().starts_with("/confirm?"));
        assert!(browser.get(MFA).await.has("10 of 10 are left."));
    }

    async fn a_key_of_another_session_or_too_old_is_not_taken(world: World) {
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        let eve = world.signed_in(&world.person("eve-adler")).await;
        let of_eve = eve.get("/settings/mfa/set-up").await;
        let secret = keystead::crypto::totp::TotpSecret::from_base32(&of_eve.text_of("#key").replace(' ', "")).unwrap();
        let planted = ada.get("/settings/mfa/set-up").await.form("Turn on")
            .choose("pending", of_eve.form("Turn on").value("pending"))
            .fill("code", &secret.code_at(world.site.clock.now()));
        let page = ada.submit(&planted).await;
        assert_eq!(page.status, 422);
        assert_ne!(page.text_of("#key"), of_eve.text_of("#key"));
        assert!(ada.get(MFA).await.has("Set up using an authenticator app"));
    }
}
