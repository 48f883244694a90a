//! Projects, as tools list, make, change and delete them.

use keystead::access::Role;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, minutes};
use keystead::projects::key_role::KeyRole;
use keystead::usage::Kind;
use serde_json::{Value, json};

use super::{PROJECTS, With};
use crate::ingestion::document;
use crate::on_both;
use crate::support::projects::named;

const CREATE: &str = "/v1/api/projects/create";

/// The workspace's name of each project, and its own.
fn names(list: &Value) -> Vec<(&str, &str)> {
    let all = list["projects"].as_array().unwrap().iter();
    all.map(|one| (one["owner"].as_str().unwrap(), one["name"].as_str().unwrap())).collect()
}

on_both! {
    async fn a_key_sees_its_one_project_and_a_person_all_of_theirs(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        team.member(&ada, Role::Viewer);
        let (mine, second) = (world.project(&ada, "Gripper Vision"), world.project(&ada, "Second"));
        let shared = team.project("Shared");
        world.project(&bea, "Private");
        let (key, token) = (world.key(&mine, &named("ci", KeyRole::ReadOnly)), world.token(&ada).await);
        let by_key = world.call(With::Key(&key.value), "get", PROJECTS).await.good();
        assert_eq!(names(&by_key), [("ada-marchetti", "Gripper Vision")]);
        let by_token = world.call(With::Token(&token), "get", PROJECTS).await.good();
        let mut all = names(&by_token);
        all.sort_unstable();
        assert_eq!(all, [("ada-marchetti", "Gripper Vision"), ("ada-marchetti", "Second"), ("tidewater", "Shared")]);
        for project in [&mine, &second, &shared] {
            let info = world.call(With::Token(&token), "get", &format!("/v1/api/{}", project.number)).await.good();
            assert_eq!((&info["project"]["id"], &info["project"]["name"]), (&json!(project.number), &json!(project.name)));
            assert_eq!(info["developmentKeys"], json!({}));
        }
        world.call(With::Key(&key.value), "get", &format!("/v1/api/{}", mine.number)).await.good();
        let elsewhere = world.call(With::Key(&key.value), "get", &format!("/v1/api/{}", second.number)).await;
        assert_eq!(elsewhere.error().0, 404);
    }

    async fn a_project_is_made_with_a_key_unless_none_is_wanted(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        let made = world.send(With::Token(&token), "post", CREATE, json!({"projectName": "Gripper Vision"})).await.good();
        let key = made["apiKey"].as_str().unwrap();
        let own = world.call(With::Key(key), "get", PROJECTS).await.good();
        assert_eq!(own["projects"][0]["id"], made["id"]);
        let info = world.call(With::Key(key), "get", "/v1/api/projects/api-key-info").await.good();
        assert_eq!((&info["projectId"], &info["role"]), (&made["id"], &json!("admin")));
        assert!(info.get("expires").is_none());
        let keys = world.call(With::Token(&token), "get", &format!("/v1/api/{}/apikeys", made["id"])).await.good();
        assert_eq!(keys["apiKeys"][0]["isDevelopmentKey"], false);
        let body = json!({"projectName": "Open", "projectVisibility": "public", "createApiKey": false});
        let open = world.send(With::Token(&token), "post", CREATE, body).await.good();
        assert_eq!(open["apiKey"], "");
        let info = world.call(With::Token(&token), "get", &format!("/v1/api/{}", open["id"])).await.good();
        assert_eq!(info["project"]["isPublic"], true);
        for wrong in [json!({}), json!({"projectName": ""}), json!({"projectName": 7}), json!({"projectName": "a".repeat(81)}),
            json!({"projectName": "a", "projectVisibility": "<b>"})]
        {
            assert_eq!(world.send(With::Token(&token), "post", CREATE, wrong).await.error().0, 200);
        }
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.contains("API key")), "the owner is told");
    }

    async fn name_and_description_are_changed_by_whoever_may(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let path = format!("/v1/api/{}", project.number);
        let (token, admin) = (world.token(&ada).await, world.key(&project, &named("all", KeyRole::Admin)));
        world.send(With::Token(&token), "post", &path, json!({"name": "Grippers"})).await.good();
        world.send(With::Key(&admin.value), "post", &path, json!({"description": "Holds eggs."})).await.good();
        let info = world.call(With::Token(&token), "get", &path).await.good();
        assert_eq!((&info["project"]["name"], &info["project"]["description"]), (&json!("Grippers"), &json!("Holds eggs.")));
        assert_eq!(info["project"]["isPublic"], false);
        let key = world.key(&project, &named("ci", KeyRole::IngestionDeployment));
        assert_eq!(world.send(With::Key(&key.value), "post", &path, json!({"name": "Mine"})).await.error().0, 403);
        assert!(world.send(With::Token(&token), "post", &path, json!({"name": ""})).await.error().1.starts_with("name"));
    }

    async fn a_deleted_project_is_gone_with_its_keys_and_can_be_restored(world: World) {
        let ada = world.person("ada-marchetti");
        let (project, browser) = (world.project(&ada, "Gripper Vision"), world.signed_in(&ada).await);
        let path = format!("/v1/api/{}", project.number);
        let (token, key) = (world.token(&ada).await, world.key(&project, &named("ci", KeyRole::Admin)));
        assert_eq!(world.call(With::Key(&key.value), "delete", &path).await.error().0, 403);
        world.call(With::Token(&token), "delete", &path).await.good();
        assert_eq!(world.call(With::Token(&token), "get", &path).await.error().0, 404);
        assert_eq!(world.call(With::Token(&token), "delete", &path).await.error().0, 404);
        assert_eq!(world.call(With::Key(&key.value), "get", PROJECTS).await.error(), (401, "Invalid API key"));
        let trash = browser.get("/ada-marchetti/trash").await;
        assert_eq!(browser.submit(&trash.form("Restore Gripper Vision")).await.status, 303);
        world.call(With::Key(&key.value), "get", PROJECTS).await.good();
    }

    async fn a_key_that_is_not_let_in_is_told_exactly_that(world: World) {
        let ada = world.person("ada-marchetti");
        let project = world.project(&ada, "Gripper Vision");
        let (key, short) = (world.key(&project, &named("ci", KeyRole::Admin)), {
            let expires_at = Some(world.site.clock.now().plus(days(1)));
            world.key(&project, &keystead::projects::api_keys::NewKey { expires_at, ..named("short", KeyRole::Admin) })
        });
        let foreign = keystead::crypto::api_key::mint(&world.site.chance, &"ei".parse().unwrap(), Region::Us);
        let token = world.token(&ada).await;
        world.call(With::Key(&short.value), "get", PROJECTS).await.good();
        world.site.clock.advance(days(1));
        let info = world.call(With::Key(&key.value), "get", "/v1/api/projects/api-key-info").await.good();
        let revoke = format!("/v1/api/{}/apikeys/{}", project.number, info["apiKeyId"]);
        world.call(With::Token(&token), "delete", &revoke).await.good();
        let invalid = [key.value.clone(), short.value, foreign.value.reveal(), "ei_nothing".to_owned(), "x".repeat(4_000)];
        for text in invalid {
            for path in [PROJECTS, "/v1/api/organizations", "/v1/api/user", "/v1/api/1"] {
                let refused = world.call(With::Key(&text), "get", path).await;
                assert_eq!(refused.error(), (401, "Invalid API key"), "{path}");
            }
        }
    }

    async fn a_project_is_told_with_its_devices_and_the_compute_time_it_used(world: World) {
        let ada = world.person("ada-marchetti");
        let (project, other) = (world.project(&ada, "Gripper Vision"), world.project(&ada, "Other"));
        let (path, token) = (format!("/v1/api/{}", project.number), world.token(&ada).await);
        let empty = world.call(With::Token(&token), "get", &path).await.good();
        assert_eq!((&empty["devices"], &empty["dataSummary"]["dataCount"]), (&json!([]), &json!(0)));
        let (first, second) = (document("[1]"), document("[2]"));
        let elsewhere = document("[3]").replace("ac:87:a3:0a:2d:1b", "bench-7");
        world.samples(&project, &[("idle.1.json", first.as_bytes()), ("idle.csv", b"0,1")]).await;
        world.site.clock.advance(minutes(1));
        world.samples(&project, &[("wave.2.json", second.as_bytes()), ("idle.3.json", elsewhere.as_bytes())]).await;
        world.used(&project, Kind::Cpu, 60);
        world.used(&project, Kind::Gpu, 30);
        world.used(&other, Kind::Cpu, 600);
        let info = world.call(With::Token(&token), "get", &path).await.good();
        let devices: Vec<(&Value, &Value, &Value)> = info["devices"].as_array().unwrap().iter()
            .map(|one| (&one["deviceId"], &one["created"], &one["lastSeen"])).collect();
        let (noon, later) = (json!("2026-11-21T12:00:00Z"), json!("2026-11-21T12:01:00Z"));
        assert_eq!(devices, [(&json!("ac:87:a3:0a:2d:1b"), &noon, &later), (&json!("bench-7"), &later, &later)]);
        assert_eq!((&info["devices"][0]["deviceType"], &info["devices"][0]["remoteMgmtMode"]), (&json!("TEST"), &json!("disconnected")));
        assert_ne!(info["devices"][0]["id"], info["devices"][1]["id"]);
        let summary = &info["dataSummary"];
        assert_eq!((&summary["dataCount"], &summary["totalLabels"], &summary["labels"]), (&json!(4), &json!(2), &json!(["idle", "wave"])));
        assert!(summary.get("totalLengthMs").is_none(), "how long samples last is not known");
        // A GPU second counts three, and 1,500 minutes are free: the workspace used 750 seconds of them.
        assert_eq!(info["computeTime"], json!({"periodStartDate": "2026-11-01T00:00:00Z", "periodEndDate": "2026-12-01T00:00:00Z",
            "timeUsedMs": 150_000, "timeLeftMs": 1_500 * 60_000 - 750_000}));
    }
}
