//! Keys, as tools list, make and revoke them.

use std::collections::BTreeMap;

use keystead::access::Role;
use keystead::activity::feed;
use keystead::kernel::time::minutes;
use keystead::projects::key_role::KeyRole;
use serde_json::{Value, json};

use super::{PROJECTS, With};
use crate::on_both;
use crate::support::projects::named;

fn new(name: &str, role: &str, is_development: bool) -> Value {
    json!({"name": name, "role": role, "isDevelopmentKey": is_development})
}

fn flag(item: &Value) -> (&str, bool) {
    (item["name"].as_str().unwrap(), item["isDevelopmentKey"].as_bool().unwrap())
}

on_both! {
    async fn a_key_is_told_once_and_listed_by_what_recognises_it(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (path, token) = (format!("/v1/api/{}/apikeys", project.number), world.token(&ada).await);
        let body = json!({"name": "Edge Impulse CLI (bench-7)", "role": "ingestion_deployment", "isDevelopmentKey": false});
        let made = world.send(With::Token(&token), "post", &path, body).await.good();
        let value = made["apiKey"].as_str().unwrap();
        world.call(With::Key(value), "get", PROJECTS).await.good();
        world.site.key_uses.write(&world.site.regions).unwrap();
        let answer = world.call(With::Token(&token), "get", &path).await;
        assert!(!answer.view.html.contains(value));
        let item = &answer.good()["apiKeys"][0];
        assert_eq!((&item["id"], &item["name"]), (&made["id"], &json!("Edge Impulse CLI (bench-7)")));
        assert_eq!((&item["role"], &item["isDevelopmentKey"]), (&json!("ingestion_deployment"), &json!(false)));
        assert!(item["apiKey"].as_str().unwrap().ends_with(&value[value.len() - 4..]));
        assert_eq!(item["createdByUser"]["username"], "ada-marchetti");
        assert_eq!((&item["created"], &item["lastUsed"]["date"]), (&json!("2026-11-21T12:00:00Z"), &json!("2026-11-21T12:00:00Z")));
        assert_eq!(item["lastUsed"]["ipAddress"], "127.0.0.1");
        assert!(item.get("expires").is_none());
        world.call(With::Token(&token), "delete", &format!("{path}/{}", made["id"])).await.good();
        assert_eq!(world.call(With::Key(value), "get", PROJECTS).await.error(), (401, "Invalid API key"));
        assert_eq!(world.call(With::Token(&token), "get", &path).await.good()["apiKeys"], json!([]));
        assert_eq!(world.inbox(&ada.email).len(), 3, "the tool, the key, its end");
    }

    async fn a_key_lives_as_long_as_its_ttl_says(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (path, token) = (format!("/v1/api/{}/apikeys", project.number), world.token(&ada).await);
        let body = json!({"name": "short", "role": "readonly", "ttl": 3600});
        let made = world.send(With::Token(&token), "post", &path, body).await.good();
        let item = world.call(With::Token(&token), "get", &path).await.good();
        assert_eq!(item["apiKeys"][0]["expires"], "2026-11-21T13:00:00Z");
        world.site.clock.advance(keystead::kernel::time::hours(1));
        let refused = world.call(With::Key(made["apiKey"].as_str().unwrap()), "get", PROJECTS).await;
        assert_eq!(refused.error().0, 401);
    }

    async fn no_key_lives_longer_than_the_policy_lets_it(world: World) {
        let ada = world.person("ada-marchetti");
        let team = world.organization("tidewater", &ada);
        let path = format!("/v1/api/{}/apikeys", team.project("Shared").number);
        let token = world.token(&ada).await;
        let browser = world.signed_in(&ada).await;
        let form = browser.get(&team.path("settings/policies")).await.form("Save changes");
        assert_eq!(browser.submit(&form.fill("Longest lifetime of keys", "30")).await.status, 303);
        let month = 30 * 24 * 60 * 60;
        let make = |ttl: Value| {
            let body = json!({"name": "ci", "role": "readonly", "ttl": ttl});
            world.send(With::Token(&token), "post", &path, body)
        };
        let refused = make(json!(month + 1)).await;
        assert_eq!(refused.error(), (200, "A key may live 30 days at most: a policy says so."));
        let list = async || world.call(With::Token(&token), "get", &path).await.good()["apiKeys"].take();
        assert_eq!(list().await, json!([]));
        make(json!(month)).await.good();
        make(Value::Null).await.good();
        let ends: Vec<Value> = list().await.as_array_mut().unwrap().iter_mut().map(|key| key["expires"].take()).collect();
        assert_eq!(ends, ["2026-12-21T12:00:00Z", "2026-12-21T12:00:00Z"], "who says nothing gets the longest there is");
    }

    async fn what_cannot_be_a_key_is_refused_with_its_reason(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (path, token) = (format!("/v1/api/{}/apikeys", project.number), world.token(&ada).await);
        for (body, field) in [
            (json!({"name": "own", "role": "admin", "apiKey": "ei_of_my_own"}), "apiKey"),
            (json!({"name": "", "role": "admin"}), "name"),
            (json!({"name": "x", "role": "<b>root"}), "role"),
            (json!({"name": "x", "role": "admin", "ttl": 0}), "ttl"),
            (json!({"name": "x", "role": "admin", "ttl": u64::MAX}), "ttl"),
        ] {
            let refused = world.send(With::Token(&token), "post", &path, body).await;
            assert_eq!((refused.error().0, refused.error().1.starts_with(field)), (200, true), "{}", refused.json);
        }
        assert_eq!(world.send(With::Token(&token), "post", &path, json!([])).await.error().0, 200);
        assert_eq!(world.call(With::Token(&token), "get", &path).await.good()["apiKeys"], json!([]));
    }

    async fn of_two_development_keys_the_last_has_the_flag_and_devkeys_tells_it(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (base, token) = (format!("/v1/api/{}", project.number), world.token(&ada).await);
        let (path, devkeys) = (format!("{base}/apikeys"), format!("{base}/devkeys"));
        let none = world.call(With::Token(&token), "get", &devkeys).await.good();
        assert_eq!((&none["apiKey"], &none["hmacKey"]), (&json!(""), &json!("")));
        world.send(With::Token(&token), "post", &path, new("first", "ingestiononly", true)).await.good();
        let second = world.send(With::Token(&token), "post", &path, new("second", "admin", true)).await.good();
        let list = world.call(With::Token(&token), "get", &path).await.good();
        let flags: BTreeMap<&str, bool> = list["apiKeys"].as_array().unwrap().iter().map(flag).collect();
        assert_eq!(flags, BTreeMap::from([("first", false), ("second", true)]));
        let own = json!({"name": "device", "hmacKey": "fed53116f20684c067774ebf9e7bcbdc", "isDevelopmentKey": true});
        world.send(With::Token(&token), "post", &format!("{base}/hmackeys"), own).await.good();
        let both = world.call(With::Token(&token), "get", &devkeys).await.good();
        assert_eq!(both["apiKey"], second["apiKey"]);
        assert_eq!(both["hmacKey"], "fed53116f20684c067774ebf9e7bcbdc");
        let hmac = world.call(With::Token(&token), "get", &format!("{devkeys}/hmac")).await.good();
        assert_eq!(hmac["hmacKey"], both["hmacKey"]);
        let looks = || {
            let feed = world.in_europe(|db| feed::latest(db, project.workspace_id, 4));
            feed.into_iter().map(|line| (line.sentence, line.detail, line.actor)).collect::<Vec<_>>()
        };
        let by_ada = |sentence: &str, key: &str| (sentence.to_owned(), key.to_owned(), project.created_by);
        let (shown, hmac_shown) = (by_ada("Development key shown", "second"), by_ada("HMAC key shown", "device"));
        let seen = looks();
        assert_eq!(seen[..3], [hmac_shown.clone(), hmac_shown, shown]);
        let key = second["apiKey"].as_str().unwrap();
        let by_key = world.call(With::Key(key), "get", &devkeys).await.good();
        assert_eq!((&by_key["apiKey"], &by_key["hmacKey"]), (&json!(""), &json!("")), "a key is told nothing");
        assert_eq!(world.call(With::Key(key), "get", &format!("{devkeys}/hmac")).await.good()["hmacKey"], "");
        assert_eq!(looks(), seen, "and nothing was looked at");
    }

    async fn an_editor_is_not_told_a_development_key_with_more_rights_than_theirs(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        team.member(&ada, Role::Editor);
        let base = format!("/v1/api/{}", team.project("Shared").number);
        let (editor, owner) = (world.token(&ada).await, world.token(&bea).await);
        let (path, devkeys) = (format!("{base}/apikeys"), format!("{base}/devkeys"));
        let above = world.send(With::Token(&editor), "post", &path, new("mine", "admin", false)).await;
        assert_eq!(above.error().0, 403);
        world.send(With::Token(&owner), "post", &path, new("strong", "admin", true)).await.good();
        assert_eq!(world.call(With::Token(&editor), "get", &devkeys).await.good()["apiKey"], "");
        let weak = world.send(With::Token(&editor), "post", &path, new("weak", "ingestion_deployment", true)).await.good();
        assert_eq!(world.call(With::Token(&editor), "get", &devkeys).await.good()["apiKey"], weak["apiKey"]);
    }

    async fn hmac_keys_are_told_in_full_to_people_and_in_part_to_keys(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (path, token) = (format!("/v1/api/{}/hmackeys", project.number), world.token(&ada).await);
        let key = world.key(&project, &named("all", KeyRole::Admin));
        let made = world.send(With::Token(&token), "post", &path, json!({"name": "gripper"})).await.good();
        let value = made["hmacKey"].as_str().unwrap();
        assert_eq!(value.len(), 32);
        let full = world.call(With::Token(&token), "get", &path).await.good();
        assert_eq!((&full["hmacKeys"][0]["hmacKey"], &full["hmacKeys"][0]["id"]), (&made["hmacKey"], &made["id"]));
        let part = world.call(With::Key(&key.value), "get", &path).await;
        assert!(!part.view.html.contains(value) && part.good()["hmacKeys"][0]["hmacKey"].as_str().unwrap().contains('…'));
        for wrong in ["short", "with a space in the middle", "sixteen-létters!"] {
            let refused = world.send(With::Token(&token), "post", &path, json!({"name": "x", "hmacKey": wrong})).await;
            assert!(refused.error().1.starts_with("hmacKey"), "{wrong}");
        }
        world.call(With::Key(&key.value), "delete", &format!("{path}/{}", made["id"])).await.good();
        assert_eq!(world.call(With::Token(&token), "get", &path).await.good()["hmacKeys"], json!([]));
        assert_eq!(world.call(With::Token(&token), "delete", &format!("{path}/{}", made["id"])).await.error().0, 404);
    }

    async fn a_token_that_lay_around_makes_and_shows_no_key(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (base, token) = (format!("/v1/api/{}", project.number), world.token(&ada).await);
        let (keys, hmac, create) = (format!("{base}/apikeys"), format!("{base}/hmackeys"), "/v1/api/projects/create");
        let made = world.send(With::Token(&token), "post", &hmac, json!({"name": "gripper", "isDevelopmentKey": true})).await.good();
        let key = world.send(With::Token(&token), "post", &keys, new("ci", "admin", false)).await.good();
        let value = made["hmacKey"].as_str().unwrap();
        let one = format!("{hmac}/{}", made["id"]);
        world.site.clock.advance(minutes(11));
        for (method, path, body) in [
            ("post", keys.as_str(), new("late", "readonly", true)),
            ("post", &hmac, json!({"name": "late"})),
            ("delete", &one, json!({})),
            ("post", create, json!({"projectName": "Late"})),
        ] {
            let late = world.send(With::Token(&token), method, path, body).await;
            assert!(late.error().1.starts_with("Log in once more"), "{method} {path}: {}", late.json);
        }
        let part = world.call(With::Token(&token), "get", &hmac).await;
        assert!(!part.view.html.contains(value) && part.good()["hmacKeys"][0]["hmacKey"].as_str().unwrap().contains('…'));
        // What tools need at any time they are told at any time, and what only takes a right away is never late.
        assert_eq!(world.call(With::Token(&token), "get", &format!("{base}/devkeys")).await.good()["hmacKey"], value);
        world.send(With::Token(&token), "post", create, json!({"projectName": "Bare", "createApiKey": false})).await.good();
        let by_key = With::Key(key["apiKey"].as_str().unwrap());
        world.send(by_key, "post", &keys, new("by a key", "readonly", false)).await.good();
        world.call(With::Token(&token), "delete", &format!("{keys}/{}", key["id"])).await.good();
        let token = world.token(&ada).await;
        let full = world.call(With::Token(&token), "get", &hmac).await.good();
        assert_eq!(full["hmacKeys"][0]["hmacKey"], value);
        world.send(With::Token(&token), "post", &keys, new("in time", "readonly", false)).await.good();
        world.call(With::Token(&token), "delete", &one).await.good();
    }
}
