//! `organizations/{id}/secrets`: the same secrets as on the pages, without their values.

use keystead::kernel::time::minutes;
use serde_json::json;

use super::With;
use crate::on_both;

on_both! {
    async fn a_tool_adds_lists_and_deletes_secrets_and_reads_no_value(world: World) {
        let ada = world.person("ada-marchetti");
        let team = world.organization("tidewater", &ada);
        let token = world.token(&ada).await;
        let all = world.call(With::Token(&token), "get", "/v1/api/organizations").await.good();
        for (n, workspace) in [(0, world.id_of(&ada.username).personal_workspace()), (1, team.id)] {
            let number = all["organizations"][n]["id"].as_i64().unwrap();
            assert_eq!(all["organizations"][n]["isDeveloperProfile"], n == 0);
            let path = format!("/v1/api/organizations/{number}/secrets");
            let body = json!({"name": "API_KEY", "value": "canary\u{e9}", "description": "For the hub"});
            let made = world.send(With::Token(&token), "post", &path, body.clone()).await.good();
            let listed = world.call(With::Token(&token), "get", &path).await.good();
            assert!(!listed.to_string().contains("canary") && !made.to_string().contains("canary"));
            let one = &listed["secrets"][0];
            assert_eq!((&one["id"], &one["name"], &one["description"]), (&made["id"], &json!("API_KEY"), &json!("For the hub")));
            assert_eq!(one["createdByUser"]["username"], "ada-marchetti");
            assert_eq!(world.environment(workspace, None), [("API_KEY".to_owned(), "canary\u{e9}".to_owned())]);
            let again = world.send(With::Token(&token), "post", &path, body).await;
            assert_eq!(again.error(), (200, "A secret of this name is there already."));
            let one = format!("{path}/{}", made["id"]);
            world.call(With::Token(&token), "delete", &one).await.good();
            assert_eq!(world.call(With::Token(&token), "delete", &one).await.error().0, 404);
            assert_eq!(world.call(With::Token(&token), "get", &path).await.good()["secrets"], json!([]));
        }
    }

    async fn what_is_wrong_is_told_without_the_value_and_only_a_fresh_log_in_changes(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        let all = world.call(With::Token(&token), "get", "/v1/api/organizations").await.good();
        let path = format!("/v1/api/organizations/{}/secrets", all["organizations"][0]["id"]);
        let large = "\u{1}".repeat(65_536);
        for (name, value, said) in [
            ("api_key", "canary", "capital letters: API_KEY"),
            ("LD_PRELOAD", "canary", "load other code"),
            ("A", "", "Enter the secret"),
            ("A", "canary\u{0}", "NUL"),
            ("A", &format!("{large}x"), "64 KB"),
        ] {
            let refused = world.send(With::Token(&token), "post", &path, json!({"name": name, "value": value})).await;
            assert!(refused.error().1.contains(said) && !refused.error().1.contains("canary"), "{}", refused.json);
        }
        world.send(With::Token(&token), "post", &path, json!({"name": "LARGE", "value": large})).await.good();
        world.site.clock.advance(minutes(11));
        let late = world.send(With::Token(&token), "post", &path, json!({"name": "A", "value": "x"})).await;
        assert!(late.error().1.contains("Log in once more"));
    }
}
