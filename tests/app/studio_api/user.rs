//! The person themselves: what tools read of them, and what they may change.

use keystead::access::Role;
use keystead::usage::Kind;
use serde_json::json;

use super::{Answer, USER, With};
use crate::on_both;
use crate::support::people::{PASSWORD, set_up_authenticator};

const NEW_PASSWORD: &str = "brisk otters juggle nine lanterns";

on_both! {
    async fn a_person_is_told_with_their_workspaces_and_projects(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        world.organization("tidewater", &bea).member(&ada, Role::Editor);
        let project = world.project(&ada, "Gripper Vision");
        let token = world.token(&ada).await;
        let user = world.call(With::Token(&token), "get", USER).await.good();
        assert!(user["id"].is_i64() && user["id"] != 0);
        assert_eq!((&user["name"], &user["email"]), (&json!("Ada Marchetti"), &json!("ada-marchetti@example.com")));
        assert_eq!((&user["mfaConfigured"], &user["passwordConfigured"]), (&json!(false), &json!(true)));
        assert_eq!(user["created"], "2026-11-21T12:00:00Z");
        let all = user["organizations"].as_array().unwrap();
        let own: Vec<_> = all.iter().filter(|one| one["isDeveloperProfile"] == true).collect();
        assert_eq!((all.len(), own.len()), (2, 1));
        assert_eq!((&own[0]["isAdmin"], &own[0]["userCount"], &own[0]["adminCount"]), (&json!(true), &json!(1), &json!(1)));
        let other = all.iter().find(|one| one["isDeveloperProfile"] == false).unwrap();
        assert_eq!((&other["isAdmin"], &other["userCount"], &other["adminCount"]), (&json!(false), &json!(2), &json!(1)));
        assert_eq!(user["projects"][0]["id"], project.number);
        assert_eq!(user["projects"][0]["name"], "Gripper Vision");
    }

    async fn what_is_left_out_of_a_change_stays(world: World) {
        let token = world.token(&world.person("ada-marchetti")).await;
        let save = |body| world.send(With::Token(&token), "post", USER, body);
        save(json!({"jobTitle": "Engineer", "timezone": "Europe/Lisbon"})).await.good();
        save(json!({"companyName": "Tidewater"})).await.good();
        save(json!({})).await.good();
        let user = world.call(With::Token(&token), "get", USER).await.good();
        let parts = ["name", "jobTitle", "companyName", "timezone"].map(|field| user[field].as_str().unwrap().to_owned());
        assert_eq!(parts, ["Ada Marchetti", "Engineer", "Tidewater", "Europe/Lisbon"]);
        for (field, value) in [("name", ""), ("name", "a\u{202e}b"), ("timezone", "Mars/Olympus"), ("jobTitle", "a\nb")] {
            let refused = save(json!({field: value})).await;
            assert_eq!(refused.error().0, 200);
            assert!(refused.error().1.starts_with(field), "{}", refused.json);
        }
    }

    async fn a_new_password_needs_the_old_one_and_ends_the_others(world: World) {
        let ada = world.person("ada-marchetti");
        let (browser, other) = (world.signed_in(&ada).await, world.token(&ada).await);
        let token = world.token(&ada).await;
        let path = "/v1/api/user/change-password";
        let change = |old: &str, new: &str| {
            world.send(With::Token(&token), "post", path, json!({"currentPassword": old, "newPassword": new}))
        };
        assert!(change(PASSWORD, "short").await.error().1.starts_with("newPassword"));
        assert!(change(PASSWORD, PASSWORD).await.error().1.starts_with("newPassword"));
        assert_eq!(change("not her password", NEW_PASSWORD).await.error(), (200, "Password is incorrect"));
        change(PASSWORD, NEW_PASSWORD).await.good();
        assert_eq!(browser.get("/settings/account").await.status, 303);
        assert_eq!(world.call(With::Token(&other), "get", USER).await.error().0, 401);
        world.call(With::Token(&token), "get", USER).await.good();
        world.log_in(&ada, NEW_PASSWORD).await.good();
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.contains("password was changed")));
    }

    async fn what_strangers_guess_keeps_no_tool_from_proving_who_it_is_and_its_own_guesses_do(world: World) {
        let ada = world.person("ada-marchetti");
        let (token, other) = (world.token(&ada).await, world.token(&ada).await);
        for _ in 0..15 {
            world.log_in(&ada, "not her password").await.error();
        }
        let change = |old: &str, new: &str| {
            let body = json!({"currentPassword": old, "newPassword": new});
            world.send(With::Token(&token), "post", "/v1/api/user/change-password", body)
        };
        change(PASSWORD, NEW_PASSWORD).await.good();
        for _ in 0..21 {
            assert_eq!(change(PASSWORD, "twelve penguins waltz at noon").await.error().0, 200);
        }
        let refused = change(NEW_PASSWORD, "twelve penguins waltz at noon").await;
        assert_eq!(refused.error(), (200, "Password is incorrect"), "even the right one");
        assert_eq!(world.call(With::Token(&other), "get", USER).await.error().0, 401, "ended by the change");
    }

    async fn with_an_authenticator_password_and_code_are_asked_for_together(world: World) {
        let ada = world.person("ada-marchetti");
        let (secret, _) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let code = world.next_code(&secret);
        let body = json!({"username": "ada-marchetti", "password": PASSWORD, "totpToken": code});
        let token = world.send(With::Nothing, "post", "/v1/api-login", body).await.good();
        let token = token["token"].as_str().unwrap();
        let close = |body| world.send(With::Token(token), "delete", USER, body);
        assert!(close(json!({"password": PASSWORD})).await.error().1.starts_with("ERR_TOTP_TOKEN IS REQUIRED"));
        let used = close(json!({"password": PASSWORD, "totpToken": code})).await;
        assert_eq!(used.error().0, 200);
        let fresh = world.next_code(&secret);
        close(json!({"password": PASSWORD, "totpToken": fresh})).await.good();
    }

    async fn a_photo_is_drawn_anew_and_taken_away(world: World) {
        let token = world.token(&world.person("ada-marchetti")).await;
        let path = "/v1/api/user/photo";
        let send = |bytes: Vec<u8>| {
            let part = reqwest::multipart::Part::bytes(bytes).file_name("me.png");
            Answer::of(world.calling(With::Token(&token), "post", path).multipart(reqwest::multipart::Form::new().part("photo", part)))
        };
        assert!(send(b"no picture".to_vec()).await.error().1.starts_with("photo"));
        assert!(send(Vec::new()).await.error().1.starts_with("photo"));
        assert_eq!(world.call(With::Token(&token), "post", path).await.error().0, 200);
        let mut png = Vec::new();
        let picture = image::RgbImage::from_pixel(80, 60, image::Rgb([200, 30, 30]));
        picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        let url = send(png).await.good()["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&world.base()), "{url}");
        assert_eq!(world.call(With::Token(&token), "get", USER).await.good()["photo"], url);
        world.call(With::Token(&token), "delete", path).await.good();
        assert!(world.call(With::Token(&token), "get", USER).await.good().get("photo").is_none());
    }

    async fn minutes_are_those_of_the_month(world: World) {
        let token = world.token(&world.person("ada-marchetti")).await;
        let answer = world.call(With::Token(&token), "get", "/v1/api/user/subscription/metrics").await.good();
        let metrics = &answer["metrics"];
        assert_eq!((&metrics["computeMinutesCpu"], &metrics["computeMinutesTotal"]), (&json!(0), &json!(0)));
        assert!(metrics["computeMinutesLimit"].as_i64().unwrap() > 0);
        assert_eq!(metrics["computeResetDate"], "2026-12-01T00:00:00Z");
        assert!(answer.get("approachingComputeLimitMinutesLeft").is_none());
    }

    async fn few_minutes_that_are_left_are_told_once_they_are_fewer_than_an_hour(world: World) {
        let ada = world.person("ada-marchetti");
        let token = world.token(&ada).await;
        let left = async || {
            let answer = world.call(With::Token(&token), "get", "/v1/api/user/subscription/metrics").await.good();
            answer.get("approachingComputeLimitMinutesLeft").cloned()
        };
        // Of 1,500 on the plan; a GPU minute counts three times.
        let (one, other) = (world.project(&ada, "Gripper Vision"), world.project(&ada, "Other"));
        world.used(&one, Kind::Cpu, 1_200 * 60);
        world.used(&one, Kind::Gpu, 80 * 60);
        assert_eq!(left().await, None, "60 are left");
        world.used(&other, Kind::Cpu, 60);
        assert_eq!(left().await, Some(json!(59)));
        world.used(&other, Kind::Gpu, 40 * 60);
        assert_eq!(left().await, Some(json!(0)), "no fewer than none");
    }

    async fn the_only_owner_of_an_organization_says_on_the_page_what_becomes_of_it(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &ada);
        team.member(&bea, Role::Editor);
        let token = world.token(&ada).await;
        let close = async || world.send(With::Token(&token), "delete", USER, json!({"password": PASSWORD})).await;
        let refused = close().await;
        assert_eq!(refused.error().0, 200);
        assert!(refused.error().1.starts_with("You are the only Owner of an organization. Say on the page"), "{}", refused.json);
        world.call(With::Token(&token), "get", USER).await.good();
        assert_eq!(team.role_of(&ada), Some(Role::Owner));
        assert!(world.inbox(&ada.email).iter().all(|mail| !mail.subject.contains("delet") && !mail.subject.contains("clos")));
        let owner = world.signed_in(&ada).await;
        let page = owner.get(&team.path(&format!("settings/members/{}", world.id_of("bea-laurent")))).await;
        owner.submit(&page.form("Transfer ownership")).await;
        close().await.good();
        assert_eq!((team.role_of(&ada), team.role_of(&bea)), (None, Some(Role::Owner)));
        assert_eq!(world.call(With::Token(&token), "get", USER).await.error().0, 401);
    }
}
