//! Sign-ups whose address was never proved: whatever happened to them meanwhile, they give way to its owner.

use keystead::db::Db;
use keystead::entry::lapse::LapseSignUps;
use keystead::jobs::{self, Options};
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::hours;
use keystead::lifecycle::cancelling;
use keystead::lifecycle::closing::{self, By, When};
use keystead::regions::directory;
use keystead::regions::service_tokens::{self, Allowed};
use serde_json::json;

use crate::on_both;
use crate::sign_up_page;
use crate::support::client::View;
use crate::support::world::World;

const ADDRESS: &str = "ada@example.com";

on_both! {
    async fn minutes_of_a_name_that_is_only_held_are_refused_and_hold_up_no_sign_up(world: World) {
        assert_eq!(sign_up(world, "spam-1").await.status, 303);
        assert_eq!(report(world, "spam-1").await, "unknown workspace");
        assert_eq!(sign_up(world, "ada-m").await.status, 303);
        // The first sign-up's mail went with it.
        assert_eq!(world.inbox(ADDRESS).len(), 1);
        assert!(account_of(world, "ada-m").is_some() && account_of(world, "spam-1").is_none());
    }

    async fn a_sign_up_that_an_administrator_closed_gives_way_to_the_owner_of_the_address(world: World) {
        sign_up(world, "spam-1").await;
        close(world, owner_of(world, "spam-1"));
        assert_eq!(sign_up(world, "ada-m").await.status, 303);
        let code = world.inbox(ADDRESS).pop().unwrap();
        assert!(code.subject.contains("confirmation code"), "{}", code.subject);
        assert!(account_of(world, "spam-1").is_none());
    }

    async fn a_sign_up_that_was_closed_and_kept_lapses_all_the_same(world: World) {
        sign_up(world, "spam-1").await;
        let (act, id) = (world.act(), owner_of(world, "spam-1"));
        close(world, id);
        cancelling::by_administrator(&world.site.regions, Region::Eu, &act, None, id).unwrap();
        world.site.clock.advance(hours(25));
        lapse(world);
        assert!(account_of(world, "spam-1").is_none());
        assert!(world.site.regions.directory.read_now(|db| directory::by_name(db, "spam-1")).unwrap().is_none());
    }
}

async fn sign_up(world: &World, username: &str) -> View {
    sign_up_page::sign_up(&world.visitor(), username, ADDRESS).await
}

/// The reason for which a minute of this workspace is refused.
async fn report(world: &World, workspace: &str) -> String {
    let act = world.act();
    let token = world
        .site
        .regions
        .directory
        .write_now(|db: &mut Db| service_tokens::create(db, &act, "meter", &[Allowed::Usage]));
    let event = json!({"source": "runner-1", "id": "a", "workspace": workspace, "kind": "cpu", "seconds": 60,
        "ended_at": "2026-11-21T11:00:00Z", "job": "job-1"});
    let call = world.visitor().request(reqwest::Method::POST, "/platform/v1/usage/events");
    let answer = call.bearer_auth(token.unwrap().reveal()).json(&json!({"events": [event]})).send().await.unwrap();
    let answer: serde_json::Value = answer.json().await.unwrap();
    answer["rejected"][0]["reason"].as_str().unwrap_or_default().to_owned()
}

fn owner_of(world: &World, username: &str) -> AccountId {
    world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap().owner_id
}

fn account_of(world: &World, username: &str) -> Option<keystead::sessions::account::Account> {
    world.region(Region::Eu).read_now(|db| keystead::sessions::account::by_username(db, username)).unwrap()
}

fn close(world: &World, id: AccountId) {
    let by = By::Administrator { id: None, reason: "Sends spam".to_owned() };
    closing::close(&world.site.regions, Region::Eu, &world.act(), id, &by, When::After(14)).unwrap();
}

fn lapse(world: &World) {
    let act = world.act();
    world.region(Region::Eu).write_now(|db| jobs::enqueue::<LapseSignUps>(db, &act, &(), Options::default())).unwrap();
    world.run_jobs();
}
