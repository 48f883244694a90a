//! `/forgot-password` and `/reset`: back in after the password is forgotten, for the owner and nobody else.

use futures_util::future::join_all;
use keystead::kernel::time::{minutes, seconds};
use keystead::sessions::account::Status;
use reqwest::Method;

use crate::on_both;
use crate::sign_in_page::put;
use crate::sign_up_page::sign_up;
use crate::support::client::{Client, View};
use crate::support::people::{PASSWORD, Person, mailed_path, set_up_authenticator};
use crate::support::world::World;

const NEW: &str = "quiet arches carry the weight";

async fn ask(browser: &Client, address: &str) -> View {
    let form = browser.get("/forgot-password").await.form("Send the link");
    browser.submit(&form.fill("Email", address)).await
}

/// Asks, and reads the mail.
async fn link_for(world: &World, person: &Person) -> String {
    ask(&world.visitor(), &person.email).await;
    mailed_path(world, &person.email, "/reset/")
}

/// A browser in which the link was followed.
async fn following(world: &World, link: &str) -> Client {
    let browser = world.visitor();
    let view = browser.get(link).await;
    assert_eq!((view.status, view.location().as_deref()), (303, Some("/reset")));
    browser
}

async fn choose(browser: &Client, password: &str, code: &str) -> View {
    let view = browser.get("/reset").await;
    if view.status != 200 {
        return view;
    }
    let form = view.form("Change password").fill("New password", password).fill("New password again", password);
    browser.submit(&form.choose("code", code)).await
}

async fn sign_in(world: &World, person: &Person, password: &str) -> Option<String> {
    let browser = world.visitor();
    let form = browser.get("/sign-in").await.form("Sign in").fill("Email or username", &person.email);
    browser.submit(&form.fill("Password", password)).await.location()
}

fn is_changed(view: &View) -> bool {
    view.location().as_deref() == Some("/sign-in")
}

fn links_in(world: &World, address: &str) -> usize {
    world.inbox(address).iter().filter(|mail| mail.text.contains("/reset/")).count()
}

on_both! {
    async fn asking_tells_nobody_whose_address_it_is(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bobby"), world.person("evelyn"));
        put(world, &bob.username, Status::Suspended);
        put(world, &eve.username, Status::Closing);
        sign_up(&world.visitor(), "fresh", "fresh@example.com").await;
        let addresses = [&ada.email, &bob.email, &eve.email, "fresh@example.com", "nobody@example.com"];
        let mut answers = Vec::new();
        for address in addresses {
            let view = ask(&world.visitor(), address).await;
            answers.push((view.status, view.text().replace(address, "…")));
        }
        assert_eq!(answers[0].0, 200);
        assert!(answers[0].1.contains("If this address has an account"), "{}", answers[0].1);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        assert_eq!(addresses.map(|address| links_in(world, address)), [1, 0, 0, 0, 0]);
    }

    async fn nobody_is_flooded_and_the_answer_stays_the_same(world: World) {
        let ada = world.person("ada-m");
        let mut answers = Vec::new();
        for address in [&ada.email, "nobody@example.com"] {
            for _ in 0..8 {
                let view = ask(&world.visitor(), address).await;
                answers.push((view.status, view.text().replace(address, "…")));
            }
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        assert_eq!(links_in(world, &ada.email), 5);
        world.site.clock.advance(minutes(61));
        ask(&world.visitor(), &ada.email).await;
        assert_eq!(links_in(world, &ada.email), 6);
        for n in 0..100 {
            ask(&world.visitor(), &format!("nobody-{n}@example.com")).await;
        }
        let view = ask(&world.visitor(), &ada.email).await;
        assert!(view.status == 429 && view.has("too many tries from your network"), "{}", view.text());
    }

    async fn a_link_changes_the_password_once_and_signs_nobody_in(world: World) {
        let ada = world.person("ada-m");
        let (here, there) = (world.signed_in(&ada).await, world.signed_in(&ada).await);
        let link = link_for(world, &ada).await;

        // Following it carries the token into a cookie that no script reads, and changes nothing, however often.
        let browser = world.visitor();
        let token = link.rsplit('/').next().unwrap();
        for _ in 0..3 {
            let view = browser.get(&link).await;
            assert_eq!(view.location().as_deref(), Some("/reset"), "the address is cleaned");
            let cookie = view.headers["set-cookie"].to_str().unwrap();
            assert!(cookie.contains(token) && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            assert_eq!(view.headers["cache-control"], "no-store");
            for method in [Method::HEAD, Method::GET] {
                assert_eq!(browser.request(method, "/reset").send().await.unwrap().status(), 200);
            }
        }
        assert!(!browser.get("/reset").await.html.contains(token));
        assert_eq!(there.get("/settings/account").await.status, 200, "looking acts on nothing");
        assert_eq!(sign_in(world, &ada, PASSWORD).await.as_deref(), Some("/settings/account"));

        let view = choose(&browser, NEW, "").await;
        assert!(is_changed(&view), "{}", view.text());
        assert_eq!(browser.get("/settings/account").await.status, 303, "nobody is signed in by it");
        assert!(browser.get("/sign-in").await.has("Your password was changed. Sign in with the new one."));
        for session in [&here, &there] {
            assert_eq!(session.get("/settings/account").await.status, 303, "every session has ended");
        }
        assert_eq!(sign_in(world, &ada, PASSWORD).await, None);
        assert_eq!(sign_in(world, &ada, NEW).await.as_deref(), Some("/settings/account"));
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.to_lowercase().contains("password")
            && !mail.text.contains("/reset/")), "the owner is told");

        let again = following(world, &link).await;
        let gone = again.get("/reset").await;
        assert!(gone.status == 404 && gone.has("This link no longer works"), "{}", gone.text());
        gone_leads_on(&gone);
    }

    async fn a_form_that_was_open_meanwhile_is_refused_when_the_link_was_used(world: World) {
        let ada = world.person("ada-m");
        let link = link_for(world, &ada).await;
        let (first, second) = (following(world, &link).await, following(world, &link).await);
        let form = second.get("/reset").await.form("Change password");
        assert!(is_changed(&choose(&first, NEW, "").await));
        let late = "another eight brass kettles";
        let view = second.submit(&form.fill("New password", late).fill("New password again", late)).await;
        assert_eq!(view.status, 404, "{}", view.text());
        assert_eq!(sign_in(world, &ada, late).await, None);
    }

    async fn a_link_is_good_for_ten_minutes_and_until_the_next(world: World) {
        let ada = world.person("ada-m");
        let browser = following(world, &link_for(world, &ada).await).await;
        world.site.clock.advance(minutes(10).saturating_sub(seconds(1)));
        let form = browser.get("/reset").await.form("Change password");
        world.site.clock.advance(seconds(1));
        assert_eq!(browser.get("/reset").await.status, 404);
        let view = browser.submit(&form.fill("New password", NEW).fill("New password again", NEW)).await;
        assert_eq!(view.status, 404, "{}", view.text());

        let older = following(world, &link_for(world, &ada).await).await;
        let newer = following(world, &link_for(world, &ada).await).await;
        assert_eq!(older.get("/reset").await.status, 404);
        assert!(is_changed(&choose(&newer, NEW, "").await));
        assert_eq!(sign_in(world, &ada, PASSWORD).await, None);
    }

    async fn the_second_factor_is_asked_for_all_the_same(world: World) {
        let ada = world.person("ada-m");
        let owner = world.signed_in(&ada).await;
        let (secret, codes) = set_up_authenticator(world, &owner).await;
        world.site.clock.advance(minutes(1));
        let browser = following(world, &link_for(world, &ada).await).await;
        for (code, words) in [("", "Enter the code your app shows"), ("000000", "wrong or was used before")] {
            let view = choose(&browser, NEW, code).await;
            assert!(view.status == 422 && view.has(words), "{}", view.text());
            assert!(!view.html.contains(NEW), "a password is typed anew");
        }
        assert_eq!(owner.get("/settings/account").await.status, 200, "a wrong code changes nothing and keeps the link");
        assert!(is_changed(&choose(&browser, NEW, &secret.code_at(world.site.clock.now())).await));
        assert_eq!(owner.get("/settings/account").await.status, 303);
        assert_eq!(sign_in(world, &ada, NEW).await.as_deref(), Some("/sign-in/code"), "and at the next sign-in too");

        let browser = following(world, &link_for(world, &ada).await).await;
        assert!(is_changed(&choose(&browser, "nine iron lanterns by the sea", &codes[0]).await));
        let browser = following(world, &link_for(world, &ada).await).await;
        assert_eq!(choose(&browser, NEW, &codes[0]).await.status, 422, "a recovery code counts once");
    }

    async fn of_fifty_uses_of_one_link_one_succeeds(world: World) {
        let ada = world.person("ada-m");
        let browser = following(world, &link_for(world, &ada).await).await;
        let form = browser.get("/reset").await.form("Change password");
        let new = |n: usize| format!("{n} quiet arches carry the weight");
        let uses = (0..50).map(|n| {
            let form = form.clone().fill("New password", &new(n)).fill("New password again", &new(n));
            let browser = &browser;
            async move { browser.submit(&form).await }
        });
        let answers = join_all(uses).await;
        assert_eq!(world.inbox(&ada.email).len(), 2, "one link, one word that it was done");
        let won: Vec<usize> = (0..50).filter(|n| is_changed(&answers[*n])).collect();
        assert_eq!(won.len(), 1);
        assert!(answers.iter().all(|view| [303, 404].contains(&view.status)), "{:?}", answers[0].status);
        assert_eq!(sign_in(world, &ada, &new(won[0])).await.as_deref(), Some("/settings/account"));
        assert_eq!(sign_in(world, &ada, &new((won[0] + 1) % 50)).await, None);
    }

    async fn the_link_is_made_from_the_configured_address_whatever_the_request_claims(world: World) {
        let ada = world.person("ada-m");
        let browser = world.visitor();
        let token = browser.get("/forgot-password").await.form("Send the link").value("form_token").to_owned();
        let fields = [("email", ada.email.as_str()), ("form_token", token.as_str())];
        let request = browser.request(Method::POST, "/forgot-password").form(&fields);
        let request = request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
        let request = request.header("x-forwarded-proto", "https").header("forwarded", "host=evil.example");
        let view = View::of(request.send().await.unwrap()).await;
        assert_eq!(view.status, 200, "unknown names are answered: {}", view.text());
        assert!(!view.html.contains("evil.example"));
        let mails = world.inbox(&ada.email);
        let mail = mails.last().unwrap();
        assert!(mail.text.contains(&format!("{}/reset/", world.base())), "{}", mail.text);
        assert!(!mail.text.contains("evil.example") && !mail.html.contains("evil.example"));
    }

    async fn a_password_that_is_easy_to_guess_is_refused_and_the_link_stays_good(world: World) {
        let ada = world.person("ada-m");
        let browser = following(world, &link_for(world, &ada).await).await;
        for weak in ["short", "ada-m@example.com", "passwordpassword"] {
            assert_eq!(choose(&browser, weak, "").await.status, 422, "{weak}");
        }
        let form = browser.get("/reset").await.form("Change password").fill("New password", NEW);
        let view = browser.submit(&form.fill("New password again", PASSWORD)).await;
        assert!(view.status == 422 && view.has("The two do not match."), "{}", view.text());
        assert!(is_changed(&choose(&browser, NEW, "").await));
    }

    async fn links_that_were_never_ours_lead_to_the_same_page(world: World) {
        let ada = world.person("ada-m");
        let link = link_for(world, &ada).await;
        let wrong = format!("{}A", &link[..link.len() - 1]);
        for link in [wrong.as_str(), "/reset/x", "/reset/%00", "/reset/%ff%fe", &format!("/reset/{}", "a".repeat(9_000))] {
            let browser = world.visitor();
            let view = browser.visit(link).await;
            assert!(view.status == 404 && view.has("This link no longer works"), "{link} {} {}", view.status, view.text());
        }
        put(world, &ada.username, Status::Suspended);
        assert_eq!(world.visitor().visit(&link).await.status, 404, "suspended meanwhile");
    }
}

fn gone_leads_on(gone: &View) {
    assert!(gone.html.contains("href=\"/forgot-password\""), "{}", gone.html);
}
