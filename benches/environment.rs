//! The environment of a job with fifty secrets, on SQLite: `cargo bench --bench environment`.
//!
//! One ratio of one run: fetches a second, each with a token of its own, of which every one opens fifty values and
//! writes fifty lines of access log in its transaction; against a handler behind the same middleware that only answers
//! with JSON of the same size.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[allow(dead_code, reason = "this bench asks with tokens alone")]
#[path = "support/load.rs"]
mod load;
#[path = "support/server.rs"]
mod server;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use keystead::access::{Membership, Role};
use keystead::db::DbError;
use keystead::http::site::Site;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::hours;
use keystead::regions::directory;
use keystead::secrets::adding::{self, NewSecret};
use keystead::secrets::environment::{self, Granted};
use keystead::secrets::{SecretName, SecretValue};
use load::Connection;
use server::Server;

const SECRETS: usize = 50;
/// Each fetch uses one up.
const TOKENS: usize = 6_000;
const ROUNDS: usize = 3;
const ENVIRONMENT: &str = "/platform/v1/environment";
const BARE: &str = "/bare";

/// What the bare handler answers: the same as a fetch.
static ANSWER: OnceLock<serde_json::Value> = OnceLock::new();

fn main() {
    let server = server::start(|config: &mut ServiceConfig| {
        config.route(BARE, web::get().to(bare));
    });
    let tokens = fill(&server.site);
    let next = AtomicUsize::new(0);
    let answer = Connection::open(server.address).fetch(ENVIRONMENT, &tokens[next.fetch_add(1, Ordering::Relaxed)]);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["variables"].as_object().unwrap().len(), SECRETS);
    println!(
        "environments of {SECRETS} secrets ({} bytes) a second, and bare answers of that size",
        answer.to_string().len()
    );
    ANSWER.set(answer).unwrap();
    let share = (TOKENS - 1) / ROUNDS;
    let (mut fetched, mut bare) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        fetched += seconds(&server, share, |connection| {
            let answer = connection.fetch(ENVIRONMENT, &tokens[next.fetch_add(1, Ordering::Relaxed)]);
            assert!(answer.body.contains(r#""left_out":[]"#), "{}", answer.body);
        });
        bare += seconds(&server, share, |connection| {
            let answer = connection.fetch(BARE, "nobody");
            assert!(answer.body.contains(r#""left_out":[]"#), "{}", answer.body);
        });
    }
    let rate = |seconds: f64| f64::from(u32::try_from(share * ROUNDS).unwrap()) / seconds;
    println!("{:.0} and {:.0}", rate(fetched), rate(bare));
    println!(
        "environment of {SECRETS} secrets ÷ a bare JSON answer of that size = {:.2} (aim: at least 0.5)",
        bare / fetched
    );
}

/// How long so many requests take, over as many connections as keep the server busy.
fn seconds(server: &Server, count: usize, ask: impl Fn(&mut Connection) + Sync) -> f64 {
    let (left, start) = (AtomicUsize::new(count), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..server::cores() * 4 {
            scope.spawn(|| {
                let mut connection = Connection::open(server.address);
                let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                while take().is_ok() {
                    ask(&mut connection);
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}

/// Answers JSON, and knows nothing.
async fn bare() -> HttpResponse {
    HttpResponse::Ok().json(ANSWER.get())
}

/// A workspace with its secrets, and the tokens of its jobs.
fn fill(site: &Site) -> Vec<String> {
    let act = site.act(Origin::program("a bench"));
    let named = |db: &mut _| directory::by_name(db, server::USERNAME);
    let owner = site.regions.directory.read_now(named).unwrap().unwrap().owner_id;
    let workspace = owner.personal_workspace();
    let permit = Membership { workspace, account: owner, role: Role::Owner }.permit().unwrap();
    let store = site.regions.store(Region::Eu).unwrap();
    for n in 0..SECRETS {
        // As long as a key of a provider.
        let value = SecretValue::new(format!("sk-{n:04}-{}", "k3yst3ad".repeat(12))).ok().unwrap();
        let new =
            NewSecret { name: SecretName::parse(&format!("SECRET_{n}")).unwrap(), value, description: String::new() };
        store.write_now(|db| adding::add(db, &act, &permit, &new)).unwrap();
    }
    let granted =
        Granted { workspace_id: workspace, project_id: None, job: "train-17".to_owned(), is_privileged: false };
    let issue = |db: &mut _| {
        let tokens = (0..TOKENS).map(|_| environment::issue(db, &act, Region::Eu, &granted, hours(1)));
        tokens.map(|issued| Ok(issued?.unwrap().0.reveal())).collect::<Result<Vec<String>, DbError>>()
    };
    store.write_now(issue).unwrap()
}
