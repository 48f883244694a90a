//! Whose key lets a file in, and what is remembered of its use.

use keystead::access::Role;
use keystead::crypto::api_key::{self, Prefix};
use keystead::kernel::network::Networks;
use keystead::kernel::region::Region;
use keystead::kernel::time::days;
use keystead::projects::api_keys::{self, Maker, NewKey};
use keystead::projects::key_role::KeyRole;

use super::{document, error_of, scene};
use crate::on_both;
use crate::support::client::View;
use crate::support::projects::{maker, named, own, stamp};

const UNKNOWN: &str = "Invalid API key: send the key of a project in the header x-api-key.";

on_both! {
    async fn every_role_but_the_one_that_only_reads_may_send(world: World) {
        let scene = scene(world);
        for role in KeyRole::ALL {
            let key = world.key(&scene.project, &named("k", *role)).value;
            let view = scene.data("a.txt", &[("x-api-key", &key)], "x").await;
            let expected = if *role == KeyRole::ReadOnly { 401 } else { 200 };
            assert_eq!(view.status, expected, "{role}: {}", view.html);
        }
    }

    async fn without_a_key_that_is_valid_now_nothing_is_taken(world: World) {
        let scene = scene(world);
        let owner = maker(&scene.project, Role::Owner);
        let key = |new: NewKey| world.key(&scene.project, &new);
        let revoked = key(named("revoked", KeyRole::Admin));
        world.on_keys(|db, act| api_keys::revoke(db, act, &owner, revoked.id)).unwrap();
        let soon = Some(world.site.clock.now().plus(days(1)));
        let expired = key(NewKey { expires_at: soon, ..named("expired", KeyRole::Admin) }).value;
        world.site.clock.advance(days(2));
        let networks = Networks::parse("203.0.113.0/24").unwrap();
        let elsewhere = key(NewKey { networks, ..named("elsewhere", KeyRole::Admin) }).value;
        let account = Maker::in_workspace(&own(scene.project.created_by.unwrap()).permit().unwrap());
        let of_account = named("account", KeyRole::Admin);
        let workspace = world.on_keys(|db, act| api_keys::create(db, act, &account, &stamp(), &of_account)).unwrap();
        let never = |region| api_key::mint(&world.site.chance, &Prefix::default(), region).value.reveal();
        for (key, said) in [
            (String::new(), UNKNOWN),
            ("ei_0123456789".to_owned(), UNKNOWN),
            ("x".repeat(4_000), UNKNOWN),
            (never(Region::Eu), UNKNOWN),
            (never(Region::Us), UNKNOWN),
            (revoked.value, UNKNOWN),
            (expired, "This API key has expired."),
            (elsewhere, "This API key may not be used from this address."),
            (workspace.value.reveal(), "This is the key of a whole workspace. Send the key of a project."),
        ] {
            for path in ["/api/training/data", "/api/training/files"] {
                let request = scene.call(path, &[("x-api-key", &key), ("x-file-name", "a.txt")]).body("x");
                let view = View::of(request.send().await.unwrap()).await;
                assert_eq!((view.status, error_of(&view).as_str()), (401, said), "{path} {key}");
            }
        }
        assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
    }

    async fn a_sample_remembers_its_key_and_the_key_its_use(world: World) {
        let scene = scene(world);
        let key = world.key(&scene.project, &named("bench 2", KeyRole::IngestionDeployment));
        let sample = scene.taken(&[("x-api-key", &key.value)], document("[1]")).await;
        assert_eq!(sample.api_key_id, Some(key.id));
        world.site.key_uses.write(&world.site.regions).unwrap();
        let keys = world.in_europe(|db| api_keys::of_project(db, scene.project.id));
        let used = keys.iter().find(|one| one.id == key.id).unwrap();
        assert!(used.last_used_at.is_some() && used.last_used_agent.starts_with("Mozilla"));
    }

    async fn addresses_and_methods_that_there_are_not_are_told(world: World) {
        let scene = scene(world);
        for (path, status) in [("/api/other/data", 404), ("/api/training/other", 404), ("/api/Training/files", 404)] {
            let view = View::of(scene.call(path, &[("x-file-name", "a.txt")]).body("x").send().await.unwrap()).await;
            assert_eq!(view.status, status, "{path} {}", view.html);
            assert!(view.headers["content-type"].to_str().unwrap().contains("json"));
        }
        let view = world.visitor().get("/api/training/files").await;
        assert_eq!((view.status, view.headers["allow"].to_str().unwrap()), (405, "POST"));
    }
}

on_both! {
    with |config: &mut keystead::config::Config| {
        config.served.remove(&Region::Ap);
        config.elsewhere.insert(Region::Ap, "https://ap.keystead.example".to_owned());
    };
    async fn a_key_of_another_region_is_told_where_to_go(world: World) {
        let scene = scene(world);
        let key = api_key::mint(&world.site.chance, &Prefix::default(), Region::Ap).value.reveal();
        let view = scene.data("a.txt", &[("x-api-key", &key)], "x").await;
        assert_eq!(view.status, 401);
        assert_eq!(error_of(&view), "This API key belongs to the region ap, which is served at https://ap.keystead.example.");
    }
}
