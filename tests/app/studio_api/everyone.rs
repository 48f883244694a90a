//! Every call of the table, made by everybody: each role of a key, each role of a member, a stranger, and nobody.

use std::collections::BTreeMap;

use keystead::access::Role;
use keystead::api::studio::TABLE;
use keystead::projects::key_role::KeyRole;
use serde_json::json;

use super::{Answer, With};
use crate::on_both;
use crate::support::projects::named;

/// What somebody is answered to a call whose body is empty JSON: whether they come past who they are. Below that a
/// call fails with 200 for its body, or succeeds.
fn expected(who: &str, method: &str, path: &str, caller: &str) -> u16 {
    let (is_key, is_anybody) = (KeyRole::ALL.iter().any(|role| role.as_str() == caller), who == "anybody");
    let changes_keys = method != "get" && (path.contains("/apikeys") || path.contains("/hmackeys"));
    let sees_keys = method == "get" && (path.ends_with("/apikeys") || path.ends_with("/hmackeys"));
    let is_one_key = path.ends_with("/{key:[0-9]+}");
    let is_project = path == "/v1/api/{project:[0-9]+}";
    if is_anybody {
        return 200;
    }
    if caller == "nobody" {
        return 401;
    }
    if is_key {
        return match (who, caller) {
            ("tool", _) if path.starts_with("/v1/api/organizations") => 401,
            ("tool", _) => 403,
            (_, "admin") if is_one_key => 404,
            (_, "admin") => 200,
            _ if changes_keys || sees_keys || (is_project && method == "post") => 403,
            _ => 200,
        };
    }
    let is_in_organization = path.contains("{organization");
    let is_in_project = path.contains("{project");
    match (who, caller) {
        ("key", _) => 403,
        (_, "stranger") if is_in_organization || is_in_project => 404,
        (_, "editor" | "viewer") if path.contains("/members/") => 403,
        (_, "viewer") if changes_keys || (is_project && method != "get") => 403,
        _ if is_one_key => 404,
        _ => 200,
    }
}

on_both! {
    async fn every_call_is_answered_by_who_asks(world: World) {
        let (bea, eve) = (world.person("bea-laurent"), world.person("eve-adler"));
        let team = world.organization("tidewater", &bea);
        let project = team.project("Shared");
        let mut callers: BTreeMap<&str, String> = BTreeMap::from([("nobody", String::new())]);
        callers.insert("owner", world.token(&bea).await);
        callers.insert("stranger", world.token(&eve).await);
        for (name, role) in [("ada-marchetti", Role::Admin), ("cem-yildiz", Role::Editor), ("dia-moreau", Role::Viewer)] {
            let person = world.person(name);
            team.member(&person, role);
            // The word `admin` is a key's.
            callers.insert(if role == Role::Admin { "member admin" } else { role.as_str() }, world.token(&person).await);
        }
        for role in KeyRole::ALL {
            callers.insert(role.as_str(), world.key_of(&team, &project, &named("ci", *role)).value);
        }
        let numbers = world.call(With::Token(&callers["owner"]), "get", "/v1/api/organizations").await.good();
        let number = numbers["organizations"][1]["id"].as_i64().unwrap();
        for (who, method, path) in TABLE {
            let address = path
                .replace("{organization:[0-9]+}", &number.to_string())
                .replace("{project:[0-9]+}", &project.number.to_string())
                .replace("{member:[0-9]+}", "999999")
                .replace("{key:[0-9]+}", "999999")
                .replace("{login}", "somebody");
            for (caller, credential) in &callers {
                let is_key = KeyRole::ALL.iter().any(|role| role.as_str() == *caller);
                let with = match *caller {
                    "nobody" => With::Nothing,
                    _ if is_key => With::Key(credential),
                    _ => With::Token(credential),
                };
                // Deleting would end the test for those who come after.
                let is_last = *method == "delete" && path.ends_with("{project:[0-9]+}");
                if is_last && matches!(*caller, "owner" | "member admin" | "editor") {
                    continue;
                }
                let answer = world.send(with, method, &address, json!({})).await;
                assert_eq!(answer.status, expected(who, method, path, caller), "{caller}: {method} {path}: {}", answer.json);
            }
        }
    }

    async fn what_is_no_call_and_what_is_no_json_is_told_in_the_same_form(world: World) {
        let token = world.token(&world.person("ada-marchetti")).await;
        for path in ["/v1", "/v1/", "/v1/api", "/v1/api/nothing", "/v1/api/0x10", "/v1/api/99999999999999999999", "/v1/%00"] {
            let view = crate::support::client::View::of(world.calling(With::Token(&token), "get", path).send().await.unwrap()).await;
            assert_eq!(view.status, 404, "{path}");
        }
        assert_eq!(world.call(With::Token(&token), "get", "/v1/api/nothing").await.error().0, 404);
        assert_eq!(world.call(With::Token(&token), "put", "/v1/api/user").await.error().0, 404);
        let raw = |body: Vec<u8>| world.calling(With::Token(&token), "post", "/v1/api/user").body(body);
        for body in ["", "{", "[7]", "null", "{\"name\":\"\\ud800\"}", "\u{0}"] {
            let refused = Answer::of(raw(body.as_bytes().to_vec())).await;
            assert_eq!(refused.error().0, 200, "{body:?}");
        }
        let huge = Answer::of(raw(vec![b' '; 1_048_576])).await;
        assert_eq!(huge.error(), (200, "Send at most 64 kB in one call."));
        let deep = Answer::of(raw("[".repeat(60_000).into_bytes())).await;
        assert_eq!(deep.error().0, 200);
        let unknown = format!("e{}", "A".repeat(43));
        for wrong in ["", " ", "nothing", unknown.as_str()] {
            let refused = Answer::of(world.calling(With::Nothing, "get", "/v1/api/user").header("x-jwt-token", wrong)).await;
            assert_eq!(refused.error().0, 401, "{wrong:?}");
        }
    }
}
