//! `api-login`: the sign-in page's own door, in other words.

use keystead::kernel::time::{days, minutes};
use keystead::lifecycle::suspension;
use serde_json::json;

use super::{Answer, USER, With};
use crate::on_both;
use crate::support::people::{PASSWORD, set_up_authenticator};

const LOGIN: &str = "/v1/api-login";
const REFUSED: (u16, &str) = (200, "User not found or Password is incorrect");

on_both! {
    async fn a_token_is_listed_among_the_sessions_and_ended_there(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        assert_eq!(world.call(With::Token(&token), "get", USER).await.good()["username"], "ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let page = browser.get("/settings/sessions").await;
        assert!(page.has("EDGE_IMPULSE_CLI"), "{}", page.text());
        let ended = browser.submit(&page.form("End the other one")).await;
        assert_eq!(ended.status, 303, "{}", ended.text());
        let refused = world.call(With::Token(&token), "get", USER).await;
        assert_eq!(refused.error().0, 401);
        assert!(refused.error().1.contains("Your JWT token has expired"));
    }

    async fn the_owner_is_told_of_a_new_tool_and_not_of_the_same_again(world: World) {
        let ada = world.person("ada-marchetti");
        for _ in 0..3 {
            world.token(&ada).await;
        }
        let mails = world.inbox(&ada.email);
        let told = mails.iter().filter(|mail| mail.subject.starts_with("A tool signed in")).count();
        assert_eq!((told, mails.len()), (1, 1));
    }

    async fn a_token_lives_for_thirty_days_and_opens_no_page(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        let page = world.visitor().request(reqwest::Method::GET, "/settings/account");
        let page = page.header("cookie", format!("keystead={token}")).send().await.unwrap();
        assert_eq!(page.status(), 303);
        world.site.clock.advance(days(29));
        world.call(With::Token(&token), "get", USER).await.good();
        world.site.clock.advance(days(1));
        assert_eq!(world.call(With::Token(&token), "get", USER).await.error().0, 401);
    }

    async fn every_refusal_says_the_same(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        assert_eq!(world.log_in(&ada, "not her password").await.error(), REFUSED);
        for (username, password) in [("nobody-here", PASSWORD), ("nobody@example.com", PASSWORD), ("", ""), ("<b>", "\0")] {
            let body = json!({"username": username, "password": password});
            assert_eq!(world.send(With::Nothing, "post", LOGIN, body).await.error(), REFUSED);
        }
        let (act, id) = (world.act(), world.id_of("eve-adler"));
        let suspended = |db: &mut keystead::db::Db| suspension::suspend(db, &act, id, id, "spam");
        world.region(keystead::kernel::region::Region::Eu).write_now(suspended).unwrap();
        assert_eq!(world.log_in(&eve, PASSWORD).await.error(), REFUSED);
        let body = json!({"username": ada.email, "password": PASSWORD});
        world.send(With::Nothing, "post", LOGIN, body).await.good();
    }

    async fn fifty_wrong_passwords_lock_the_name_and_not_the_browser_that_is_known(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        for _ in 0..50 {
            assert_eq!(world.log_in(&ada, "not her password").await.error(), REFUSED);
        }
        assert_eq!(world.log_in(&ada, PASSWORD).await.error(), REFUSED, "even the right one");
        assert_eq!(browser.get("/settings/account").await.status, 200);
        let mut last = world.log_in(&ada, "not her password").await;
        for _ in 0..60 {
            last = world.log_in(&ada, "not her password").await;
        }
        assert_eq!(last.error().0, 429, "the network has had enough");
        assert!(last.view.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
        world.site.clock.advance(minutes(16));
        world.token(&ada).await;
    }

    async fn with_an_authenticator_a_code_is_asked_for_and_used_once(world: World) {
        let ada = world.person("ada-marchetti");
        let (secret, recovery) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let asked = world.log_in(&ada, PASSWORD).await;
        assert_eq!(asked.status, 200);
        assert!(asked.error().1.starts_with("ERR_TOTP_TOKEN IS REQUIRED"));
        assert_eq!(world.log_in(&ada, "not her password").await.error(), REFUSED, "a wrong password is told first");
        let code = world.next_code(&secret);
        let with = |code: &str| json!({"username": "ada-marchetti", "password": PASSWORD, "totpToken": code});
        let token = world.send(With::Nothing, "post", LOGIN, with(&code)).await.good();
        world.call(With::Token(token["token"].as_str().unwrap()), "get", USER).await.good();
        for wrong in [code.as_str(), "000000", "abc"] {
            let refused = world.send(With::Nothing, "post", LOGIN, with(wrong)).await;
            assert_eq!(refused.error().0, 200, "{wrong}");
            assert!(refused.json.get("token").is_none());
        }
        world.send(With::Nothing, "post", LOGIN, with(&recovery[0])).await.good();
        assert_eq!(world.send(With::Nothing, "post", LOGIN, with(&recovery[0])).await.json["success"], false);
        let empty = world.send(With::Nothing, "post", LOGIN, with("")).await;
        assert!(empty.error().1.starts_with("ERR_TOTP_TOKEN IS REQUIRED"));
    }

    async fn a_token_may_come_as_a_cookie_but_from_no_other_site(world: World) {
        let token = world.token(&world.person("ada-marchetti")).await;
        let with = |cookie: String| world.calling(With::Nothing, "get", USER).header("cookie", cookie);
        Answer::of(with(format!("a=b; jwt={token}"))).await.good();
        Answer::of(with(token.clone())).await.good();
        Answer::of(with(format!("jwt={token}")).header("sec-fetch-site", "same-origin")).await.good();
        for foreign in ["cross-site", "same-site"] {
            let refused = Answer::of(with(format!("jwt={token}")).header("sec-fetch-site", foreign)).await;
            assert_eq!(refused.error().0, 401, "{foreign}");
        }
        let refused = Answer::of(with(format!("jwt={token}")).header("origin", "https://evil.example")).await;
        assert_eq!(refused.error().0, 401);
        // A header cannot be set by a page of another site, so it needs no gate.
        Answer::of(world.calling(With::Token(&token), "get", USER).header("x-api-key", "")).await.good();
    }

    async fn the_browsers_own_session_opens_nothing(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let refused = Answer::of(browser.request(reqwest::Method::GET, USER)).await;
        assert_eq!(refused.error().0, 401);
    }

    async fn whether_a_password_is_needed_is_said_of_everybody_alike(world: World) {
        world.person("ada-marchetti");
        let ask = |name: &'static str| {
            let path = format!("/v1/api-user-need-to-set-password/{name}");
            async move { world.call(With::Nothing, "get", &path).await.good() }
        };
        let known = ask("ada-marchetti").await;
        assert_eq!(known, json!({"success": true, "needPassword": false}));
        assert_eq!(ask("nobody-here").await, known);
        assert_eq!(ask("%3Cb%3E").await, known);
    }

    async fn a_closed_account_has_no_tools_any_more(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        let wrong = world.send(With::Token(&token), "delete", USER, json!({"password": "not hers at all"})).await;
        assert_eq!(wrong.error().0, 200);
        world.send(With::Token(&token), "delete", USER, json!({"password": PASSWORD})).await.good();
        assert_eq!(world.call(With::Token(&token), "get", USER).await.error().0, 401);
        assert_eq!(world.log_in(&ada, PASSWORD).await.error(), REFUSED);
        let mails = world.inbox(&ada.email);
        assert!(mails.iter().any(|mail| mail.text.contains("/cancel-closing/")), "there are days of grace");
    }
}
