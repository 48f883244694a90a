//! Compute time reported by a program, over HTTP.

use diesel::RunQueryDsl;
use keystead::db::schema::names;
use keystead::db::{Db, DbError};
use keystead::kernel::id::{AccountId, ServiceTokenId};
use keystead::kernel::month::Month;
use keystead::kernel::region::Region;
use keystead::kernel::time::{Timestamp, minutes};
use keystead::lifecycle::organization_deeds;
use keystead::regions::directory::{Hold, NameKind, NameRow};
use keystead::regions::service_tokens::{self, Allowed};
use keystead::usage::month::{self, Spent};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::View;
use crate::support::region;
use crate::support::world::World;

const EVENTS: &str = "/platform/v1/usage/events";

on_both! {
    async fn minutes_are_counted_once_and_every_refusal_has_its_reason(world: World) {
        let (token, ada) = (token(world, &[Allowed::Usage]), person(world, Region::Eu, "ada-marchetti"));
        let batch = json!({"events": [
            event("a"),
            event("a"),
            with(event("a"), "seconds", json!(5)),
            with(event("b"), "workspace", json!("nobody-here")),
            with(event("c"), "seconds", json!(0)),
            with(event("d"), "seconds", json!(2_678_401)),
            with(event("e"), "ended_at", json!("2026-11-21T12:05:01Z")),
            with(event("f"), "kind", json!("tpu")),
            with(event("g"), "seconds", json!(1.5)),
            "nonsense",
            with(event("h"), "workspace", json!("a\u{0}b")),
            with(event("i"), "job", json!("a\u{0}b")),
            with(with(event("j"), "kind", json!("gpu")), "colour", json!({"unknown": ["field"]})),
        ]});
        let rejected = json!([
            {"index": 2, "reason": "differs"},
            {"index": 3, "reason": "unknown workspace"},
            {"index": 4, "reason": "seconds must be more than 0"},
            {"index": 5, "reason": "seconds must be at most 2678400, which is 31 days"},
            {"index": 6, "reason": "ended_at is more than five minutes ahead"},
            {"index": 7, "reason": "kind must be cpu or gpu"},
            {"index": 8, "reason": "seconds must be a whole number"},
            {"index": 9, "reason": "an event must be an object"},
            {"index": 10, "reason": "unknown workspace"},
            {"index": 11, "reason": "job has invisible characters"},
        ]);
        let answer = report(world, &token, &batch).await;
        assert_eq!(answer, json!({"accepted": 2, "duplicates": 1, "rejected": rejected}));
        let again = report(world, &token, &json!({"events": [event("a"), event("k")]})).await;
        assert_eq!(again, json!({"accepted": 1, "duplicates": 1, "rejected": []}));
        assert_eq!(used(world, Region::Eu, ada, "2026-11"), Spent { cpu_seconds: 3_720, gpu_seconds: 1_860 });
    }

    async fn a_batch_reaches_every_region_and_every_month_it_belongs_to(world: World) {
        let token = token(world, &[Allowed::Usage]);
        let (ada, kenji) = (person(world, Region::Eu, "ada-marchetti"), person(world, Region::Ap, "kenji"));
        let late = with(event("late"), "ended_at", json!("2026-10-31T23:59:59Z"));
        let batch = json!({"events": [event("a"), with(event("a-2"), "workspace", json!("kenji")), late]});
        assert_eq!(report(world, &token, &batch).await["accepted"], 3);
        let cpu = |seconds| Spent { cpu_seconds: seconds, gpu_seconds: 0 };
        assert_eq!(used(world, Region::Eu, ada, "2026-11"), cpu(1_860));
        assert_eq!(used(world, Region::Eu, ada, "2026-10"), cpu(1_860));
        assert_eq!(used(world, Region::Ap, kenji, "2026-11"), cpu(1_860));
    }

    /// Burnt is burnt: a job that ran on when its organization was shut still took its time.
    async fn what_a_suspended_organization_burnt_counts(world: World) {
        let (token, boss) = (token(world, &[Allowed::Usage]), world.person("ada-marchetti"));
        let (team, act) = (world.organization("tidewater", &boss), world.act());
        let by = world.id_of(&boss.username);
        let suspend = |db: &mut Db| organization_deeds::suspend(db, &act, by, team.id, "Mines coins.");
        world.region(Region::Eu).write_now(suspend).unwrap();
        let batch = json!({"events": [with(event("a"), "workspace", json!("tidewater"))]});
        assert_eq!(report(world, &token, &batch).await, json!({"accepted": 1, "duplicates": 0, "rejected": []}));
        let burnt = Spent { cpu_seconds: 1_860, gpu_seconds: 0 };
        assert_eq!(used(world, Region::Eu, team.id.as_person(), "2026-11"), burnt);
    }

    async fn only_a_token_that_allows_it_reports(world: World) {
        let body = json!({"events": []});
        let refused = |token: Option<&str>| {
            let request = call(world).json(&body);
            let request = match token {
                Some(token) => request.header("authorization", token),
                None => request,
            };
            async { answered(request).await }
        };
        for missing in [None, Some(""), Some("Bearer"), Some("Basic YTpi")] {
            let view = refused(missing).await;
            assert_problem(&view, 401);
            assert_eq!(view.headers["www-authenticate"], "Bearer realm=\"platform\"", "{missing:?}");
        }
        let view = refused(Some("Bearer kst_dnobody-has-this-token")).await;
        assert_problem(&view, 401);
        assert_eq!(view.headers["www-authenticate"], "Bearer realm=\"platform\", error=\"invalid_token\"");
        let view = refused(Some(&format!("Bearer {}", token(world, &[])))).await;
        assert_problem(&view, 403);
        let good = token(world, &[Allowed::Usage]);
        assert_eq!(refused(Some(&format!("bearer {good}"))).await.status, 200);
        revoke_all(world);
        assert_problem(&refused(Some(&format!("Bearer {good}"))).await, 401);
    }

    async fn a_call_that_cannot_be_read_is_refused_as_a_whole(world: World) {
        let token = token(world, &[Allowed::Usage]);
        let sent = |body: Vec<u8>| {
            let request = call(world).bearer_auth(&token).body(body);
            async { answered(request).await }
        };
        for broken in ["", "{", "[]", "{}", "{\"events\":{}}", "{\"events\":\"a\"}", "\u{FEFF}{}"] {
            assert_problem(&sent(broken.as_bytes().to_vec()).await, 400);
        }
        assert_problem(&sent(b"{\"events\":[{\"id\":\"\xFF\"}]}".to_vec()).await, 400);
        assert_problem(&sent(format!("{{\"events\":{}", "[".repeat(100_000)).into_bytes()).await, 400);
        let many = json!({"events": vec![event("a"); 1_001]}).to_string();
        let view = sent(many.into_bytes()).await;
        assert_problem(&view, 413);
        assert!(view.html.contains("1001"));
        assert_problem(&sent(vec![b' '; 2 * 1024 * 1024 + 1]).await, 413);
        let thousand: Vec<Value> = (0..1_000).map(|n| with(event(&n.to_string()), "seconds", json!(0))).collect();
        let answer = report(world, &token, &json!({"events": thousand})).await;
        assert_eq!(answer["rejected"].as_array().unwrap().len(), 1_000);
    }

    async fn other_ways_to_call_are_refused_in_the_same_form(world: World) {
        let view = answered(world.visitor().request(Method::GET, EVENTS)).await;
        assert_problem(&view, 405);
        assert_eq!(view.headers["allow"], "POST");
        assert_problem(&answered(world.visitor().request(Method::GET, "/platform/v1/nothing")).await, 404);
    }

    async fn fifty_calls_with_one_event_count_it_once(world: World) {
        let (token, ada) = (token(world, &[Allowed::Usage]), person(world, Region::Eu, "ada-marchetti"));
        let body = json!({"events": [event("a")]});
        let answers = futures_util::future::join_all((0..50).map(|_| report(world, &token, &body))).await;
        let sum = |name: &str| answers.iter().map(|answer| answer[name].as_i64().unwrap()).sum::<i64>();
        assert_eq!((sum("accepted"), sum("duplicates")), (1, 49));
        assert_eq!(used(world, Region::Eu, ada, "2026-11").cpu_seconds, 1_860);
    }

    async fn a_region_that_fails_leaves_a_call_that_can_be_repeated(world: World) {
        let token = token(world, &[Allowed::Usage]);
        let (ada, kenji) = (person(world, Region::Us, "ada-marchetti"), person(world, Region::Ap, "kenji"));
        let batch = json!({"events": [event("a"), with(event("b"), "workspace", json!("kenji"))]});
        execute(world, Region::Ap, "ALTER TABLE usage_months RENAME TO away");
        let view = answered(call(world).bearer_auth(&token).json(&batch)).await;
        assert_problem(&view, 503);
        assert_eq!(view.headers["retry-after"], "5");
        execute(world, Region::Ap, "ALTER TABLE away RENAME TO usage_months");
        let answer = report(world, &token, &batch).await;
        assert_eq!(answer, json!({"accepted": 1, "duplicates": 1, "rejected": []}));
        assert_eq!(used(world, Region::Us, ada, "2026-11").cpu_seconds, 1_860);
        assert_eq!(used(world, Region::Ap, kenji, "2026-11").cpu_seconds, 1_860);
    }

    async fn the_last_use_of_a_token_is_kept_to_the_minute(world: World) {
        let token = token(world, &[Allowed::Usage]);
        let first = world.site.clock.now();
        for _ in 0..2 {
            report(world, &token, &json!({"events": []})).await;
            assert_eq!(last_use(world), Some(first));
            world.site.clock.advance(minutes(1).mul_f32(0.9));
        }
        report(world, &token, &json!({"events": []})).await;
        assert_eq!(last_use(world), Some(world.site.clock.now()));
    }
}

fn event(id: &str) -> Value {
    json!({"source": "runner-1", "id": id, "workspace": "ada-marchetti", "kind": "cpu", "seconds": 1860,
        "ended_at": "2026-11-20T09:31:00Z", "job": "job-8841"})
}

fn with(mut event: Value, name: &str, value: Value) -> Value {
    event[name] = value;
    event
}

fn call(world: &World) -> RequestBuilder {
    world.visitor().request(Method::POST, EVENTS)
}

async fn answered(request: RequestBuilder) -> View {
    View::of(request.send().await.unwrap()).await
}

async fn report(world: &World, token: &str, body: &Value) -> Value {
    let view = answered(call(world).bearer_auth(token).json(body)).await;
    assert_eq!(view.status, 200, "{}", view.html);
    serde_json::from_str(&view.html).unwrap()
}

fn assert_problem(view: &View, status: u16) {
    assert_eq!(view.status, status, "{}", view.html);
    assert_eq!(view.headers["content-type"], "application/problem+json");
    let body: Value = serde_json::from_str(&view.html).unwrap();
    assert_eq!(body["status"], status);
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()) && body["title"].is_string(), "{body}");
}

fn token(world: &World, allows: &[Allowed]) -> String {
    let act = world.act();
    let made = |db: &mut Db| service_tokens::create(db, &act, "runner", allows);
    world.site.regions.directory.write_now::<_, DbError>(made).unwrap().reveal()
}

fn all_tokens(world: &World) -> Vec<service_tokens::ServiceToken> {
    world.site.regions.directory.read_now::<_, DbError>(service_tokens::all).unwrap()
}

on_both! {
    async fn every_refusal_of_an_address_for_programs_is_a_problem(world: World) {
        for path in ["/platform/v1/nothing", "/platform/v2"] {
            for method in [Method::GET, Method::POST] {
                let answer = world.visitor().request(method, path).send().await.unwrap();
                assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (404, &"application/problem+json".parse().unwrap()));
                let problem: Value = answer.json().await.unwrap();
                assert_eq!(problem["detail"], "There is nothing at this address.", "{path}");
            }
        }
    }
}

fn last_use(world: &World) -> Option<Timestamp> {
    all_tokens(world)[0].last_used_at
}

fn revoke_all(world: &World) {
    let ids: Vec<ServiceTokenId> = all_tokens(world).iter().map(|token| token.id).collect();
    let revoked = |db: &mut Db| ids.iter().map(|id| service_tokens::revoke(db, *id, world.act().now)).collect();
    assert!(world.site.regions.directory.write_now::<Vec<bool>, DbError>(revoked).unwrap().iter().all(|was| *was));
}

/// Somebody known to the directory and to their region.
fn person(world: &World, region: Region, username: &str) -> AccountId {
    let act = world.act();
    let account = region::account(world.region(region), &act, username);
    let name = NameRow {
        name: username.to_owned(),
        kind: NameKind::Account,
        owner_id: account,
        region,
        state: Hold::Taken,
        held_until: None,
        created_at: act.now,
    };
    let known = |db: &mut Db| diesel::insert_into(names::table).values(&name).execute(db);
    world.site.regions.directory.write_now::<_, DbError>(known).unwrap();
    account
}

fn used(world: &World, region: Region, account: AccountId, month: &str) -> Spent {
    let month: Month = month.parse().unwrap();
    let read = |db: &mut Db| month::month(db, account.personal_workspace(), month);
    world.region(region).read_now::<_, DbError>(read).unwrap().total
}

fn execute(world: &World, region: Region, statement: &str) {
    let executed = |db: &mut Db| diesel::sql_query(statement).execute(db);
    world.region(region).write_now::<_, DbError>(executed).unwrap();
}
