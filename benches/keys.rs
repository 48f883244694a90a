//! API keys and members at any number, on SQLite: `cargo bench --bench keys`.
//!
//! Three ratios of one run: a key's verification against a handler that only reads and writes JSON behind the same
//! middleware; the same among a million keys against among a thousand; the members page of an organization with ten
//! thousand members against one with a hundred. `KEYSTEAD_BENCH_KEYS` takes another number than a million.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[path = "support/load.rs"]
mod load;
#[path = "support/server.rs"]
mod server;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};
use diesel::prelude::*;
use keystead::access::{Membership, Role};
use keystead::crypto::act::Act;
use keystead::crypto::api_key;
use keystead::db::schema::{accounts, api_keys, members, workspaces};
use keystead::db::{Db, DbError};
use keystead::http::site::Site;
use keystead::kernel::id::{AccountId, ApiKeyId, WorkspaceId};
use keystead::kernel::names::Username;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::Timestamp;
use keystead::on_each;
use keystead::projects::creation as projects;
use keystead::projects::project::Visibility;
use keystead::regions::directory;
use keystead::regions::service_tokens::{self, Allowed};
use keystead::workspaces::creation::{self, Created, NewOrganization};
use load::{Connection, Door, drive};
use server::Server;

const LENGTH: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
const VERIFY: &str = "/platform/v1/keys/verify";
const BARE: &str = "/bare";
const FEW: usize = 1_000;
/// So many keys are shown, spread over all there are.
const SHOWN: usize = 1_000;
const MEMBERS: [i64; 2] = [100, 10_000];

/// What the bare handler answers: the same as a verification.
static ANSWER: OnceLock<serde_json::Value> = OnceLock::new();

fn main() {
    let many = setting("KEYSTEAD_BENCH_KEYS").and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let (few, all) = (Keys::among(FEW), Keys::among(many));
    println!("verifications a second, of {SHOWN} keys in turn");
    let answer = few.ask(&mut Connection::open(few.server.address), VERIFY);
    ANSWER.set(serde_json::from_str(&answer.body).unwrap()).unwrap();
    let [verified, bare] = in_turns([&|| few.drive(VERIFY), &|| few.drive(BARE)]);
    println!("key verification ÷ a bare JSON handler = {:.2} (aim: at least 0.8)", verified / bare);
    let [at_few, at_many] = in_turns([&|| few.drive(VERIFY), &|| all.drive(VERIFY)]);
    println!("verification at {many} keys ÷ at {FEW} = {:.2} (aim: at least 0.95)", at_many / at_few);

    let server = server::start(|_| ());
    let names = organizations(&server.site);
    let inside = Door::before(server.address, server::USERNAME, server::PASSWORD).enter(server.address);
    let page = |name: &str| {
        let path = format!("/{name}/settings/members");
        drive(server.address, connections(), LENGTH, |c: &mut Connection, _| c.get(&path, &inside)).len()
    };
    println!("members pages a second");
    let [small, large] = in_turns([&|| page(&names[0]), &|| page(&names[1])]);
    println!("members page with {} members ÷ with {} = {:.2} (aim: flat)", MEMBERS[1], MEMBERS[0], large / small);
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment how many")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn connections() -> usize {
    server::cores() * 4
}

/// How many a second of each, measured in turns, so that what else the machine does meets both.
fn in_turns(runs: [&dyn Fn() -> usize; 2]) -> [f64; 2] {
    let mut done = [0_usize; 2];
    for _ in 0..ROUNDS {
        for (done, run) in done.iter_mut().zip(runs) {
            *done += run();
        }
    }
    let seconds = LENGTH.as_secs_f64() * f64::from(u32::try_from(ROUNDS).unwrap());
    let rates = done.map(|done| f64::from(u32::try_from(done).unwrap()) / seconds);
    println!("{:.0} and {:.0}", rates[0], rates[1]);
    rates
}

/// A server with so many keys, some of which are shown to it.
struct Keys {
    server: Server,
    token: String,
    bodies: Vec<String>,
    next: AtomicUsize,
}

impl Keys {
    fn among(count: usize) -> Self {
        let server = server::start(|config: &mut ServiceConfig| {
            config.route(BARE, web::post().to(bare));
        });
        let site = &server.site;
        let act = site.act(Origin::program("a bench"));
        let token = |db: &mut Db| service_tokens::create(db, &act, "runner", &[Allowed::Keys]);
        let token = site.regions.directory.write_now(token).unwrap().reveal();
        let shown = fill(site, count);
        let bodies = shown.iter().map(|key| format!(r#"{{"key":"{key}","action":"read_data"}}"#)).collect();
        Self { token, bodies, next: AtomicUsize::new(0), server }
    }

    fn ask(&self, connection: &mut Connection, path: &str) -> load::Answer {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.bodies.len();
        let answer = connection.call(path, &self.token, &self.bodies[next]);
        assert!(answer.body.contains(r#""valid":true"#), "{}", answer.body);
        answer
    }

    fn drive(&self, path: &str) -> usize {
        drive(self.server.address, connections(), LENGTH, |c: &mut Connection, _| self.ask(c, path)).len()
    }
}

/// Reads JSON and answers JSON, and knows nothing.
async fn bare(body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(asked) if asked.get("key").is_some() => HttpResponse::Ok().json(ANSWER.get()),
        _ => HttpResponse::BadRequest().finish(),
    }
}

fn owner(site: &Site) -> AccountId {
    site.regions.directory.read_now(|db| directory::by_name(db, server::USERNAME)).unwrap().unwrap().owner_id
}

/// Makes so many keys in one project; those to be shown.
fn fill(site: &Site, count: usize) -> Vec<String> {
    let (act, owner) = (site.act(Origin::program("a bench")), owner(site));
    let store = site.regions.store(Region::Eu).unwrap();
    let own = Membership { workspace: owner.personal_workspace(), account: owner, role: Role::Owner };
    let new = projects::NewProject {
        name: "Gripper Vision".to_owned(),
        description: String::new(),
        visibility: Visibility::Private,
    };
    let project = store.write_now(|db| projects::create(db, &act, &own.permit().unwrap(), &new)).unwrap();
    let prefix = api_key::Prefix::default();
    let every = count.div_ceil(SHOWN);
    let mut shown = Vec::new();
    let numbers: Vec<usize> = (0..count).collect();
    for part in numbers.chunks(1_000) {
        let mut rows = Vec::new();
        for n in part {
            let made = api_key::mint(&act.chance, &prefix, Region::Eu);
            rows.push((
                (
                    api_keys::id.eq(act.id::<ApiKeyId>()),
                    api_keys::number.eq(i64::try_from(*n).unwrap() + 1_000),
                    api_keys::workspace_id.eq(project.workspace_id),
                    api_keys::project_id.eq(project.id),
                    api_keys::name.eq("ci"),
                    api_keys::role.eq("ingestion_deployment"),
                ),
                (
                    api_keys::digest.eq(made.digest),
                    api_keys::prefix.eq(made.beginning),
                    api_keys::last_four.eq(made.last_four),
                    api_keys::is_development.eq(false),
                    api_keys::networks.eq(""),
                    api_keys::created_at.eq(act.now),
                    api_keys::last_used_address.eq(""),
                    api_keys::last_used_agent.eq(""),
                    api_keys::disabled_because.eq(""),
                ),
            ));
            if n % every == 0 {
                shown.push(made.value.reveal());
            }
        }
        let insert = |db: &mut Db| on_each!(db, |c| diesel::insert_into(api_keys::table).values(&rows).execute(c));
        store.write_now::<_, DbError>(insert).unwrap();
    }
    shown
}

/// Two organizations of so many members.
fn organizations(site: &Site) -> [String; 2] {
    let (act, owner) = (site.act(Origin::program("a bench")), owner(site));
    let store = site.regions.store(Region::Eu).unwrap();
    let people = store.write_now(|db| make_people(db, &act, MEMBERS[1])).unwrap();
    MEMBERS.map(|count| {
        let name = format!("members-{count}");
        let new = NewOrganization {
            id: act.id(),
            name: Username::parse(&name).unwrap(),
            title: name.clone(),
            owner,
            plan: "enterprise".to_owned(),
            photo: None,
        };
        let Created::Yes(id) = creation::create(&site.regions, Region::Eu, &act, &new).unwrap() else {
            panic!("{name} is taken")
        };
        let joining = &people[..usize::try_from(count).unwrap() - 1];
        store.write_now::<_, DbError>(|db| join(db, id, joining, act.now)).unwrap();
        name
    })
}

/// Accounts that nobody signs in to.
fn make_people(db: &mut Db, act: &Act, count: i64) -> Result<Vec<AccountId>, DbError> {
    let ids: Vec<AccountId> = (0..count).map(|_| act.id()).collect();
    for (part, ids) in ids.chunks(500).enumerate() {
        let (mut own, mut rows) = (Vec::new(), Vec::new());
        for (n, id) in ids.iter().enumerate() {
            let name = format!("member-{part}-{n}");
            own.push((
                workspaces::id.eq(id.personal_workspace()),
                workspaces::name.eq(name.clone()),
                workspaces::kind.eq("personal"),
                workspaces::plan.eq("free"),
                workspaces::minutes_rank.eq(0_i64),
                workspaces::created_at.eq(act.now),
            ));
            rows.push((
                (
                    accounts::id.eq(*id),
                    accounts::username.eq(name.clone()),
                    accounts::email.eq(format!("{name}@example.org")),
                    accounts::email_digest.eq(format!("digest of {name}")),
                    accounts::name.eq(format!("Member {n} of part {part}")),
                    (accounts::job_title.eq(""), accounts::company.eq(""), accounts::bio.eq("")),
                    (accounts::use_case.eq(""), accounts::social.eq("{}")),
                ),
                (
                    accounts::time_zone.eq("UTC"),
                    accounts::theme.eq("system"),
                    accounts::revision.eq(1_i64),
                    accounts::status.eq("active"),
                    (accounts::has_mfa.eq(false), accounts::is_administrator.eq(false)),
                    (accounts::created_at.eq(act.now), accounts::confirmed_at.eq(act.now)),
                    accounts::last_seen_at.eq(act.now),
                ),
            ));
        }
        on_each!(db, |c| diesel::insert_into(workspaces::table).values(&own).execute(c))?;
        on_each!(db, |c| diesel::insert_into(accounts::table).values(&rows).execute(c))?;
    }
    Ok(ids)
}

fn join(db: &mut Db, organization: WorkspaceId, people: &[AccountId], now: Timestamp) -> Result<(), DbError> {
    for part in people.chunks(1_000) {
        let rows: Vec<_> = part
            .iter()
            .map(|account| {
                (
                    members::workspace_id.eq(organization),
                    members::account_id.eq(*account),
                    members::role.eq(Role::Viewer),
                    members::is_away.eq(false),
                    members::joined_at.eq(now),
                )
            })
            .collect();
        on_each!(db, |c| diesel::insert_into(members::table).values(&rows).execute(c))?;
    }
    Ok(())
}
