//! `/admin/jobs`: what failed for good, tried again or discarded.

use std::sync::Arc;

use keystead::activity::{Chain, feed};
use keystead::db::{Db, DbError};
use keystead::jobs::{self, Failure, Options, Registry, State, Worker};
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::JobId;
use keystead::kernel::region::Region;
use keystead::kernel::time::{minutes, seconds};
use keystead::mail::transport::{Outgoing, Refusal, Transport};
use keystead::mail::{self, DeliverMail, Letter};

use crate::jobs::Scripted;
use crate::on_both;
use crate::support::administrators::Administrator;
use crate::support::client::View;
use crate::support::markup::check_markup;
use crate::support::world::World;

const CODE: &str = "048151";

struct Closed;

impl Transport for Closed {
    fn send(&self, _: &Outgoing) -> Result<String, Refusal> {
        Err(Refusal::ForGood("There is no such mailbox.".to_owned()))
    }
}

fn worker(world: &World, registry: Registry) -> Worker {
    let site = &world.site;
    let stores = vec![(Region::Eu, world.region(Region::Eu).clone())];
    Worker::new(stores, registry, site.clock.clone(), site.chance.clone(), Arc::clone(&site.keyring))
}

/// A job that has failed for good, of an account.
fn failed_job(world: &World, username: &str) -> JobId {
    let options = Options { account: Some(world.id_of(username)), ..Options::default() };
    let enqueue = |db: &mut Db| jobs::enqueue::<Scripted>(db, &world.act(), &1, options.clone());
    let job = world.region(Region::Eu).write_now::<_, DbError>(enqueue).unwrap().unwrap();
    let broken = Scripted::new(|_, _| Err(Failure::GiveUp("The wheel came off.".to_owned())));
    worker(world, Registry::new().with(broken)).run_due().unwrap();
    job
}

/// A mail that nobody takes.
fn failed_mail(world: &World) {
    let to = EmailAddress::parse("secret-place@example.com").unwrap();
    let letter = Letter::ConfirmAddress { code: CODE.to_owned() };
    world.region(Region::Eu).write_now::<_, DbError>(|db| mail::queue(db, &world.act(), None, &to, &letter)).unwrap();
    let house = keystead::app::work::house(&world.site);
    let deliver = DeliverMail::new(house, "accounts@example.org", Arc::new(Closed)).unwrap();
    worker(world, Registry::new().with(deliver)).run_due().unwrap();
}

fn state(world: &World, job: JobId) -> Option<State> {
    world.region(Region::Eu).read_now(|db| jobs::progress_of(db, job)).unwrap().map(|progress| progress.state)
}

async fn press(boss: &Administrator, button: &str) -> View {
    let form = boss.browser.get("/admin/jobs").await.form(button);
    let pressed = boss.browser.submit(&form).await;
    boss.browser.follow(pressed).await
}

fn recorded(world: &World) -> Vec<String> {
    let latest = world.region(Region::Eu).read_now(|db| feed::latest(db, Chain::Instance, 5)).unwrap();
    latest.into_iter().map(|entry| entry.kind).collect()
}

on_both! {
    async fn a_failed_job_is_shown_with_its_reason_and_tried_again(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.run_jobs();
        let empty = boss.browser.get("/admin/jobs").await;
        assert!(empty.has("No jobs failed") && empty.has("No mails failed"));
        check_markup("/admin/jobs", &empty.html);
        world.person("ada-marchetti");
        let job = failed_job(world, "ada-marchetti");
        let page = boss.browser.get("/admin/jobs").await;
        assert!(page.has("Scripted") && page.has("The wheel came off."), "{}", page.text());
        let link = page.attribute("tbody small a", "href").unwrap();
        assert_eq!(link, format!("/admin/accounts/eu/{}", world.id_of("ada-marchetti")));
        check_markup("/admin/jobs", &page.html);

        assert!(press(&boss, "Retry Scripted").await.has("It is being tried again."));
        assert_eq!(state(world, job), Some(State::Waiting));
        assert!(recorded(world).contains(&"job.retried".to_owned()), "{:?}", recorded(world));
        let obedient = Scripted::obedient();
        worker(world, Registry::new().with(obedient.clone())).run_due().unwrap();
        assert_eq!((obedient.runs(), state(world, job)), (vec![1], Some(State::Done)));
        assert!(boss.browser.get("/admin/jobs").await.has("No jobs failed"));
    }

    async fn a_discarded_job_is_gone_and_that_is_recorded(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.run_jobs();
        let job = failed_job(world, "grace-hopper");
        let form = boss.browser.get("/admin/jobs").await.form("Discard Scripted");
        assert!(press(&boss, "Discard Scripted").await.has("Discarded."));
        assert_eq!(state(world, job), None);
        assert!(recorded(world).contains(&"job.discarded".to_owned()), "{:?}", recorded(world));
        assert_eq!(boss.browser.submit(&form).await.status, 404, "a second time");
    }

    async fn a_failed_mail_shows_neither_its_words_nor_its_address(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.run_jobs();
        failed_mail(world);
        let page = boss.browser.get("/admin/jobs").await;
        assert!(page.has("Confirm address") && page.has("No jobs failed"), "{}", page.text());
        assert!(!page.html.contains(CODE) && !page.html.contains("secret-place"));
        check_markup("/admin/jobs", &page.html);
        assert!(press(&boss, "Retry Confirm address").await.has("It is being tried again."));
        let arrived = world.inbox("secret-place@example.com");
        assert_eq!(arrived.len(), 1);
        assert!(arrived[0].text.contains(CODE));

        failed_mail(world);
        assert!(press(&boss, "Discard Confirm address").await.has("Discarded."));
        assert_eq!(world.inbox("secret-place@example.com").len(), 1, "nobody gets it");
        assert!(boss.browser.get("/admin/jobs").await.has("No mails failed"));
    }

    async fn a_form_that_comes_back_after_signing_in_again_does_nothing_yet(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.run_jobs();
        let job = failed_job(world, "grace-hopper");
        let page = boss.browser.get("/admin/jobs").await;
        for button in ["Retry Scripted", "Discard Scripted"] {
            let mut fields = page.form(button).fields;
            fields.push(("resumed".to_owned(), "yes".to_owned()));
            let asked = boss.browser.post(&format!("/admin/jobs/eu/{job}"), &fields).await;
            assert_eq!(asked.status, 422);
            assert!(asked.has("This is how you left the page.") && asked.has("The wheel came off."));
            assert_eq!(state(world, job), Some(State::Dead), "{button}");
            check_markup("/admin/jobs", &asked.html);
        }
    }

    async fn what_cannot_be_decided_is_refused(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.run_jobs();
        let job = failed_job(world, "grace-hopper");
        let token = boss.browser.get("/admin/jobs").await.form("Sign out").value("form_token").to_owned();
        let send = async |path: String, deed: &str| {
            let fields = [("form_token", token.as_str()), ("do", deed)].map(|(a, b)| (a.to_owned(), b.to_owned()));
            boss.browser.post(&path, &fields).await.status
        };
        assert_eq!(send(format!("/admin/jobs/eu/{job}"), "explode").await, 400);
        assert_eq!(send(format!("/admin/jobs/us/{job}"), "retry").await, 404);
        assert_eq!(send(format!("/admin/jobs/xx/{job}"), "retry").await, 404);
        assert_eq!(send("/admin/jobs/eu/x".to_owned(), "retry").await, 404);
        assert_eq!(state(world, job), Some(State::Dead));
        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        for token in ["", ada.get("/settings/account").await.form("Sign out").value("form_token")] {
            let fields = [("form_token", token), ("do", "retry")].map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(ada.post(&format!("/admin/jobs/eu/{job}"), &fields).await.status, 404, "as unknown pages do");
        }
    }

    async fn what_failed_is_searched_and_taken_away_whole_without_what_is_sealed(world: World) {
        let boss = world.administrator("grace-hopper").await;
        world.run_jobs();
        // More mails than the page shows hide no job.
        for _ in 0..51 {
            failed_mail(world);
        }
        let job = failed_job(world, "grace-hopper");
        for _ in 0..51 {
            world.site.clock.advance(seconds(1));
            failed_mail(world);
        }
        let page = boss.browser.get("/admin/jobs").await;
        assert!(page.has("Scripted") && page.has("There is no such mailbox."), "{}", page.text());
        let found = boss.browser.get("/admin/jobs?q=WHEEL&region=eu").await;
        assert!(found.has("Scripted") && found.has("No failed mail matches") && !found.has("mailbox"), "{}", found.text());
        check_markup("/admin/jobs", &found.html);
        assert!(boss.browser.get("/admin/jobs?q=100%25").await.has("No failed job matches"));
        assert!(boss.browser.get("/admin/jobs?region=us").await.has("No failed job matches"));
        assert_eq!(boss.browser.get("/admin/jobs?region=mars").await.status, 400);

        let file = boss.browser.get("/admin/jobs.csv").await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        let rows: Vec<csv::StringRecord> =
            csv::Reader::from_reader(file.html.as_bytes()).records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 103);
        assert_eq!((&rows[0][0], &rows[0][1], &rows[0][2], &rows[0][3]), (job.as_str(), "job", "Scripted", "eu"));
        assert!(rows[1..].iter().all(|row| (&row[1], &row[2]) == ("mail", "Confirm address")), "{:?}", rows[1]);
        assert!(!file.html.contains("secret-place") && !file.html.contains(CODE));
        let link = found.attribute("a[download]", "href").unwrap();
        assert_eq!(link, "/admin/jobs.csv?q=WHEEL&region=eu");
        assert_eq!(boss.browser.get(&link).await.html.lines().count(), 2);
        world.site.clock.advance(minutes(11));
        let asked = boss.browser.get("/admin/jobs.csv").await;
        assert!(asked.location().is_some_and(|to| to.starts_with("/confirm")), "{} {}", asked.status, asked.text());
        assert_eq!(world.signed_in(&world.person("ada-marchetti")).await.get("/admin/jobs.csv").await.status, 404);
    }
}
