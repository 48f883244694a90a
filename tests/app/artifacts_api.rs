//! `/platform/v1/artifacts`: the platform registers datasets and models.

use keystead::access::Role;
use keystead::activity::feed;
use keystead::lifecycle::trash;
use keystead::projects::artifacts;
use keystead::regions::service_tokens::{self, Allowed};
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::View;
use crate::support::projects::own;
use crate::support::world::World;

const ARTIFACTS: &str = "/platform/v1/artifacts";

fn token(world: &World) -> String {
    let act = world.act();
    let create = |db: &mut keystead::db::Db| service_tokens::create(db, &act, "hub", &[Allowed::Projects]);
    world.site.regions.directory.write_now(create).unwrap().reveal()
}

async fn call(world: &World, token: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = world.visitor().request(method, path).bearer_auth(token).json(body);
    let view = View::of(request.send().await.unwrap()).await;
    (view.status, serde_json::from_str(&view.html).unwrap_or(Value::Null))
}

fn model() -> Value {
    json!({"workspace": "ada-marchetti", "project": "gripper-vision", "source": "hub", "id": "m-17", "kind": "model",
        "name": "Gentle grasp v3", "size": 6_200_000, "made_by": "training job 8841"})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = model();
    body[name] = value;
    body
}

on_both! {
    async fn an_artifact_is_registered_once_changed_and_removed(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        world.project(&world.person("eve-adler"), "Gripper Vision");
        let token = token(world);
        let (status, made) = call(world, &token, Method::POST, ARTIFACTS, &model()).await;
        assert_eq!((status, &made["name"]), (201, &json!("Gentle grasp v3")));
        let (status, again) = call(world, &token, Method::POST, ARTIFACTS, &model()).await;
        assert_eq!((status, &again), (200, &made));
        let (status, _) = call(world, &token, Method::POST, ARTIFACTS, &with("workspace", json!("eve-adler"))).await;
        assert_eq!(status, 409);
        let path = format!("{ARTIFACTS}/{}", made["artifact"].as_str().unwrap());
        let (status, changed) = call(world, &token, Method::PATCH, &path, &json!({"size": 7})).await;
        assert_eq!((status, &changed["size"], &changed["name"]), (200, &json!(7), &json!("Gentle grasp v3")));
        let held = world.in_europe(|db| artifacts::of_project(db, project.id, &artifacts::Asked { most: 10, ..artifacts::Asked::default() }));
        assert_eq!((held.len(), held[0].size), (1, 7));
        assert_eq!(call(world, &token, Method::DELETE, &path, &json!({})).await.0, 204);
        assert_eq!(call(world, &token, Method::DELETE, &path, &json!({})).await.0, 404);
        assert_eq!(call(world, &token, Method::PATCH, &path, &json!({"size": 7})).await.0, 404);
    }

    /// Once for each change, however often a call is repeated, and by nobody.
    async fn what_becomes_of_an_artifact_stands_in_the_workspaces_activity(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let token = token(world);
        let made = call(world, &token, Method::POST, ARTIFACTS, &model()).await.1;
        call(world, &token, Method::POST, ARTIFACTS, &model()).await;
        let path = format!("{ARTIFACTS}/{}", made["artifact"].as_str().unwrap());
        for _ in 0..2 {
            call(world, &token, Method::PATCH, &path, &json!({"name": "Gentle grasp v4"})).await;
        }
        for _ in 0..2 {
            call(world, &token, Method::DELETE, &path, &json!({})).await;
        }
        let feed = world.in_europe(|db| feed::latest(db, project.workspace_id, 3));
        let lines: Vec<_> =
            feed.iter().map(|line| (line.sentence.as_str(), line.detail.as_str(), line.actor)).collect();
        assert_eq!(lines, [
            ("Artifact removed", "Gentle grasp v4", None),
            ("Artifact changed", "Gentle grasp v4", None),
            ("Artifact registered", "Gentle grasp v3", None),
        ]);
    }

    async fn what_is_wrong_is_refused_and_nothing_is_registered(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let token = token(world);
        for (body, expected) in [
            (with("workspace", json!("nobody-here")), 404),
            (with("workspace", json!("Ada' OR 1=1")), 404),
            (with("project", json!("other")), 404),
            (with("kind", json!("poem")), 422),
            (with("size", json!(-1)), 422),
            (with("size", json!(i64::MAX)), 422),
            (with("size", json!(1.5)), 400),
            (with("name", json!("")), 422),
            (with("name", json!("evil\u{202e}gpj")), 422),
            (with("id", json!("x".repeat(201))), 422),
            (with("source", json!("a\u{0}b")), 422),
            (json!({"kind": "model"}), 400),
        ] {
            assert_eq!(call(world, &token, Method::POST, ARTIFACTS, &body).await.0, expected, "{body}");
        }
        for id in ["x", "e", "ex", "e0191b7f0-0000-7000-8000-000000000000", "é"] {
            let path = format!("{ARTIFACTS}/{id}");
            assert_eq!(call(world, &token, Method::DELETE, &path, &json!({})).await.0, 404, "{id}");
        }
        assert!(world.in_europe(|db| artifacts::of_project(db, project.id, &artifacts::Asked { most: 10, ..artifacts::Asked::default() })).is_empty());
        let (act, permit) = (world.act(), own(world.id_of(&ada.username)).permit().unwrap());
        assert_eq!(permit.role, Role::Owner);
        world.in_europe(|db| trash::delete(db, &act, &permit, project.id));
        assert_eq!(call(world, &token, Method::POST, ARTIFACTS, &model()).await.0, 404);
        let view = world.visitor().request(Method::POST, ARTIFACTS).json(&model()).send().await.unwrap();
        assert_eq!(view.status().as_u16(), 401);
    }
}
