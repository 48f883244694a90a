//! How many requests a key and a workspace may make: counted here and shared with other replicas closely enough.

use diesel::prelude::*;
use keystead::db::schema::rates as table;
use keystead::db::{Db, Store};
use keystead::kernel::id::{ApiKeyId, WorkspaceId};
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, seconds};
use keystead::projects::api_keys::{self, Maker};
use keystead::projects::key_role::KeyRole;
use keystead::projects::rates::{Caller, Limiter, Limits};
use keystead::regions::service_tokens::{self, Allowed};
use serde_json::{Value, json};

use crate::ingestion::scene;
use crate::on_both;
use crate::support::client::View;
use crate::support::projects::{named, own, stamp};
use crate::support::region::{NOON, account, act_at, on_each_region};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// Somebody's workspace, and a key in it that nothing but the count knows.
fn caller(store: &Store, name: &str) -> Caller {
    let act = act_at(NOON);
    let workspace = account(store, &act, name).personal_workspace();
    Caller { region: Region::Eu, workspace, key: Some(act.id::<ApiKeyId>()) }
}

fn limits(key: i64, workspace: i64) -> Limiter {
    Limiter::new(Limits { key, workspace })
}

/// What was settled for a workspace.
fn settled(store: &Store, workspace: WorkspaceId) -> Option<i64> {
    let row = table::table.find(workspace.as_str().to_owned()).select(table::count);
    store.read_now(|db: &mut Db| row.first(db).optional()).unwrap()
}

#[test]
fn one_replica_is_exact_however_many_ask_at_once() {
    on_each_region(|store| {
        let (caller, limiter) = (caller(store, "ada-m"), limits(100, 1_000));
        let ask = || {
            block_on(async {
                let mut admitted = 0;
                for _ in 0..50 {
                    admitted += i32::from(!limiter.count(store, &caller, NOON).await.is_over);
                }
                admitted
            })
        };
        let admitted: i32 = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(admitted, 100);
    });
}

#[test]
fn replicas_together_let_through_at_most_a_share_each_above_the_limit() {
    on_each_region(|store| {
        // Shares of 5 and of 1.
        for (round, limit) in [100, 7].into_iter().enumerate() {
            let caller = caller(store, &format!("ada-{round}-m"));
            let replicas: Vec<Limiter> = (0..3).map(|_| limits(limit, 1_000_000)).collect();
            let admitted = block_on(async {
                let mut admitted = 0;
                for asked in 0..500 {
                    admitted += i64::from(!replicas[asked % 3].count(store, &caller, NOON).await.is_over);
                }
                admitted
            });
            let most = limit + 3 * ((limit / 20).max(1) - 1);
            assert!((limit..=most).contains(&admitted), "{admitted} of {limit}");
        }
    });
}

#[test]
fn a_key_that_asks_little_costs_the_database_nothing_and_a_stopped_one_no_more() {
    on_each_region(|store| {
        let (caller, limiter) = (caller(store, "ada-m"), limits(200, 200));
        block_on(async {
            for _ in 0..9 {
                limiter.count(store, &caller, NOON).await;
            }
            assert_eq!(settled(store, caller.workspace), None);
            for _ in 0..300 {
                limiter.count(store, &caller, NOON).await;
            }
            assert_eq!(settled(store, caller.workspace), Some(200));
        });
    });
}

#[test]
fn a_workspace_has_a_limit_over_all_its_keys_and_a_new_minute_begins_anew() {
    on_each_region(|store| {
        let (one, limiter) = (caller(store, "ada-m"), limits(3, 5));
        let other = Caller { key: Some(act_at(NOON).id()), ..one };
        let tool = Caller { key: None, ..one };
        let stranger = caller(store, "eve-e");
        block_on(async {
            let is_over =
                async |caller: &Caller, into| limiter.count(store, caller, NOON.plus(seconds(into))).await.is_over;
            for _ in 0..3 {
                assert!(!is_over(&one, 0).await);
            }
            assert!(is_over(&one, 1).await, "the key's own");
            assert!(!is_over(&other, 1).await && !is_over(&tool, 1).await, "a refused request was not counted");
            assert!(is_over(&other, 59).await && is_over(&tool, 59).await, "the workspace's");
            assert!(!is_over(&stranger, 59).await);
            let standing = limiter.count(store, &one, NOON.plus(seconds(60))).await;
            let remaining: Vec<_> = standing.parts.iter().map(|part| (part.name, part.remaining)).collect();
            assert_eq!((standing.is_over, remaining), (false, vec![("key", 2), ("workspace", 4)]));
        });
    });
}

#[test]
fn a_database_that_fails_refuses_nobody_and_nothing_is_lost() {
    on_each_region(|store| {
        let real = caller(store, "ada-m");
        // A workspace that is gone: its row cannot be written.
        let gone = Caller { workspace: act_at(NOON).id(), ..real };
        let limiter = limits(1_000, 100);
        let admitted = block_on(async {
            let mut admitted = 0;
            for _ in 0..150 {
                admitted += i32::from(!limiter.count(store, &gone, NOON).await.is_over);
            }
            admitted
        });
        assert_eq!(admitted, 100, "counted here all the same");
    });
}

on_both! {
    with |config| config.rates = Limits { key: 5, workspace: 100 };
    async fn verifying_a_key_tells_what_it_may_still_ask_this_minute(world: World) {
        let project = world.project(&world.person("ada-marchetti"), "Gripper Vision");
        let key = world.key(&project, &named("ci", KeyRole::Admin));
        let act = world.act();
        let token = |db: &mut Db| service_tokens::create(db, &act, "runner", &[Allowed::Keys]);
        let token = world.site.regions.directory.write_now(token).unwrap().reveal();
        let verify = async || -> Value {
            let request = world.visitor().request(reqwest::Method::POST, "/platform/v1/keys/verify");
            let view = View::of(request.bearer_auth(&token).json(&json!({"key": key.value})).send().await.unwrap()).await;
            serde_json::from_str(&view.html).unwrap()
        };
        for remaining in [4, 3, 2, 1, 0] {
            let answer = verify().await;
            assert_eq!(answer["rate"], json!({"limit": 5, "remaining": remaining, "resets": 60, "exceeded": false}));
        }
        world.site.clock.advance(seconds(18));
        let answer = verify().await;
        assert_eq!(answer["valid"], true, "the question was answered");
        assert_eq!(answer["rate"], json!({"limit": 5, "remaining": 0, "resets": 42, "exceeded": true}));
        world.site.clock.advance(seconds(42));
        assert_eq!(verify().await["rate"]["remaining"], 4);
        let rows = || world.region(Region::Eu).read_now(|db| table::table.count().get_result::<i64>(db)).unwrap();
        assert!(rows() > 0);
        world.site.clock.advance(hours(1));
        world.run_jobs();
        assert_eq!(rows(), 0);
    }

    async fn devices_that_send_too_much_are_told_when_to_come_again(world: World) {
        let scene = scene(world);
        world.site.clock.advance(seconds(18));
        for remaining in [4, 3, 2, 1, 0] {
            let sent = scene.data("a.txt", &[], "x").await;
            assert_eq!(sent.status, 200, "{}", sent.html);
            assert_eq!(sent.headers["ratelimit-policy"], "\"key\";q=5;w=60, \"workspace\";q=100;w=60");
            let rate = format!("\"key\";r={remaining};t=42, \"workspace\";r={};t=42", remaining + 95);
            assert_eq!(sent.headers["ratelimit"], rate.as_str());
        }
        let refused = scene.data("a.txt", &[], "x").await;
        assert_eq!((refused.status, refused.headers["retry-after"].to_str().unwrap()), (429, "42"));
        assert_eq!(refused.html, r#"{"success":false,"error":"Too many requests. Try again in 42 s."}"#);
        // Whoever has no key is counted for nobody.
        let unknown = scene.data("a.txt", &[("x-api-key", "ks_x")], "x").await;
        assert!(unknown.status == 401 && !unknown.headers.contains_key("ratelimit"));
        world.site.clock.advance(seconds(42));
        assert_eq!(scene.data("a.txt", &[], "x").await.status, 200);
    }

    async fn each_dialect_refuses_what_is_too_much_in_its_own_words(world: World) {
        let ada = world.person("ada-marchetti");
        let key = world.key(&world.project(&ada, "Gripper Vision"), &named("ci", KeyRole::Admin)).value;
        let maker = Maker::in_workspace(&own(world.id_of(&ada.username)).permit().unwrap());
        let new = named("account", KeyRole::Admin);
        let of_workspace = world.on_keys(|db, act| api_keys::create(db, act, &maker, &stamp(), &new)).unwrap();
        let bearer = format!("Bearer {}", of_workspace.value.reveal());
        for (path, header, value, words) in [
            ("/v1/api/projects", "x-api-key", &key, r#"{"success":false,"error":"Too many tries. Wait before the next."}"#),
            (
                "/api/account/summary",
                "authorization",
                &bearer,
                r#"{"error":"Too many requests. Wait before the next.","retryAfter":60,"resetAt":"2026-11-21T12:01:00Z"}"#,
            ),
        ] {
            let ask = async || {
                let request = world.visitor().request(reqwest::Method::GET, path).header(header, value);
                View::of(request.send().await.unwrap()).await
            };
            for remaining in [4, 3, 2, 1, 0] {
                let view = ask().await;
                let rate = view.headers["ratelimit"].to_str().unwrap().to_owned();
                assert!(view.status == 200 && rate.starts_with(&format!("\"key\";r={remaining};t=60")), "{rate} {}", view.html);
            }
            let refused = ask().await;
            assert_eq!((refused.status, refused.headers["retry-after"].to_str().unwrap()), (429, "60"), "{path}");
            assert_eq!(refused.html, words);
        }
    }
}
