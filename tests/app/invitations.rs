//! `/admin/accounts/invitations`, and signing up where only those may who were invited.

use futures_util::future::join_all;
use keystead::activity::{Chain, feed};
use keystead::config::Registration;
use keystead::entry::invitation;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, hours, minutes};
use reqwest::Method;

use crate::on_both;
use crate::sign_up_page::code_of;
use crate::support::client::{Client, View};
use crate::support::markup::check_markup;
use crate::support::people::{administrator, mailed_path};
use crate::support::world::{Backend, World};

const PAGE: &str = "/admin/accounts/invitations";
const PASSWORD: &str = "seven brass kettles on a windowsill";

async fn invite(grace: &Client, addresses: &str) -> View {
    let form = grace.get(PAGE).await.form("Invite");
    grace.submit(&form.fill("Email addresses", addresses)).await
}

async fn withdraw(grace: &Client, address: &str) -> View {
    let form = grace.get(PAGE).await.form(&format!("Withdraw the invitation of {address}"));
    grace.submit(&form).await
}

/// A browser in which the mailed link was followed.
async fn follow(world: &World, link: &str) -> (Client, View) {
    let browser = world.visitor();
    let view = browser.visit(link).await;
    (browser, view)
}

async fn sign_up(browser: &Client, username: &str) -> View {
    let form = browser.get("/sign-up").await.form("Create account");
    let form = form.fill("Password", PASSWORD).fill("Name", "Ada Marchetti").fill("Username", username);
    browser.submit(&form.choose("region", "us")).await
}

async fn confirm(browser: &Client, code: &str) -> bool {
    let view = browser.get("/sign-up/code").await;
    if view.status != 200 {
        return false;
    }
    let view = browser.submit(&view.form("Confirm address").fill("Code", code)).await;
    view.location().as_deref() == Some("/settings/account")
}

/// The addresses on a page, from top to bottom.
fn listed(view: &View) -> Vec<String> {
    let html = scraper::Html::parse_document(&view.html);
    let addresses = scraper::Selector::parse("[aria-labelledby=open] h3").unwrap();
    html.select(&addresses).map(|address| address.text().collect()).collect()
}

/// What was recorded for the whole instance in this region, the newest first.
fn recorded(world: &World, region: Region) -> Vec<String> {
    let latest = world.region(region).read_now(|db| feed::latest(db, Chain::Instance, 20)).unwrap();
    latest.into_iter().map(|entry| entry.kind).collect()
}

on_both! {
    with |config| config.registration = Registration::Invited;

    async fn an_invited_person_signs_up_with_the_address_that_was_invited(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        assert!(grace.get("/admin/accounts").await.html.contains(PAGE), "the list leads there");
        let empty = grace.get(PAGE).await;
        assert!(empty.has("No open invitations"), "{}", empty.text());
        check_markup(PAGE, &empty.html);

        let sent = invite(&grace, "Ada@Example.com").await;
        assert_eq!(sent.location().as_deref(), Some(PAGE), "{}", sent.text());
        let list = grace.get(PAGE).await;
        assert!(list.has("The invitation is on its way.") && list.has("Ada@example.com"), "{}", list.text());
        assert!(list.has("ends in 14 days"), "{}", list.text());
        check_markup(PAGE, &list.html);

        let link = mailed_path(world, "Ada@example.com", "/invitation/");
        let (ada, form) = follow(world, &link).await;
        assert_eq!((form.status, form.path.as_str()), (200, "/sign-up"), "{}", form.text());
        assert_eq!(form.attribute("#email", "value").as_deref(), Some("Ada@example.com"));
        assert_eq!(sign_up(&ada, "ada-m").await.location().as_deref(), Some("/sign-up/code"));
        assert!(grace.get(PAGE).await.has("Ada@example.com"), "begun is not used");
        assert!(confirm(&ada, &code_of(world, "Ada@example.com")).await);
        assert!(ada.get("/settings/account").await.has("ada-m"));

        assert!(grace.get(PAGE).await.has("No open invitations"), "it was used");
        assert_eq!(follow(world, &link).await.1.status, 404, "once");
        assert!(recorded(world, Region::Eu).contains(&"admission.invited".to_owned()));
        assert!(recorded(world, Region::Us).contains(&"admission.used".to_owned()));
    }

    async fn without_an_invitation_every_address_is_refused_alike(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        invite(&grace, "ada@example.com").await;
        let stranger = world.visitor();
        let closed = stranger.get("/sign-up").await;
        assert!(closed.status == 403 && closed.has("by invitation"), "{}", closed.text());
        let token = stranger.get("/sign-in").await.form("Sign in").value("form_token").to_owned();
        let mut answers = Vec::new();
        for email in ["ada@example.com", "grace-hopper@example.com", "nobody@example.com"] {
            let typed = [("email", email), ("password", PASSWORD), ("name", "Eve"), ("username", "eve-m")];
            let mut fields: Vec<_> = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            fields.push(("region".to_owned(), "eu".to_owned()));
            fields.push(("form_token".to_owned(), token.clone()));
            let view = stranger.post("/sign-up", &fields).await;
            answers.push((view.status, view.text()));
        }
        assert_eq!(answers[0].0, 403);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert!(world.inbox("nobody@example.com").is_empty());
    }

    async fn an_invitation_admits_no_other_address(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        invite(&grace, "ada@example.com").await;
        let (eve, _) = follow(world, &mailed_path(world, "ada@example.com", "/invitation/")).await;
        let mut answers = Vec::new();
        for email in ["grace-hopper@example.com", "nobody@example.com"] {
            let form = eve.get("/sign-up").await.form("Create account").choose("email", email);
            let form = form.fill("Password", PASSWORD).fill("Name", "Eve").fill("Username", "eve-m");
            let view = eve.submit(&form.choose("region", "eu")).await;
            assert!(view.has("for this address and no other") && !view.html.contains(email), "{}", view.text());
            answers.push((view.status, view.text()));
        }
        assert_eq!(answers[0].0, 422);
        assert_eq!(answers[0], answers[1]);
        assert!(world.inbox("nobody@example.com").is_empty());
    }

    async fn a_withdrawn_a_replaced_and_an_expired_link_are_gone(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        invite(&grace, "ada@example.com").await;
        let first = mailed_path(world, "ada@example.com", "/invitation/");
        invite(&grace, "ADA@example.com").await;
        let second = mailed_path(world, "ADA@example.com", "/invitation/");
        assert_eq!(follow(world, &first).await.1.status, 404, "a newer one replaces it");
        assert_eq!(follow(world, &second).await.1.status, 200);

        // Begun with it, not confirmed yet.
        let (ada, _) = follow(world, &second).await;
        sign_up(&ada, "ada-m").await;
        let code = code_of(world, "ADA@example.com");
        let gone = withdraw(&grace, "ADA@example.com").await;
        assert_eq!(gone.location().as_deref(), Some(PAGE), "{}", gone.text());
        assert!(grace.get(PAGE).await.has("Withdrawn. Its link no longer works."));
        assert_eq!(follow(world, &second).await.1.status, 404);
        assert!(!confirm(&ada, &code).await, "what began with it ends with it");
        assert_eq!(ada.visit("/sign-up").await.status, 403, "also in the browser that followed it before");
        assert!(recorded(world, Region::Eu).contains(&"admission.withdrawn".to_owned()));

        invite(&grace, "eve@example.com").await;
        let third = mailed_path(world, "eve@example.com", "/invitation/");
        world.site.clock.advance(days(14).saturating_sub(minutes(1)));
        assert_eq!(follow(world, &third).await.1.status, 200);
        world.site.clock.advance(minutes(1));
        assert_eq!(follow(world, &third).await.1.status, 404, "fourteen days");
        let act = world.act();
        let open = world.site.regions.directory.read_now(|db| invitation::open_ones(db, &act, None, None, 9)).unwrap();
        assert!(open.is_empty(), "nor is it listed");
    }

    async fn open_invitations_are_found_by_address_and_taken_away(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        invite(&grace, "ada@example.com bob@example.com").await;
        let found = grace.get(&format!("{PAGE}?q=ADA%40example.com")).await;
        assert!(found.has("Withdraw the invitation of ada@example.com") && !found.has("bob@"), "{}", found.text());
        check_markup(PAGE, &found.html);
        assert!(grace.get(&format!("{PAGE}?q=kim%40example.com")).await.has("No open invitation of this address"));
        let part = grace.get(&format!("{PAGE}?q=ada")).await;
        assert!(part.has("Type the whole email address."), "{}", part.text());
        check_markup(PAGE, &part.html);
        let rows = async |path: &str| -> Vec<String> {
            let file = grace.get(path).await;
            assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
            let mut table = csv::Reader::from_reader(file.html.as_bytes());
            let mut all: Vec<_> = table.records().map(|row| row.unwrap()[1].to_owned()).collect();
            // Both were made in one instant.
            all.sort_unstable();
            all
        };
        assert_eq!(rows("/admin/accounts/invitations.csv").await, ["ada@example.com", "bob@example.com"]);
        assert_eq!(rows(&found.attribute("a[download]", "href").unwrap()).await, ["ada@example.com"]);
        assert_eq!(grace.get("/admin/accounts/invitations.csv?q=ada").await.status, 400);
        world.site.clock.advance(minutes(11));
        let asked = grace.get("/admin/accounts/invitations.csv").await;
        assert!(asked.location().is_some_and(|to| to.starts_with("/confirm")), "{}", asked.status);
    }

    async fn of_fifty_sign_ups_with_one_invitation_one_is_admitted(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        invite(&grace, "ada@example.com").await;
        let link = mailed_path(world, "ada@example.com", "/invitation/");
        let mut browsers = join_all((0..50).map(|_| follow(world, &link))).await;
        let names: Vec<String> = (0..50).map(|n| format!("ada-{n}-m")).collect();
        let begun = join_all(browsers.iter().zip(&names).map(|((browser, _), name)| sign_up(browser, name))).await;
        assert!(begun.iter().all(|view| [303, 429].contains(&view.status)), "waiting, or too many from one network");

        // An hour later whoever holds the address can have a code, and all try it.
        world.site.clock.advance(hours(1));
        world.site.clock.advance(minutes(1));
        let before = world.inbox("ada@example.com").len();
        join_all(browsers.iter().zip(&begun).filter(|(_, view)| view.status == 303).map(async |((browser, _), _)| {
            browser.submit(&browser.get("/sign-up/code").await.form("Send a new code")).await
        }))
        .await;
        let sent = world.inbox("ada@example.com").len() - before;
        assert!(sent <= 1, "two of them hold the address");
        if sent == 0 {
            // They displaced each other to the last. That uses nothing up: whoever comes next holds it.
            let late = follow(world, &link).await;
            assert_eq!(sign_up(&late.0, "ada-late-m").await.status, 303);
            browsers.push(late);
        }
        let code = code_of(world, "ada@example.com");
        let opened = join_all(browsers.iter().map(|(browser, _)| confirm(browser, &code))).await;
        assert_eq!(opened.iter().filter(|opened| **opened).count(), 1);
        assert_eq!(follow(world, &link).await.1.status, 404);
    }

    async fn each_address_that_cannot_be_invited_comes_back_with_its_reason(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        world.person("bobby");
        let typed = "ada@example.com, bobby@example.com\r\nnot-an-address\u{202E} <eve@example.com>; ADA@example.com";
        let view = invite(&grace, typed).await;
        assert_eq!(view.status, 422);
        assert!(view.has("2 invitations are on their way."), "{}", view.text());
        assert!(view.has("bobby@example.com An account has this address."), "{}", view.text());
        assert!(view.has("not-an-address It is not an address like"), "{}", view.text());
        assert_eq!(view.form("Invite").value("addresses"), "not-an-address\nbobby@example.com");
        check_markup(PAGE, &view.html);
        assert_eq!((world.inbox("ada@example.com").len(), world.inbox("eve@example.com").len()), (1, 1));
        assert!(world.inbox("bobby@example.com").is_empty());

        for _ in 0..4 {
            assert_eq!(invite(&grace, "ada@example.com").await.status, 303);
        }
        let view = invite(&grace, "ada@example.com").await;
        assert!(view.status == 422 && view.has("It had enough mails for now."), "{}", view.text());
        assert_eq!(world.inbox("ada@example.com").len(), 5);

        let many = (0..51).map(|n| format!("person-{n}@example.com")).collect::<Vec<_>>().join(" ");
        let view = invite(&grace, &many).await;
        assert!(view.status == 422 && view.has("at most 50 at once"), "{}", view.text());
        assert_eq!(view.form("Invite").value("addresses"), many, "nothing typed is lost");
        assert!(world.inbox("person-0@example.com").is_empty());
        let view = invite(&grace, " ,;\n").await;
        assert!(view.status == 422 && view.has("Enter the address"), "{}", view.text());
    }

    async fn long_lists_of_invitations_are_read_page_by_page(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        let many = (10..40).map(|n| format!("person-{n}@example.com")).collect::<Vec<_>>().join("\n");
        assert_eq!(invite(&grace, &many).await.status, 303);
        let first = grace.get(PAGE).await;
        let older = grace.get(&first.attribute("[rel=next]", "href").unwrap()).await;
        assert!(older.attribute("[rel=next]", "href").is_none());
        let mut listed = [listed(&first), listed(&older)].concat();
        assert_eq!(listed.len(), 30);
        listed.sort();
        assert_eq!(listed.join("\n"), many);
        assert_eq!(grace.get(&format!("{PAGE}?before=nonsense")).await.status, 400);
    }

    async fn inviting_asks_who_it_is_and_only_administrators_may(world: World) {
        let (grace, _) = administrator(world, "grace-hopper").await;
        invite(&grace, "ada@example.com").await;
        let page = grace.get(PAGE).await;
        let (form, take) = (page.form("Invite"), page.form("Withdraw the invitation of ada@example.com"));
        world.site.clock.advance(minutes(11));
        let to = grace.get(PAGE).await.location().unwrap_or_default();
        assert!(to.starts_with("/confirm?deed=invite+people+to+sign+up"), "{to}");
        for form in [form.fill("Email addresses", "eve@example.com"), take] {
            let asked = grace.submit(&form).await;
            assert!(asked.status == 403 && asked.has("Confirm it is you to invite people to sign up"), "{}", asked.text());
        }
        assert!(world.inbox("eve@example.com").is_empty());

        let ada = world.signed_in(&world.person("ada-marchetti")).await;
        assert_eq!(ada.get(PAGE).await.status, 404);
        assert_eq!(ada.request(Method::HEAD, PAGE).send().await.unwrap().status(), 404);
        let token = ada.get("/settings/account").await.form("Sign out").value("form_token").to_owned();
        let fields = |name: &str| vec![("form_token".to_owned(), token.clone()), (name.to_owned(), "x@example.com".to_owned())];
        assert_eq!(ada.post(PAGE, &fields("addresses")).await.status, 404);
        assert_eq!(ada.post(&format!("{PAGE}/withdraw"), &fields("invitation")).await.status, 404);
    }
}

/// Where everybody may sign up an invitation is no use, where nobody may it does not help: the page says so.
#[actix_web::test]
async fn the_page_says_what_an_invitation_is_worth_here() {
    let with = |registration| World::spawn_with(Backend::Sqlite, |config| config.registration = registration);
    let world = with(Registration::Open).unwrap();
    let (grace, _) = administrator(&world, "grace-hopper").await;
    assert!(!grace.get("/admin/accounts").await.html.contains(PAGE), "the list does not lead there");
    assert!(grace.get(PAGE).await.has("Sign-up is open on this instance"));
    assert_eq!(invite(&grace, "ada@example.com").await.status, 303);
    let (ada, _) = follow(&world, &mailed_path(&world, "ada@example.com", "/invitation/")).await;
    sign_up(&ada, "ada-m").await;
    withdraw(&grace, "ada@example.com").await;
    assert!(confirm(&ada, &code_of(&world, "ada@example.com")).await, "anybody may sign up here");

    let world = with(Registration::Closed).unwrap();
    let (grace, _) = administrator(&world, "grace-hopper").await;
    let page = grace.get(PAGE).await;
    assert!(page.has("Sign-up is closed on this instance") && !page.html.contains("<textarea"), "{}", page.text());
    let token = page.form("Sign out").value("form_token").to_owned();
    let fields = [("form_token", token.as_str()), ("addresses", "ada@example.com")];
    let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(grace.post(PAGE, &fields).await.status, 403);
    assert!(world.inbox("ada@example.com").is_empty());
}
