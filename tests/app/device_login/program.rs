//! What a program meets: each answer at its time.

use keystead::crypto::token::TokenDigest;
use keystead::kernel::time::{days, minutes, seconds};
use keystead::sessions::session;
use serde_json::json;

use super::{AGENT, CLIENT, GRANT, allow, answer, begin, environment, poll, send};
use crate::on_both;
use crate::studio_api::{USER, With};
use crate::support::client::View;

on_both! {
    async fn a_program_that_was_allowed_gets_a_tools_session_listed_and_ended_among_the_sessions(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let begun = begin(world).await;
        assert_eq!(poll(world, &begun).await, Err("authorization_pending".to_owned()));
        allow(&browser, &begun).await;
        world.site.clock.advance(seconds(5));
        let token = poll(world, &begun).await.unwrap();
        assert_eq!(environment(world, &token).await, 200);
        assert_eq!(world.call(With::Token(&token), "get", USER).await.error().0, 401, "it opens nothing else");
        world.site.clock.advance(seconds(10));
        assert_eq!(poll(world, &begun).await, Err("invalid_grant".to_owned()), "once");

        let page = browser.get("/settings/sessions").await;
        assert!(page.has("Keystead on ada-laptop") && page.has("Program allowed to sign in"), "{}", page.text());
        let mails = world.inbox(&ada.email);
        let told: Vec<_> = mails.iter().filter(|mail| mail.subject.starts_with("A program signed in to your")).collect();
        assert_eq!((told.len(), mails.len()), (1, 2), "beside that of the new browser");
        assert!(told[0].text.contains("Keystead on ada-laptop"), "{}", told[0].text);
        browser.submit(&page.form("End the other one")).await;
        assert_eq!(environment(world, &token).await, 401);
    }

    async fn its_session_never_counts_as_fresh_and_lives_for_thirty_days(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let begun = begin(world).await;
        allow(&browser, &begun).await;
        let token = poll(world, &begun).await.unwrap();
        let (digest, now) = (TokenDigest::of(&token), world.site.clock.now());
        let (session, account) = world.in_europe(|db| session::live(db, &digest, now)).unwrap();
        assert!(!session.is_confirmed(&account, now));
        world.site.clock.advance(days(30));
        assert_eq!(environment(world, &token).await, 401);
    }

    async fn a_code_is_over_after_ten_minutes_for_both_sides(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let (late, forgotten) = (begin(world).await, begin(world).await);
        allow(&browser, &late).await;
        world.site.clock.advance(seconds(599));
        assert_eq!(poll(world, &forgotten).await, Err("authorization_pending".to_owned()));
        world.site.clock.advance(seconds(1));
        assert_eq!(poll(world, &late).await, Err("expired_token".to_owned()), "allowed, and not fetched in time");
        assert_eq!(poll(world, &forgotten).await, Err("expired_token".to_owned()));
        world.site.clock.advance(minutes(120));
        world.run_jobs();
        assert_eq!(poll(world, &forgotten).await, Err("invalid_grant".to_owned()), "forgotten");
    }

    async fn a_program_that_was_refused_is_told_so_and_gets_nothing(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let begun = begin(world).await;
        let refused = answer(&browser, &begun.user_code, "Refuse").await;
        assert_eq!(refused.location().as_deref(), Some("/settings/sessions"));
        assert_eq!(poll(world, &begun).await, Err("access_denied".to_owned()));
        assert!(browser.get("/settings/sessions").await.has("Program refused to sign in"));
        let mails = world.inbox(&ada.email);
        assert!(mails.iter().all(|mail| !mail.subject.starts_with("A program")), "nothing signed in");
    }

    async fn one_that_asks_too_fast_is_told_to_slow_down_and_each_time_slower(world: World) {
        let begun = begin(world).await;
        let pending = Err("authorization_pending".to_owned());
        assert_eq!(poll(world, &begun).await, pending);
        world.site.clock.advance(seconds(4));
        assert_eq!(poll(world, &begun).await, Err("slow_down".to_owned()));
        world.site.clock.advance(seconds(9));
        assert_eq!(poll(world, &begun).await, Err("slow_down".to_owned()), "ten from then on");
        world.site.clock.advance(seconds(15));
        assert_eq!(poll(world, &begun).await, pending);
    }

    async fn what_is_wrong_is_refused_in_the_words_of_the_rfc(world: World) {
        let begun = begin(world).await;
        let code = ("device_code", begun.device_code.as_str());
        let device = "/oauth/device_authorization";
        for (path, fields, expected) in [
            (device, vec![], (400, "invalid_request")),
            (device, vec![("client_id", "somebody-else")], (401, "invalid_client")),
            (device, vec![CLIENT, CLIENT], (400, "invalid_request")),
            ("/oauth/token", vec![CLIENT, code], (400, "invalid_request")),
            ("/oauth/token", vec![("grant_type", "password"), CLIENT, code], (400, "unsupported_grant_type")),
            ("/oauth/token", vec![GRANT, code], (400, "invalid_request")),
            ("/oauth/token", vec![GRANT, ("client_id", "x"), code], (401, "invalid_client")),
            ("/oauth/token", vec![GRANT, CLIENT], (400, "invalid_request")),
            ("/oauth/token", vec![GRANT, CLIENT, ("device_code", "x")], (400, "invalid_grant")),
            ("/oauth/token", vec![GRANT, CLIENT, ("device_code", &begun.user_code)], (400, "invalid_grant")),
            ("/oauth/revoke", vec![CLIENT], (400, "invalid_request")),
        ] {
            let (status, answer) = send(world, path, &fields).await;
            assert_eq!((status, answer["error"].as_str().unwrap()), expected, "{path} {fields:?}");
        }
        let json = world.visitor().request(reqwest::Method::POST, "/oauth/token").json(&json!({"a": 1}));
        assert_eq!(json.send().await.unwrap().status().as_u16(), 400);
        let get = world.visitor().get("/oauth/token").await;
        assert_eq!((get.status, get.headers["allow"].to_str().unwrap()), (405, "POST"));
    }

    async fn one_network_begins_sixty_in_a_quarter_of_an_hour(world: World) {
        for _ in 0..60 {
            begin(world).await;
        }
        let request = world.visitor().request(reqwest::Method::POST, "/oauth/device_authorization").form(&[CLIENT]);
        let refused = View::of(request.send().await.unwrap()).await;
        assert_eq!(refused.status, 429);
        assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
        world.site.clock.advance(minutes(15));
        begin(world).await;
    }

    async fn a_token_that_is_handed_back_is_over_and_one_that_never_was_is_answered_alike(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let begun = begin(world).await;
        allow(&browser, &begun).await;
        let token = poll(world, &begun).await.unwrap();
        let unknown = format!("e{}", "A".repeat(43));
        for text in [unknown.as_str(), "x", &token, &token] {
            assert_eq!(send(world, "/oauth/revoke", &[CLIENT, ("token", text)]).await.0, 200);
        }
        assert_eq!(world.call(With::Token(&token), "get", USER).await.error().0, 401);
        assert!(browser.get("/settings/sessions").await.has("Signed out"));
        assert_eq!(browser.get("/settings/account").await.status, 200, "the browser stays");
    }

    async fn the_cookie_of_a_browser_counts_for_nothing_here(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let request = browser.request(reqwest::Method::POST, "/oauth/device_authorization").header("user-agent", AGENT);
        let foreign = request.header("sec-fetch-site", "cross-site").form(&[CLIENT]).send().await.unwrap();
        assert_eq!(foreign.status().as_u16(), 200, "it is given what anybody is: a code that nobody has allowed");
        assert!(foreign.headers().get("set-cookie").is_none());
    }
}
