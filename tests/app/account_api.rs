//! `/api`: the account API that a workspace's key opens.

use keystead::access::Role;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::lifecycle::suspension;
use keystead::projects::api_keys::{self, Maker, NewKey};
use keystead::projects::artifacts::{self, ArtifactKind, NewArtifact};
use keystead::projects::key_role::KeyRole;
use keystead::projects::project::Project;
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::View;
use crate::support::people::Person;
use crate::support::projects::{Key, named, own, stamp};
use crate::support::teams::Team;
use crate::support::world::World;

const CALLS: [&str; 4] = ["/api/account/summary", "/api/api-keys", "/api/storage", "/api/users?username=ada-marchetti"];

impl World {
    fn workspace_key(&self, person: &Person) -> Key {
        self.made(
            &Maker::in_workspace(&own(self.id_of(&person.username)).permit().unwrap()),
            &named("cloud", KeyRole::Admin),
        )
    }

    fn key_of_team(&self, team: &Team<'_>) -> Key {
        self.made(&Maker::in_workspace(&team.owners().permit().unwrap()), &named("cloud", KeyRole::Admin))
    }

    fn made(&self, maker: &Maker, new: &NewKey) -> Key {
        let made = self.on_keys(|db, act| api_keys::create(db, act, maker, &stamp(), new)).unwrap();
        Key { id: made.id, value: made.value.reveal() }
    }

    async fn ask(&self, key: &str, path: &str) -> (u16, Value) {
        answered(self.visitor().request(Method::GET, path).bearer_auth(key)).await
    }

    async fn follow(&self, key: &str, body: Value) -> (u16, Value) {
        answered(self.visitor().request(Method::PATCH, "/api/users").bearer_auth(key).json(&body)).await
    }

    fn artifact(&self, project: &Project, kind: ArtifactKind, name: &str, size: i64) {
        let (act, text) = (self.act(), name.to_owned());
        let new = NewArtifact {
            source: "hub".to_owned(),
            source_id: text.clone(),
            kind,
            name: text,
            size,
            made_by: String::new(),
        };
        self.in_europe(|db| artifacts::register(db, &act, project.id, &new));
    }
}

/// The status and the body, which is JSON with `error` in every failure. Each answer names its request.
async fn answered(request: reqwest::RequestBuilder) -> (u16, Value) {
    let view = View::of(request.send().await.unwrap()).await;
    let json: Value = serde_json::from_str(&view.html).unwrap_or_else(|_| panic!("{}: {}", view.path, view.html));
    assert_eq!(view.status >= 400, json["error"].is_string(), "{}", view.html);
    assert!(view.headers.contains_key("x-request-id"));
    (view.status, json)
}

on_both! {
    async fn a_summary_is_exactly_what_clients_expect(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        team.member(&ada, Role::Editor);
        let project = world.project(&ada, "Gripper Vision");
        world.artifact(&project, ArtifactKind::Dataset, "eggs", 700);
        world.artifact(&project, ArtifactKind::Model, "grip", 300);
        let (status, summary) = world.ask(&world.workspace_key(&ada).value, CALLS[0]).await;
        let expected = json!({
            "username": "ada-marchetti", "name": "Ada Marchetti", "accountType": "personal", "plan": "free",
            "creditsCents": 0, "counts": {"projects": 1, "datasets": 1, "models": 1},
            "teams": [{"userId": team.id, "username": "tidewater", "fullName": "The people of tidewater",
                "plan": "enterprise", "region": "eu", "role": "editor"}],
        });
        assert_eq!((status, summary), (200, expected));
        let (_, summary) = world.ask(&world.key_of_team(&team).value, CALLS[0]).await;
        assert_eq!((&summary["accountType"], &summary["name"]), (&json!("team"), &json!("The people of tidewater")));
        assert_eq!((&summary["counts"]["projects"], &summary["teams"]), (&json!(0), &json!([])));
    }

    async fn keys_are_listed_without_a_value_and_only_those_that_are_let_in(world: World) {
        let ada = world.person("ada-marchetti");
        let maker = Maker::in_workspace(&own(world.id_of(&ada.username)).permit().unwrap());
        let (key, other) = (world.workspace_key(&ada), world.workspace_key(&ada));
        let expires_at = Some(world.site.clock.now().plus(days(1)));
        world.made(&maker, &NewKey { expires_at, ..named("short", KeyRole::Admin) });
        assert_eq!(world.ask(&key.value, CALLS[1]).await.1["keys"].as_array().unwrap().len(), 3);
        world.site.clock.advance(days(1));
        world.on_keys(|db, act| api_keys::revoke(db, act, &maker, other.id)).unwrap();
        let (_, list) = world.ask(&key.value, CALLS[1]).await;
        let item = json!({"keyId": key.id, "name": "cloud", "keyPrefix": "ks_2", "createdAt": "2026-11-21T12:00:00Z"});
        assert_eq!(list, json!({"keys": [item]}));
        let made = world.visitor().request(Method::POST, CALLS[1]).bearer_auth(&key.value).json(&json!({"name": "x"}));
        assert_eq!(answered(made).await.0, 405, "keys make no keys");
    }

    async fn storage_is_told_in_bytes_against_the_plan(world: World) {
        let ada = world.person("ada-marchetti");
        let (project, key) = (world.project(&ada, "Gripper Vision"), world.workspace_key(&ada));
        for size in 1..=12 {
            world.artifact(&project, ArtifactKind::Dataset, &format!("set-{size}"), size * 1_000_000_000);
        }
        let (_, storage) = world.ask(&key.value, CALLS[2]).await;
        assert_eq!(storage["usage"]["storage"], json!({"current": 78_000_000_000_i64, "limit": 100_000_000_000_i64, "percent": 78.0}));
        assert_eq!(storage["breakdown"]["byCategory"]["datasets"], json!({"bytes": 78_000_000_000_i64, "count": 12}));
        assert_eq!((&storage["breakdown"]["topItems"], &storage["tier"], &storage["region"]), (&json!([]), &json!("free"), &json!("eu")));
        let (_, storage) = world.ask(&key.value, "/api/storage?details=true").await;
        let largest = storage["breakdown"]["topItems"].as_array().unwrap();
        assert_eq!((largest.len(), &largest[0]["name"], &largest[0]["type"]), (10, &json!("set-12"), &json!("dataset")));
        assert_eq!(largest[0]["parentSlug"], "gripper-vision");
    }

    async fn a_profile_is_public_and_people_follow(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        let (key, of_team) = (world.workspace_key(&bea).value, world.key_of_team(&team).value);
        let (_, profile) = world.ask(&key, CALLS[3]).await;
        let user = json!({"username": "ada-marchetti", "fullName": "Ada Marchetti", "accountType": "personal",
            "socials": {}, "followerCount": 0, "isFollowed": false});
        assert_eq!(profile, json!({"user": user}));
        assert!(!profile.to_string().contains("example.com"));
        let follow = |name: &str, followed: bool| json!({"username": name, "followed": followed});
        for _ in 0..2 {
            let done = world.follow(&key, follow("ada-marchetti", true)).await;
            assert_eq!(done, (200, json!({"followed": true, "followerCount": 1})));
        }
        assert_eq!(world.ask(&key, CALLS[3]).await.1["user"]["isFollowed"], true);
        assert_eq!(world.follow(&key, follow("tidewater", true)).await.0, 200);
        assert_eq!(world.ask(&of_team, "/api/users?username=tidewater").await.1["user"]["accountType"], "team");
        assert_eq!(world.follow(&key, follow("ada-marchetti", false)).await.1["followerCount"], 0);
        assert_eq!(world.follow(&key, follow("bea-laurent", true)).await.0, 403, "not oneself");
        assert_eq!(world.follow(&of_team, follow("ada-marchetti", true)).await.0, 403, "not an organization");
        for name in ["nobody-here", "", "Ada-Marchetti", "a\0", "<script>", &"x".repeat(5_000)] {
            assert_eq!(world.follow(&key, follow(name, true)).await.0, 404, "{name:?}");
        }
        let (act, id) = (world.act(), world.id_of(&ada.username));
        world.region(Region::Eu).write_now(|db| suspension::suspend(db, &act, id, id, "spam")).unwrap();
        assert_eq!(world.ask(&key, CALLS[3]).await.0, 404);
    }

    async fn only_a_live_key_of_a_workspace_opens_anything(world: World) {
        let ada = world.person("ada-marchetti");
        let (key, project) = (world.workspace_key(&ada), world.project(&ada, "Gripper Vision"));
        let of_project = world.key(&project, &named("ci", KeyRole::Admin));
        let maker = Maker::in_workspace(&own(world.id_of(&ada.username)).permit().unwrap());
        assert_eq!(world.ask(&key.value, CALLS[0]).await.0, 200);
        world.on_keys(|db, act| api_keys::revoke(db, act, &maker, key.id)).unwrap();
        for path in CALLS {
            for wrong in [&key.value, &of_project.value, "ul_nothing", "x"] {
                assert_eq!(world.ask(wrong, path).await, (401, json!({"error": "Invalid API key"})), "{path}");
            }
            assert_eq!(answered(world.visitor().request(Method::GET, path)).await.0, 401);
            let browser = world.signed_in(&ada).await;
            assert_eq!(answered(browser.request(Method::GET, path)).await.0, 401, "a browser's session opens nothing");
        }
        assert_eq!(world.ask(&key.value, "/api/nothing").await, (404, json!({"error": "Not found"})));
    }

    async fn what_cannot_be_read_is_refused_in_the_same_form(world: World) {
        let key = world.workspace_key(&world.person("ada-marchetti")).value;
        for body in [json!({}), json!([]), json!({"username": 7, "followed": true}), json!({"username": "a", "followed": "yes"})] {
            assert_eq!(world.follow(&key, body).await.0, 400);
        }
        let raw = |body: Vec<u8>| world.visitor().request(Method::PATCH, "/api/users").bearer_auth(&key).body(body);
        assert_eq!(answered(raw(b"{".to_vec())).await.0, 400);
        assert_eq!(answered(raw(vec![b' '; 1_048_576])).await.0, 400);
        assert_eq!(world.ask(&key, "/api/users?username=a&username=b").await.0, 400);
        assert_eq!(world.ask(&key, "/api/storage?details=%FF").await.0, 400);
    }

    async fn the_links_in_clients_messages_lead_on(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        assert_eq!(browser.get("/settings?tab=api-keys").await.location().as_deref(), Some("/settings/api-keys"));
        assert_eq!(browser.get("/trash").await.location().as_deref(), Some("/ada-marchetti/trash"));
        assert_eq!(browser.visit("/trash").await.status, 200);
    }
}
