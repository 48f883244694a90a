//! An authenticator, set up and taken away by a tool.

use keystead::crypto::totp::TotpSecret;
use keystead::kernel::time::minutes;
use serde_json::json;

use super::{USER, With};
use crate::on_both;

const CREATE: &str = "/v1/api/user/mfa/totp/create-key";
const SET: &str = "/v1/api/user/mfa/totp/set-key";
const CLEAR: &str = "/v1/api/user/mfa/totp/clear";

on_both! {
    async fn an_authenticator_is_set_up_and_cleared(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let token = world.token(&ada).await;
        let made = world.call(With::Token(&token), "post", CREATE).await.good();
        let key = made["key"].as_str().unwrap();
        assert!(made["url"].as_str().unwrap().starts_with("otpauth://totp/"));
        let secret = TotpSecret::from_base32(key).unwrap();
        let set = |key: &str, code: String| world.send(With::Token(&token), "post", SET, json!({"key": key, "totpToken": code}));
        assert_eq!(set(key, "000000".to_owned()).await.error().0, 200, "a wrong code can be tried again");
        let codes = set(key, secret.code_at(world.site.clock.now())).await.good();
        assert_eq!(codes["recoveryCodes"].as_array().unwrap().len(), 10);
        assert_eq!(world.call(With::Token(&token), "get", USER).await.good()["mfaConfigured"], true);
        assert_eq!(browser.get("/settings/account").await.status, 303, "other sessions ended");
        assert_eq!(world.call(With::Token(&token), "post", CREATE).await.error().0, 200);
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.contains("authentication is on")));
        let clear = |code: &str| world.send(With::Token(&token), "post", CLEAR, json!({"totpToken": code}));
        assert_eq!(clear("000000").await.error().0, 200);
        clear(codes["recoveryCodes"][0].as_str().unwrap()).await.good();
        assert_eq!(world.call(With::Token(&token), "get", USER).await.good()["mfaConfigured"], false);
        assert_eq!(clear("000000").await.error(), (200, "There is no authenticator."));
    }

    async fn a_key_is_good_for_its_own_session_and_ten_minutes(world: World) {
        let ada = world.person("ada-marchetti");
        let (token, other) = (world.token(&ada).await, world.token(&ada).await);
        let made = world.call(With::Token(&token), "post", CREATE).await.good();
        let (key, secret) = (&made["key"], TotpSecret::from_base32(made["key"].as_str().unwrap()).unwrap());
        let set = |token: String| {
            let code = secret.code_at(world.site.clock.now());
            async move { world.send(With::Token(&token), "post", SET, json!({"key": key, "totpToken": code})).await }
        };
        assert!(set(other.clone()).await.error().1.starts_with("This key was not handed out here"));
        world.site.clock.advance(minutes(10));
        assert!(set(token.clone()).await.error().1.starts_with("This key was not handed out here"));
        let mine = json!({"key": TotpSecret::mint(&world.site.chance).base32(), "totpToken": "000000"});
        assert_eq!(world.send(With::Token(&token), "post", SET, mine).await.error().0, 200);
        let late = world.call(With::Token(&token), "post", CREATE).await;
        assert!(late.error().1.starts_with("Log in once more"), "a token that lay around sets up nothing");
    }

    async fn tries_at_codes_are_counted_like_all_others(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        let key = world.call(With::Token(&token), "post", CREATE).await.good()["key"].as_str().unwrap().to_owned();
        let secret = TotpSecret::from_base32(&key).unwrap();
        let body = json!({"key": key, "totpToken": secret.code_at(world.site.clock.now())});
        world.send(With::Token(&token), "post", SET, body).await.good();
        for _ in 0..20 {
            world.send(With::Token(&token), "post", CLEAR, json!({"totpToken": "000000"})).await.error();
        }
        let right = world.next_code(&secret);
        let refused = world.send(With::Token(&token), "post", CLEAR, json!({"totpToken": right})).await;
        assert_eq!(refused.error().0, 200, "even the right one");
    }
}
