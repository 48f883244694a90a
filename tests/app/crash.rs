//! Killed at any moment, a hundred times: what was answered as done is there, and nothing is half done for good.
//!
//! The real program is killed in the middle of mixed writes, after a number of answers that chance decides. What each
//! visitor was told is kept beside it and held against the databases before the program starts again.

pub mod visitors;

use std::cell::{Cell, RefCell};

use diesel::prelude::*;
use futures_util::future::{join, join4};
use keystead::app::work;
use keystead::crypto::chance::Chance;
use keystead::crypto::password::Password;
use keystead::db::schema::{accounts, mails, usage_days, usage_events};
use keystead::db::{Db, DbError};
use keystead::entry::appointment::{self, Appointment};
use keystead::http::site::Site;
use keystead::jobs;
use keystead::kernel::clock::Clock;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::{AccountId, WorkspaceId};
use keystead::kernel::names::Username;
use keystead::kernel::origin::Origin;
use keystead::kernel::region::Region;
use keystead::kernel::time::hours;
use keystead::lifecycle::doctor::{self, Finding, Patient, Repair};
use keystead::regions::directory;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::support::client::View;
use crate::support::program::{Place, Running};
use crate::support::world::Backend;
use visitors::{Newcomers, PASSWORDS, PasswordChanger, ProfileSaver, Reporter};

/// Answers between two kills, at most.
const MOST_ANSWERS: u32 = 24;
/// So many kills between two looks with the operator's own commands.
const ROUNDS: u32 = 10;
const ADA: &str = "ada-marchetti";
const BOB: &str = "bob-kowalski";

/// The program with a sword above it.
pub struct Scene {
    pub token: String,
    base: String,
    program: RefCell<Option<Running>>,
    answers_left: Cell<u32>,
}

impl Scene {
    /// Sends a request; `None` when the program died before all of the answer was here.
    pub async fn ask(&self, request: RequestBuilder) -> Option<View> {
        let response = request.send().await.ok()?;
        let (path, status) = (response.url().path().to_owned(), response.status().as_u16());
        let headers = response.headers().clone();
        let html = response.text().await.ok()?;
        self.answers_left.set(self.answers_left.get().saturating_sub(1));
        if self.answers_left.get() == 0
            && let Some(program) = self.program.take()
        {
            program.kill();
        }
        Some(View { status, headers, path, html })
    }
}

/// Who writes, and what each was told so far.
struct Cast {
    reporters: [Reporter; 2],
    saver: ProfileSaver,
    changer: PasswordChanger,
    newcomers: Newcomers,
}

impl Cast {
    async fn act(&mut self, place: &Place, scene: &Scene, round: u32) {
        let [one, other] = &mut self.reporters;
        for client in [&mut self.saver.client, &mut self.changer.client, &mut self.newcomers.client] {
            client.moved_to(&scene.base);
        }
        // Passwords cost what they cost; a third of the rounds is enough of them.
        let is_ready = round.is_multiple_of(3) && self.changer.prepare(scene).await.is_some();
        let reports = join(one.act(scene), other.act(scene));
        let changer = async {
            if is_ready {
                self.changer.act(scene).await;
            }
        };
        join4(reports, self.saver.act(scene), changer, self.newcomers.act(place, scene)).await;
    }

    /// What was answered is there; what was not answered is there as a whole or not at all.
    fn hold_against(&self, site: &Site) {
        for (region, username) in [(Region::Eu, ADA), (Region::Us, BOB)] {
            let id = account(site, username);
            for reporter in &self.reporters {
                let kept = seconds_of(site, region, id.personal_workspace(), reporter.source);
                reporter.hold(username, kept);
            }
        }
        let ada = account(site, ADA);
        let title: String =
            read(site, Region::Eu, |db| accounts::table.find(ada).select(accounts::job_title).first(db));
        self.saver.hold(&title);
        for newcomer in &self.newcomers.all {
            let id = account(site, &newcomer.username);
            let (email, status): (String, String) = read(site, Region::Eu, |db| {
                let row = accounts::table.find(id);
                row.select((accounts::email, accounts::status)).first::<(String, String)>(db)
            });
            assert_eq!(email, newcomer.email);
            assert!(!newcomer.is_confirmed || status == "active", "{} was told so and is {status}", newcomer.username);
        }
    }
}

fn read<T>(site: &Site, region: Region, work: impl FnOnce(&mut Db) -> Result<T, DbError>) -> T {
    site.regions.store(region).unwrap().read_now(work).unwrap()
}

fn account(site: &Site, username: &str) -> AccountId {
    let row = site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap();
    row.unwrap_or_else(|| panic!("{username} is not in the directory")).owner_id
}

fn seconds_of(site: &Site, region: Region, workspace: WorkspaceId, source: &str) -> i64 {
    let of_source = usage_events::table.filter(usage_events::workspace_id.eq(workspace));
    let all: Vec<i64> = read(site, region, |db| {
        of_source.filter(usage_events::source.eq(source)).select(usage_events::seconds).load(db)
    });
    all.iter().sum()
}

/// With the operator's commands, while the program is down.
fn examine(place: &Place) {
    let said = place.run(&["doctor", "--json"]).out;
    let report: Value = serde_json::from_str(&said).unwrap();
    let findings = report["checks"].as_array().unwrap().iter().flat_map(|check| check["findings"].as_array().unwrap());
    let mut wrong = findings.filter(|finding| finding["repair"] != "advice");
    assert!(wrong.all(|finding| finding["repair"] == "possible"), "{said}");
    let said = place.printed(&["verify"]);
    assert!(said.contains("us: ") && said.contains("eu: ") && said.matches(" 0 broken").count() == 2, "{said}");
}

/// Three hours later, when nothing can be under way any more and every lease has run out: jobs are done, mails are
/// out, and what the doctor finds it mends.
fn heal(place: &Place, newcomers: &Newcomers) {
    let clock = Clock::manual(Clock::System.now());
    clock.advance(hours(3));
    let site = place.site(clock);
    work::worker(&site, work::post_office(&site).unwrap()).unwrap().run_due().unwrap();
    let mails = place.mails();
    for newcomer in &newcomers.all {
        let to = format!("To: {}", newcomer.email);
        assert!(mails.iter().any(|mail| mail.contains(&to)), "the mail to {} is lost", newcomer.email);
    }
    for (region, store) in site.regions.served() {
        let waiting: i64 =
            store.read_now(|db| mails::table.filter(mails::sealed.is_not_null()).count().get_result(db)).unwrap();
        assert_eq!(waiting, 0, "mails of {region} are still queued");
        assert!(store.read_now(|db| jobs::dead(db, None, 10)).unwrap().is_empty(), "jobs of {region} failed");
    }
    let act = site.act(Origin::program("a test"));
    let look = |should_fix| -> Vec<Finding> {
        let Site { regions, files, config, .. } = &site;
        doctor::examine(&Patient { regions, files, plans: &config.plans, act: &act, should_fix }).unwrap()
    };
    let findings = look(true);
    assert!(findings.iter().all(|finding| finding.repair == Repair::Done), "{findings:?}");
    assert_eq!(look(false), []);
}

pub fn make_person(site: &Site, region: Region, username: &str) -> AccountId {
    let act = site.act(Origin::program("a test"));
    let new = Appointment {
        region,
        email: EmailAddress::parse(&format!("{username}@example.com")).unwrap(),
        username: Username::parse(username).unwrap(),
        name: "A Person".to_owned(),
        password: Some(site.hasher.hash_blocking(&act.chance, &Password::from_typed(PASSWORDS[0]))),
        plan: "free".to_owned(),
        is_administrator: false,
    };
    appointment::make(&site.regions, &act, &new).unwrap();
    account(site, username)
}

async fn is_killed(backend: Backend, kills: u32) {
    let Some(place) = Place::new(backend) else { return };
    place.begin();
    let token = place.printed(&["service-token", "create", "--name", "meter"]).trim().to_owned();
    let site = place.site(Clock::System);
    for (region, username) in [(Region::Eu, ADA), (Region::Us, BOB)] {
        make_person(&site, region, username);
    }
    // Every request comes from a network of its own, or the throttle would end the play.
    let place = place.with("KEYSTEAD_TRUSTED_PROXIES", "1");
    let chance = Chance::seeded(2026);
    let start = |answers: u32| {
        let program = place.start(&["serve"]);
        let (base, token) = (program.base(), token.clone());
        Scene { token, base, program: RefCell::new(Some(program)), answers_left: Cell::new(answers) }
    };
    let scene = start(u32::MAX);
    let mut cast = Cast {
        reporters: [Reporter::new("runner-1"), Reporter::new("runner-2")],
        saver: ProfileSaver::enter(&scene.base, ADA).await,
        changer: PasswordChanger::enter(&scene.base, BOB).await,
        newcomers: Newcomers::new(&scene.base),
    };
    drop(scene);
    for round in 1..=kills {
        cast.act(&place, &start(1 + chance.below(MOST_ANSWERS)), round).await;
        cast.hold_against(&site);
        if round.is_multiple_of(ROUNDS) {
            examine(&place);
        }
    }

    // Once more without an end in between: what stayed open is sent again, and counts once.
    let scene = start(u32::MAX);
    for reporter in &mut cast.reporters {
        reporter.finish(&scene).await;
    }
    cast.changer.client.moved_to(&scene.base);
    cast.changer.finish(&scene).await;
    cast.hold_against(&site);
    for (region, username) in [(Region::Eu, ADA), (Region::Us, BOB)] {
        let workspace = account(&site, username).personal_workspace();
        let own = usage_days::table.filter(usage_days::workspace_id.eq(workspace));
        let days: Vec<i64> = read(&site, region, |db| own.select(usage_days::seconds).load(db));
        let told: i64 = cast.reporters.iter().map(|reporter| reporter.counted(username)).sum();
        assert_eq!(days.iter().sum::<i64>(), told, "{username}");
    }
    assert!(cast.saver.saved > 0 && cast.newcomers.all.iter().any(|one| one.is_confirmed), "somebody came to nothing");
    let program = scene.program.take().unwrap();
    program.terminate();
    assert_eq!(program.ended().0.code(), Some(0));
    examine(&place);
    heal(&place, &cast.newcomers);
}

#[actix_web::test]
async fn what_was_answered_is_there_after_a_hundred_kills() {
    is_killed(Backend::Sqlite, 100).await;
}

/// Where a killed program's transactions are ended by a server that lives on.
#[actix_web::test]
async fn what_was_answered_is_there_after_twenty_kills_beside_postgresql() {
    is_killed(Backend::Postgres, 20).await;
}
