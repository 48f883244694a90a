//! The calls by which the platform gets a job its secrets.

use std::sync::mpsc;
use std::time::Duration;

use keystead::db::DbError;
use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use keystead::projects::api_keys::NewKey;
use keystead::projects::key_role::KeyRole;
use keystead::regions::service_tokens::{self, Allowed};
use keystead::secrets::uses;
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::View;
use crate::support::projects::named;
use crate::support::secrets::permit;
use crate::support::world::World;

const TOKENS: &str = "/platform/v1/environment-tokens";
const ENVIRONMENT: &str = "/platform/v1/environment";

fn runner(world: &World, allowed: Allowed) -> String {
    let act = world.act();
    let create = |db: &mut keystead::db::Db| service_tokens::create(db, &act, "runner", &[allowed]);
    world.site.regions.directory.write_now(create).unwrap().reveal()
}

async fn ask(world: &World, service: &str, body: &Value) -> (u16, Value) {
    let request = world.visitor().request(Method::POST, TOKENS).bearer_auth(service).json(body);
    let view = View::of(request.send().await.unwrap()).await;
    (view.status, serde_json::from_str(&view.html).unwrap_or(Value::Null))
}

async fn job_token(world: &World, service: &str, body: &Value) -> String {
    let (status, answer) = ask(world, service, body).await;
    assert_eq!(status, 201, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

async fn fetch(world: &World, token: &str, query: &str) -> View {
    let request = world.visitor().request(Method::GET, &format!("{ENVIRONMENT}{query}"));
    View::of(request.bearer_auth(token).header("user-agent", "runner/2.1").send().await.unwrap()).await
}

on_both! {
    async fn a_job_gets_its_environment_once_and_each_secret_says_so(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of(&ada.username);
        let (workspace, may) = (id.personal_workspace(), permit(id.personal_workspace(), id));
        let project = world.project(&ada, "Gripper Vision");
        let key = world.key(&project, &NewKey { is_development: true, ..named("dev", KeyRole::Admin) });
        let made = world.secret(&may, "API_KEY", "sk-1 \"quoted\" $X\nsecond line");
        let service = runner(world, Allowed::Jobs);
        let body = json!({"workspace": "ada-marchetti", "project": "gripper-vision", "job": "train-8841", "privileged": true});
        let token = job_token(world, &service, &body).await;
        let view = fetch(world, &token, "").await;
        let answer: Value = serde_json::from_str(&view.html).unwrap();
        assert_eq!(answer, json!({"workspace": "ada-marchetti", "project": "gripper-vision", "job": "train-8841",
            "variables": {"API_KEY": "sk-1 \"quoted\" $X\nsecond line", "KEYSTEAD_PROJECT_API_KEY": key.value}, "left_out": []}));
        assert_eq!(view.headers["cache-control"], "no-store");
        assert_eq!(fetch(world, &token, "").await.status, 401);
        let log = world.in_europe(|db| uses::of(db, made.id, None, 10));
        assert_eq!(log.len(), 1);
        assert_eq!((log[0].job.as_str(), log[0].program.as_str()), ("train-8841", "runner"));
        assert_eq!((log[0].project_id, log[0].address.as_str()), (Some(project.id), "127.0.0.1"));

        let plain = json!({"workspace": "ada-marchetti", "job": "x", "minutes": 1});
        let token = job_token(world, &service, &plain).await;
        let view = fetch(world, &token, "?format=env").await;
        assert_eq!(view.html, "API_KEY=\"sk-1 \\\"quoted\\\" \\$X\nsecond line\"\n");
        assert_eq!(view.headers["content-type"], "text/plain; charset=utf-8");
        let token = job_token(world, &service, &plain).await;
        world.site.clock.advance(minutes(1));
        assert_eq!(fetch(world, &token, "").await.status, 401);
        assert_eq!(world.in_europe(|db| uses::of(db, made.id, None, 10)).len(), 2);
        assert!(world.environment(workspace, None).len() == 1);
    }

    async fn what_is_wrong_is_refused_and_no_token_made(world: World) {
        let ada = world.person("ada-marchetti");
        world.project(&ada, "Gripper Vision");
        let (service, other) = (runner(world, Allowed::Jobs), runner(world, Allowed::Keys));
        let good = json!({"workspace": "ada-marchetti", "job": "x"});
        assert_eq!(ask(world, &other, &good).await.0, 403);
        assert_eq!(ask(world, "kst_d", &good).await.0, 401);
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        for (body, expected) in [
            (with("workspace", json!("nobody-here")), 404),
            (with("workspace", json!("Ada' OR 1=1")), 404),
            (with("project", json!("other")), 404),
            (with("project", json!("é")), 404),
            (with("job", json!("")), 422),
            (with("job", json!("evil\u{202e}gpj")), 422),
            (with("job", json!("x".repeat(201))), 422),
            (with("minutes", json!(0)), 422),
            (with("minutes", json!(61)), 422),
            (with("minutes", json!(-1)), 400),
            (with("privileged", json!(true)), 422),
            (with("privileged", json!("yes")), 400),
            (json!([]), 400),
        ] {
            assert_eq!(ask(world, &service, &body).await.0, expected, "{body}");
        }
        let unknown = format!("e{}", "A".repeat(43));
        for wrong in ["e", "é", &unknown, &service, &"e".repeat(5_000)] {
            assert_eq!(fetch(world, wrong, "").await.status, 401, "{wrong:?}");
        }
        let token = job_token(world, &service, &good).await;
        assert_eq!(fetch(world, &token, "?format=xml").await.status, 422);
        assert_eq!(fetch(world, &token, "").await.status, 200, "a wrong call does not use it up");
        let view = world.visitor().request(Method::GET, ENVIRONMENT).send().await.unwrap();
        assert_eq!(view.status().as_u16(), 401);
        let view = world.visitor().request(Method::POST, ENVIRONMENT).send().await.unwrap();
        assert_eq!(view.status().as_u16(), 405);
    }

    async fn what_a_service_token_asked_for_ends_with_it_in_every_region(world: World) {
        let ada = world.person("ada-marchetti");
        let uma = world.person_in(Region::Us, "uma-okafor", "Uma Okafor", "free");
        let id = world.id_of(&ada.username);
        let made = world.secret(&permit(id.personal_workspace(), id), "API_KEY", "x");
        let (directory, revoked) = (&world.site.regions.directory, runner(world, Allowed::Jobs));
        let first = directory.read_now::<_, DbError>(service_tokens::all).unwrap()[0].id;
        let other = runner(world, Allowed::Jobs);
        let job = |person: &str| json!({"workspace": person, "job": "x", "minutes": 60});
        let used = job_token(world, &revoked, &job(&ada.username)).await;
        assert_eq!(fetch(world, &used, "").await.status, 200);
        let log = world.in_europe(|db| uses::of(db, made.id, None, 10));
        assert_eq!(log[0].service_token, "runner", "who started the job");
        let page = world.signed_in(&ada).await.get(&format!("/settings/secrets/{}", made.id)).await;
        assert!(page.has("Job started by runner"), "{}", page.text());
        let waiting = [
            job_token(world, &revoked, &job(&ada.username)).await,
            job_token(world, &revoked, &job(&uma.username)).await,
            job_token(world, &other, &job(&ada.username)).await,
        ];
        let now = world.act().now;
        directory.write_now::<_, DbError>(|db| service_tokens::revoke(db, first, now)).unwrap();
        let mut answers = Vec::new();
        for token in &waiting {
            answers.push(fetch(world, token, "").await.status);
        }
        assert_eq!(answers, [401, 401, 200]);
    }

    async fn a_token_that_is_not_good_is_refused_while_somebody_else_writes(world: World) {
        let ada = world.id_of(&world.person("ada-marchetti").username);
        let spent = world.job(ada.personal_workspace(), None, false);
        assert_eq!(fetch(world, &spent, "").await.status, 200);
        let late = world.job(ada.personal_workspace(), None, false);
        world.site.clock.advance(minutes(10));
        let store = world.region(Region::Eu).clone();
        let ((begun, has_begun), (end, is_over)) = (mpsc::channel(), mpsc::channel::<()>());
        let writer = std::thread::spawn(move || {
            store.write_now(|_| {
                begun.send(()).unwrap();
                is_over.recv().unwrap();
                Ok::<_, DbError>(())
            })
        });
        has_begun.recv().unwrap();
        for token in [&spent, &late, &format!("e{}", "A".repeat(43))] {
            let request = world.visitor().request(Method::GET, ENVIRONMENT).bearer_auth(token);
            // So that one that waits for its turn fails.
            let answer = request.timeout(Duration::from_secs(20)).send().await;
            assert_eq!(answer.unwrap().status().as_u16(), 401);
        }
        end.send(()).unwrap();
        writer.join().unwrap().unwrap();
    }
}
