//! `POST /platform/v1/keys/verify`: another program asks what a key is worth.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keystead::access::Role;
use keystead::kernel::network::Networks;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::projects::api_keys::{self, Maker, NewKey};
use keystead::projects::key_role::KeyRole;
use keystead::regions::service_tokens::{self, Allowed};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::on_both;
use crate::support::client::View;
use crate::support::projects::{maker, named, own, stamp};
use crate::support::world::World;

const VERIFY: &str = "/platform/v1/keys/verify";

fn token(world: &World, allows: &[Allowed]) -> String {
    let act = world.act();
    world.site.regions.directory.write_now(|db| service_tokens::create(db, &act, "runner", allows)).unwrap().reveal()
}

async fn ask(world: &World, token: &str, body: &Value) -> View {
    let request = world.visitor().request(Method::POST, VERIFY).bearer_auth(token).json(body);
    View::of(request.send().await.unwrap()).await
}

async fn verify(world: &World, token: &str, body: &Value) -> Value {
    let view = ask(world, token, body).await;
    assert_eq!(view.status, 200, "{}", view.html);
    serde_json::from_str(&view.html).unwrap()
}

on_both! {
    async fn a_valid_key_is_answered_with_all_that_it_is(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let expires_at = Some(world.site.clock.now().plus(days(90)));
        let key = world.key(&project, &NewKey { expires_at, ..named("ci", KeyRole::IngestionDeployment) });
        let token = token(world, &[Allowed::Keys]);
        let answer = verify(world, &token, &json!({"key": key.value, "action": "deploy", "address": "203.0.113.7",
            "agent": "runner/1.0"})).await;
        assert_eq!(answer["valid"], true);
        assert_eq!((&answer["role"], &answer["may"]), (&json!("ingestion_deployment"), &json!(true)));
        assert_eq!(answer["project"], json!({"id": project.id, "number": project.number, "slug": "gripper-vision"}));
        assert_eq!(answer["workspace"]["name"], "ada-marchetti");
        assert_eq!((&answer["key"]["id"], &answer["key"]["name"]), (&json!(key.id), &json!("ci")));
        assert_eq!(answer["expires"], "2027-02-19T12:00:00Z");
        let train = verify(world, &token, &json!({"key": key.value, "action": "train"})).await;
        assert_eq!((&train["valid"], &train["may"]), (&json!(true), &json!(false)));
        assert_eq!(verify(world, &token, &json!({"key": key.value})).await.get("may"), None);
        world.site.key_uses.write(&world.site.regions).unwrap();
        let used = world.in_europe(|db| api_keys::of_project(db, project.id));
        assert!(used[0].last_used_at.is_some());
    }

    async fn unknown_revoked_mistyped_and_foreign_keys_get_one_answer(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (key, owner) = (world.key(&project, &named("ci", KeyRole::Admin)), maker(&project, Role::Owner));
        let token = token(world, &[Allowed::Keys]);
        assert_eq!(verify(world, &token, &json!({"key": key.value})).await["valid"], true);
        world.on_keys(|db, act| api_keys::revoke(db, act, &owner, key.id)).unwrap();
        let never_made = keystead::crypto::api_key::mint(&world.site.chance, &"ks".parse().unwrap(), Region::Eu);
        let unknown = json!({"valid": false, "reason": "unknown"});
        let mut texts = vec![key.value.clone(), never_made.value.reveal(), String::new(), "x".repeat(60_000)];
        texts.push(format!("{}0", &key.value[..key.value.len() - 1]));
        for text in texts {
            assert_eq!(verify(world, &token, &json!({"key": text})).await, unknown);
        }
    }

    async fn networks_and_expiry_are_said(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let networks = Networks::parse("203.0.113.0/24").unwrap();
        let expires_at = Some(world.site.clock.now().plus(days(1)));
        let key = world.key(&project, &NewKey { networks, expires_at, ..named("ci", KeyRole::Admin) });
        let token = token(world, &[Allowed::Keys]);
        let from = |address| json!({"key": key.value, "address": address});
        assert_eq!(verify(world, &token, &from("203.0.113.1")).await["valid"], true);
        assert_eq!(verify(world, &token, &from("198.51.100.1")).await["reason"], "network");
        world.site.clock.advance(days(2));
        assert_eq!(verify(world, &token, &from("203.0.113.1")).await["reason"], "expired");
    }

    async fn nothing_is_let_in_once_a_revocation_was_answered_however_many_ask(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let (key, owner) = (world.key(&project, &named("ci", KeyRole::Admin)), maker(&project, Role::Owner));
        let (token, body) = (token(world, &[Allowed::Keys]), json!({"key": key.value}));
        let (let_in, is_revoked, enough) = (AtomicUsize::new(0), AtomicBool::new(false), Notify::new());
        let ask_until_late = async || {
            let mut late = 0;
            while late < 20 {
                // Read before the question is sent: whatever is asked from here on comes after the revocation.
                let is_late = is_revoked.load(Ordering::SeqCst);
                let is_valid = verify(world, &token, &body).await["valid"] == true;
                assert!(!(is_late && is_valid), "let in after it was revoked");
                late += usize::from(is_late);
                if is_valid && let_in.fetch_add(1, Ordering::SeqCst) == 200 {
                    enough.notify_one();
                }
            }
        };
        let revoke = async {
            enough.notified().await;
            let (act, id) = (world.act(), key.id);
            let revoked = world.region(Region::Eu).write(move |db| api_keys::revoke(db, &act, &owner, id)).await;
            is_revoked.store(true, Ordering::SeqCst);
            revoked.unwrap();
        };
        let asking = futures_util::future::join_all((0..8).map(|_| ask_until_late()));
        futures_util::future::join(asking, revoke).await;
        assert!(let_in.into_inner() > 200);
    }

    async fn a_workspace_key_belongs_to_no_project_and_may_nothing_there(world: World) {
        let ada = world.person("ada-marchetti");
        let maker = Maker::in_workspace(&own(world.id_of(&ada.username)).permit().unwrap());
        let new = named("account", KeyRole::Admin);
        let made = world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new)).unwrap();
        let body = json!({"key": made.value.reveal(), "action": "read_data"});
        let answer = verify(world, &token(world, &[Allowed::Keys]), &body).await;
        assert_eq!((&answer["valid"], &answer["project"], &answer["may"]), (&json!(true), &Value::Null, &json!(false)));
    }

    async fn what_is_asked_wrongly_is_told_and_nothing_is_repeated(world: World) {
        let right = token(world, &[Allowed::Keys]);
        for (body, status) in [
            (json!({"key": 7}), 400),
            (json!([]), 400),
            (json!({}), 400),
            (json!({"key": "ks_x", "action": "dance<script>"}), 422),
            (json!({"key": "ks_x", "address": "home<script>"}), 422),
            (json!({"key": "x".repeat(70_000)}), 413),
        ] {
            let view = ask(world, &right, &body).await;
            assert_eq!((view.status, view.html.contains("script")), (status, false), "{}", view.html);
        }
        let other = token(world, &[Allowed::Usage]);
        assert_eq!(ask(world, &other, &json!({"key": "ks_x"})).await.status, 403);
        assert_eq!(ask(world, "nothing", &json!({"key": "ks_x"})).await.status, 401);
        assert_eq!(world.visitor().get(VERIFY).await.status, 405);
    }
}
