//! Deleting one's own account: what is said before, what ends at once, what can be taken back and for how long.

use std::collections::BTreeMap;

use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, minutes};
use keystead::lifecycle::cancelling::{self, Target};
use keystead::lifecycle::{closing, consequences, erasing, steps};
use keystead::sessions::account::Status;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::{PASSWORD, Person, set_up_authenticator, sign_in};
use crate::support::region::fifty_at_once;
use crate::support::world::{Backend, World};

const PAGE: &str = "/settings/account/delete";

/// Chooses on the page and presses the button.
async fn delete(browser: &Client, when: &str, username: &str) -> View {
    let form = browser.get(PAGE).await.form("Delete account");
    browser.submit(&form.choose("when", when).fill("Type your username", username)).await
}

async fn closed(world: &World, person: &Person, when: &str) -> Client {
    let browser = world.signed_in(person).await;
    let answer = delete(&browser, when, &person.username).await;
    assert_eq!(answer.location().as_deref(), Some("/farewell"), "{}", answer.text());
    browser
}

/// The path of the link in the latest mail that has one of this kind.
fn link(world: &World, address: &str, kind: &str) -> String {
    let mails = world.inbox(address);
    let mail = mails.iter().rev().find(|mail| mail.text.contains(kind)).unwrap();
    let at = mail.text.find(kind).unwrap();
    mail.text[at..].split_whitespace().next().unwrap().to_owned()
}

fn subjects(world: &World, address: &str) -> Vec<String> {
    world.inbox(address).into_iter().map(|mail| mail.subject).collect()
}

/// What the page says goes: words and numbers.
fn toll(page: &View) -> BTreeMap<String, i64> {
    let html = scraper::Html::parse_document(&page.html);
    let rows = scraper::Selector::parse("[aria-labelledby=goes] .toll li").unwrap();
    let part = |row: scraper::ElementRef<'_>, css: &str| -> String {
        let found = row.select(&scraper::Selector::parse(css).unwrap()).next().unwrap();
        found.text().next().unwrap().to_owned()
    };
    html.select(&rows).map(|row| (part(row, "div"), part(row, "b").replace(',', "").parse().unwrap())).collect()
}

fn status(world: &World, id: AccountId) -> Option<Status> {
    world.account(id).map(|account| account.status)
}

/// The link's target, looked at but not used.
fn target(world: &World, path: &str) -> Option<Target> {
    let token = path.rsplit('/').next().unwrap();
    cancelling::target(&world.site.regions, &world.act(), token).unwrap()
}

on_both! {
    async fn the_page_counts_what_the_erasing_then_reports(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        set_up_authenticator(world, &browser).await;
        world.run_jobs();
        let page = browser.get(PAGE).await;
        check_markup(PAGE, &page.html);
        let announced = toll(&page);
        assert_eq!(announced["account"], 1);
        assert_eq!(announced["recovery codes"], 10);
        assert_eq!(announced["signed-in browser or tool"], 1);
        assert!(announced.values().all(|count| *count > 0), "{announced:?}");
        let site = &world.site;
        let id = world.id_of("ada-marchetti");
        let counted = consequences::of_account(&site.regions, &site.files, Region::Eu, id).unwrap();
        let counted: BTreeMap<String, i64> =
            counted.iter().map(|line| (line.what().to_owned(), line.count)).collect();
        assert_eq!(announced, counted);

        assert_eq!(delete(&browser, "now", "ada-marchetti").await.status, 303);
        let receipt = world.inbox(&ada.email).pop().unwrap();
        assert_eq!(receipt.subject, "Your Keystead account was erased");
        for (what, count) in announced {
            // Ended by the closing itself, and one line longer because of it.
            let expected = match what.as_str() {
                what if what == steps::SESSIONS.one => continue,
                what if what == steps::ACTIVITY.many => count + 1,
                _ => count,
            };
            assert!(receipt.text.contains(&format!("{what}: {expected}")), "{what} {expected}\n{}", receipt.text);
        }
        assert!(status(world, id).is_none());
    }

    async fn a_wrong_username_deletes_nothing_and_keeps_the_choice(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        for (when, typed, words) in [
            ("now", "ada", "This is not the username of the account."),
            ("now", "", "This is not the username of the account."),
            ("never", "ada-marchetti", "Choose one of the answers."),
        ] {
            let page = delete(&browser, when, typed).await;
            assert_eq!(page.status, 422);
            assert!(page.has(words) && page.has("Nothing was deleted"), "{}", page.text());
            assert_eq!(page.attribute("#confirm", "value").unwrap_or_default(), typed);
            let chosen = page.attribute("input[name=when][checked]", "value");
            assert_eq!(chosen, (when == "now").then(|| when.to_owned()));
            check_markup(PAGE, &page.html);
        }
        assert_eq!(status(world, world.id_of("ada-marchetti")), Some(Status::Active));
        assert_eq!(browser.get(PAGE).await.status, 200);
    }

    async fn it_wants_a_fresh_sign_in_with_the_second_factor(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let (secret, _) = set_up_authenticator(world, &browser).await;
        let form = browser.get(PAGE).await.form("Delete account");
        world.site.clock.advance(minutes(10));
        let asked = browser.get(PAGE).await;
        assert!(asked.location().unwrap().starts_with("/confirm?deed=delete+your+account"), "{:?}", asked.location());
        let sent = browser.submit(&form.choose("when", "now").fill("Type your username", "ada-marchetti")).await;
        assert!(sent.status == 403 && sent.has("Confirm it is you to delete your account"), "{}", sent.text());
        let confirm = browser.get(&asked.location().unwrap()).await.form("Confirm");
        let without_code = browser.submit(&confirm.fill("password", PASSWORD)).await;
        assert_eq!(without_code.status, 422);
        let back = world.confirm(&browser, asked, Some(&secret)).await;
        assert!(back.has("Type your username"), "{}", back.text());
        assert_eq!(status(world, world.id_of("ada-marchetti")), Some(Status::Active));
    }

    async fn closing_ends_every_way_in_at_once(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        let phone = world.signed_in(&ada).await;
        let forgot = world.visitor();
        let form = forgot.get("/forgot-password").await.form("Send the link");
        forgot.submit(&form.fill("Email", &ada.email)).await;
        let reset = link(world, &ada.email, "/reset/");
        let browser = closed(world, &ada, "grace").await;

        for browser in [&browser, &phone] {
            assert!(browser.get("/settings/account").await.location().unwrap().starts_with("/sign-in"));
        }
        let farewell = browser.get("/farewell").await;
        assert!(farewell.has("Until then a link in it brings everything back"), "{}", farewell.text());
        check_markup("/farewell", &farewell.html);
        let refused = sign_in(&world.visitor(), &ada).await;
        let nobody = Person { username: "nobody-here".to_owned(), email: String::new() };
        let unknown = sign_in(&world.visitor(), &nobody).await;
        assert_eq!((refused.status, refused.text_of("#errors")), (unknown.status, unknown.text_of("#errors")));
        let opened = forgot.visit(&reset).await;
        assert!(opened.status == 404 || opened.has("no longer works"), "{}", opened.text());
        assert_eq!(status(world, id), Some(Status::Closing));
        assert!(subjects(world, &ada.email).contains(&"Your Keystead account is closed".to_owned()));
        // And no new way in: a reset that is asked for now brings no link.
        let before = world.inbox(&ada.email).len();
        let form = forgot.get("/forgot-password").await.form("Send the link");
        forgot.submit(&form.fill("Email", &ada.email)).await;
        assert_eq!(world.inbox(&ada.email).len(), before);
    }

    async fn the_mailed_link_brings_it_back_when_its_button_is_pressed(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        closed(world, &ada, "grace").await;
        let path = link(world, &ada.email, "/cancel-closing/");
        world.site.clock.advance(minutes(14 * 24 * 60 - 1));

        let reader = world.visitor();
        let moved = reader.get(&path).await;
        assert_eq!(moved.location().as_deref(), Some("/cancel-closing"), "the address is cleaned");
        let page = reader.follow(moved).await;
        check_markup("/cancel-closing", &page.html);
        assert_eq!(status(world, id), Some(Status::Closing), "looking does nothing");
        let kept = reader.submit(&page.form("Keep my account")).await;
        assert_eq!(kept.location().as_deref(), Some("/sign-in"));
        assert_eq!(status(world, id), Some(Status::Active));
        assert!(subjects(world, &ada.email).contains(&"Your Keystead account stays".to_owned()));
        world.signed_in(&ada).await;

        let again = world.visitor().visit(&path).await;
        assert_eq!((again.status, again.has("This link no longer works")), (404, true));
        world.site.clock.advance(days(2));
        world.run_jobs();
        assert_eq!(status(world, id), Some(Status::Active), "the erasure that was queued does nothing");
        let by = closing::By::Owner;
        closing::close(&world.site.regions, Region::Eu, &world.act(), id, &by, closing::When::After(14)).unwrap();
        world.site.clock.advance(days(13));
        world.run_jobs();
        assert_eq!(status(world, id), Some(Status::Closing), "a second closing has days of its own");
    }

    async fn after_the_days_of_grace_it_is_erased_and_the_link_is_over(world: World) {
        let ada = world.person("ada-marchetti");
        let id = world.id_of("ada-marchetti");
        closed(world, &ada, "grace").await;
        let path = link(world, &ada.email, "/cancel-closing/");
        world.site.clock.advance(days(14));
        assert_eq!(world.visitor().visit(&path).await.status, 404, "also before the job has come round");
        world.run_jobs();
        assert_eq!(status(world, id), None);
        assert_eq!(world.visitor().visit(&path).await.status, 404);
        let told = subjects(world, &ada.email);
        assert_eq!(told.last().unwrap(), "Your Keystead account was erased");
        assert!(told.contains(&"Your Keystead account is closed".to_owned()));
    }

    async fn of_fifty_cancels_one_counts(world: World) {
        let ada = world.person("ada-marchetti");
        closed(world, &ada, "grace").await;
        let target = target(world, &link(world, &ada.email, "/cancel-closing/")).unwrap();
        let act = world.act();
        let won = fifty_at_once(|| cancelling::by_owner(&world.site.regions, &act, &target).unwrap());
        assert_eq!(won.into_iter().filter(|is_mine| *is_mine).count(), 1);
        let stays = subjects(world, &ada.email).into_iter().filter(|subject| subject.ends_with("stays")).count();
        assert_eq!(stays, 1);
    }

    async fn a_cancel_and_an_erasure_at_once_have_one_outcome(world: World) {
        for round in 0..10 {
            let name = format!("ada-marchetti-{round}");
            let ada = world.person(&name);
            let id = world.id_of(&name);
            closed(world, &ada, "grace").await;
            let target = target(world, &link(world, &ada.email, "/cancel-closing/")).unwrap();
            let (site, early) = (&world.site, world.act());
            let due = keystead::crypto::act::Act { now: early.now.plus(days(14)), ..world.act() };
            let outside = consequences::Outside::default();
            let eu = world.region(Region::Eu);
            let (is_kept, standing) = std::thread::scope(|threads| {
                let cancel = threads.spawn(|| cancelling::by_owner(&site.regions, &early, &target).unwrap());
                let erase = threads.spawn(|| eu.write_now(|db| erasing::erase_here(db, &due, id, outside)).unwrap());
                (cancel.join().unwrap(), erase.join().unwrap())
            });
            assert_eq!(is_kept, standing == erasing::Standing::Stays, "round {round}");
            assert_eq!(status(world, id), is_kept.then_some(Status::Active), "round {round}");
        }
    }

    async fn the_last_administrator_stays_and_another_may_go(world: World) {
        let grace = world.administrator("grace-hopper").await;
        let refused = delete(&grace.browser, "now", "grace-hopper").await;
        assert_eq!(refused.status, 422);
        assert!(refused.has("You are the last administrator."), "{}", refused.text());
        assert_eq!(grace.browser.get("/admin/accounts").await.status, 200);
        world.administrator("joan-clarke").await;
        assert_eq!(delete(&grace.browser, "grace", "grace-hopper").await.status, 303);
        assert_eq!(status(world, grace.id), Some(Status::Closing));
        // Brought back, she is one again.
        let path = link(world, &grace.person.email, "/cancel-closing/");
        let reader = world.visitor();
        reader.submit(&reader.visit(&path).await.form("Keep my account")).await;
        let back = world.signed_in_with(&grace.person, &grace.secret).await;
        assert_eq!(back.get("/admin/accounts").await.status, 200);
    }

    async fn fifty_closings_of_an_administrator_leave_no_rights_behind(world: World) {
        use keystead::regions::administrators;
        let (grace, _other) = (world.administrator("grace-hopper").await, world.administrator("joan-clarke").await);
        let act = world.act();
        let when = closing::When::After(14);
        let close = || closing::close(&world.site.regions, Region::Eu, &act, grace.id, &closing::By::Owner, when);
        let closed = fifty_at_once(close).into_iter().flatten().count();
        assert_eq!(closed, 1);
        let is_one = world.site.regions.directory.read_now(|db| administrators::is_one(db, grace.id)).unwrap();
        assert!(!is_one, "a closing account is no administrator");
    }

    async fn a_form_that_comes_back_after_signing_in_again_asks_again(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let form = browser.get(PAGE).await.form("Delete account");
        let form = form.choose("when", "now").fill("Type your username", "ada-marchetti").fill("form_token", "");
        let token = browser.get(PAGE).await.form("Delete account").value("form_token").to_owned();
        let mut fields = form.fill("form_token", &token).fields;
        fields.push(("resumed".to_owned(), "yes".to_owned()));
        let shown = browser.post(PAGE, &fields).await;
        assert_eq!(shown.status, 422);
        assert!(shown.has("This is how you left the page. Nothing was deleted yet."));
        assert_eq!(shown.attribute("#confirm", "value").as_deref(), Some("ada-marchetti"));
        assert_eq!(status(world, world.id_of("ada-marchetti")), Some(Status::Active));
    }
}

/// Without days of grace there is one answer, and it is at once.
async fn erased_at_once(backend: Backend) {
    let Some(world) = World::spawn_with(backend, |config| config.deletion_grace_days = 0) else { return };
    let ada = world.person("ada-marchetti");
    let browser = world.signed_in(&ada).await;
    let page = browser.get(PAGE).await;
    assert!(page.has("Erase immediately") && !page.has("Close now"), "{}", page.text());
    let refused = delete(&browser, "grace", "ada-marchetti").await;
    assert_eq!(refused.status, 422, "an answer that is not on the page");
    let id = world.id_of("ada-marchetti");
    assert_eq!(delete(&browser, "now", "ada-marchetti").await.status, 303);
    world.run_jobs();
    assert_eq!(status(&world, id), None);
    assert!(subjects(&world, &ada.email).contains(&"Your Keystead account was erased".to_owned()));
}

#[actix_web::test]
async fn without_days_of_grace_it_is_erased_at_once_on_sqlite() {
    erased_at_once(Backend::Sqlite).await;
}

#[actix_web::test]
async fn without_days_of_grace_it_is_erased_at_once_on_postgres() {
    erased_at_once(Backend::Postgres).await;
}
