//! Organizations and their people, as tools see and change them.

use keystead::access::Role;
use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use keystead::lifecycle::organization_deeds;
use serde_json::{Value, json};

use super::{Answer, With};
use crate::on_both;
use crate::support::people::set_up_authenticator;
use crate::support::world::World;

const ORGANIZATIONS: &str = "/v1/api/organizations";

impl World {
    /// The number of the organization that this token sees beside the person's own workspace.
    async fn team_number(&self, token: &str) -> i64 {
        let list = self.call(With::Token(token), "get", ORGANIZATIONS).await.good();
        let found = list["organizations"].as_array().unwrap().iter().find(|one| one["isDeveloperProfile"] == false);
        found.unwrap()["id"].as_i64().unwrap()
    }

    async fn people(&self, token: &str, number: i64) -> Vec<Value> {
        let path = format!("{ORGANIZATIONS}/{number}");
        let info = self.call(With::Token(token), "get", &path).await.good();
        info["organization"]["users"].as_array().unwrap().clone()
    }

    async fn on_members(&self, token: &str, number: i64, deed: &str, body: Value) -> Answer {
        self.send(With::Token(token), "post", &format!("{ORGANIZATIONS}/{number}/members/{deed}"), body).await
    }
}

fn find<'a>(people: &'a [Value], email: &str) -> Option<&'a Value> {
    people.iter().find(|one| one["email"] == email)
}

on_both! {
    async fn people_are_invited_wait_and_are_taken_back(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        world.organization("tidewater", &bea);
        let (owner, invited) = (world.token(&bea).await, world.token(&ada).await);
        let number = world.team_number(&owner).await;
        let body = json!({"usernameOrEmail": "ada-marchetti@example.com", "role": "member", "datasets": []});
        world.on_members(&owner, number, "add", body).await.good();
        let people = world.people(&owner, number).await;
        let waiting = find(&people, "ada-marchetti@example.com").unwrap();
        assert_eq!((&waiting["pending"], &waiting["role"]), (&json!(true), &json!("member")));
        let list = world.call(With::Token(&invited), "get", ORGANIZATIONS).await.good();
        assert_eq!(list["organizations"].as_array().unwrap().len(), 1, "nobody is in it without accepting");
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.text.contains("/invitation/")));
        world.on_members(&owner, number, "remove", json!({"id": waiting["id"]})).await.good();
        assert!(find(&world.people(&owner, number).await, "ada-marchetti@example.com").is_none());
        let body = json!({"email": "new@example.com", "role": "admin", "datasets": []});
        world.on_members(&owner, number, "invite", body).await.good();
        for wrong in [json!({"email": "no address", "role": "member"}), json!({"email": "x@example.com", "role": "owner"}), json!({})] {
            assert_eq!(world.on_members(&owner, number, "invite", wrong).await.error().0, 200);
        }
        let by_name = json!({"usernameOrEmail": "ada-marchetti", "role": "member"});
        assert!(world.on_members(&owner, number, "add", by_name).await.error().1.contains("email address"));
    }

    async fn roles_are_changed_and_people_removed_as_on_the_members_page(world: World) {
        let (ada, bea, cem) = (world.person("ada-marchetti"), world.person("bea-laurent"), world.person("cem-yildiz"));
        let team = world.organization("tidewater", &bea);
        team.member(&ada, Role::Editor).member(&cem, Role::Viewer);
        let (owner, editor) = (world.token(&bea).await, world.token(&ada).await);
        let number = world.team_number(&owner).await;
        let people = world.people(&owner, number).await;
        let id = |email: &str| find(&people, email).unwrap()["id"].as_i64().unwrap();
        let (of_ada, of_bea, of_cem) = (id("ada-marchetti@example.com"), id("bea-laurent@example.com"), id("cem-yildiz@example.com"));
        let set = |token: String, id: i64, role: &'static str| async move {
            world.on_members(&token, number, &format!("{id}/role"), json!({"role": role})).await
        };
        assert_eq!(set(editor.clone(), of_cem, "admin").await.error().0, 403);
        set(owner.clone(), of_ada, "admin").await.good();
        assert_eq!(team.role_of(&ada), Some(Role::Admin));
        set(owner.clone(), of_bea, "admin").await.good();
        assert_eq!(team.role_of(&bea), Some(Role::Owner), "an Owner is an admin already");
        assert!(set(owner.clone(), of_bea, "guest").await.error().1.contains("Owner"));
        assert_eq!(set(editor.clone(), of_bea, "guest").await.error().0, 403, "nobody acts on a superior");
        assert_eq!(set(owner.clone(), 999_999, "guest").await.error().0, 404);
        world.on_members(&editor, number, "remove", json!({"id": of_cem})).await.good();
        assert_eq!(team.role_of(&cem), None);
        assert_eq!(world.on_members(&editor, number, "remove", json!({"id": of_cem})).await.error().0, 404);
        world.site.clock.advance(minutes(11));
        let late = world.on_members(&owner, number, "remove", json!({"id": of_ada})).await;
        assert!(late.error().1.starts_with("Log in once more"), "a token that lay around removes nobody");
        assert_eq!(team.role_of(&ada), Some(Role::Admin));
    }

    async fn a_suspended_organization_is_closed_to_tools_as_well(world: World) {
        let bea = world.person("bea-laurent");
        let team = world.organization("tidewater", &bea);
        let (token, project) = (world.token(&bea).await, team.project("Shared"));
        let number = world.team_number(&token).await;
        let (act, id, by) = (world.act(), team.id, world.id_of("bea-laurent"));
        world.region(Region::Eu).write_now(|db| organization_deeds::suspend(db, &act, by, id, "Mines coins.")).unwrap();
        let refused = world.call(With::Token(&token), "get", &format!("{ORGANIZATIONS}/{number}")).await;
        assert_eq!(refused.error(), (403, "This organization is suspended."));
        let list = world.call(With::Token(&token), "get", ORGANIZATIONS).await.good();
        assert_eq!(list["organizations"].as_array().unwrap().len(), 1, "nor is it listed with its people");
        let user = world.call(With::Token(&token), "get", "/v1/api/user").await.good();
        assert_eq!((user["organizations"].as_array().unwrap().len(), &user["projects"]), (1, &json!([])));
        assert_eq!(world.call(With::Token(&token), "get", &format!("/v1/api/{}", project.number)).await.error().0, 403);
    }

    async fn addresses_are_for_those_who_manage_members(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        world.organization("tidewater", &bea).member(&ada, Role::Viewer);
        let viewer = world.token(&ada).await;
        let people = world.people(&viewer, world.team_number(&viewer).await).await;
        assert_eq!(people.len(), 2);
        assert!(find(&people, "bea-laurent@example.com").is_none());
        assert!(find(&people, "ada-marchetti@example.com").is_some(), "their own they know");
    }

    async fn nobody_reaches_into_what_is_not_theirs(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        let project = team.project("Shared");
        let (stranger, owner) = (world.token(&ada).await, world.token(&bea).await);
        let number = world.team_number(&owner).await;
        let own = world.call(With::Token(&stranger), "get", "/v1/api/user").await.good()["id"].as_i64().unwrap();
        let paths = [format!("{ORGANIZATIONS}/{number}"), format!("/v1/api/{}", project.number), format!("/v1/api/{number}")];
        for path in &paths {
            assert_eq!(world.call(With::Token(&stranger), "get", path).await.error().0, 404, "{path}");
        }
        let body = json!({"email": "x@example.com", "role": "member"});
        assert_eq!(world.on_members(&stranger, number, "invite", body.clone()).await.error().0, 404);
        let alone = world.on_members(&stranger, own, "invite", body).await;
        assert!(alone.error().1.contains("your own workspace"));
    }

    async fn an_organization_that_requires_a_second_factor_shuts_its_doors_without_one(world: World) {
        let (ada, bea) = (world.person("ada-marchetti"), world.person("bea-laurent"));
        let team = world.organization("tidewater", &bea);
        team.member(&ada, Role::Editor);
        let project = team.project("Shared");
        team.require_mfa();
        let token = world.token(&ada).await;
        let refused = world.call(With::Token(&token), "get", &format!("/v1/api/{}", project.number)).await;
        assert_eq!(refused.error().0, 403);
        assert!(refused.error().1.contains("multi-factor authentication"));
        let list = world.call(With::Token(&token), "get", "/v1/api/projects").await.good();
        assert_eq!(list["projects"], json!([]));
        let number = world.team_number(&token).await;
        assert_eq!(world.call(With::Token(&token), "get", &format!("{ORGANIZATIONS}/{number}")).await.error().0, 403);
        let (secret, _) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let code = world.next_code(&secret);
        let body = json!({"username": "ada-marchetti", "password": crate::support::people::PASSWORD, "totpToken": code});
        let token = world.send(With::Nothing, "post", "/v1/api-login", body).await.good()["token"].as_str().unwrap().to_owned();
        world.call(With::Token(&token), "get", &format!("/v1/api/{}", project.number)).await.good();
    }
}
