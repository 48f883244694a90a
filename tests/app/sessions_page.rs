//! `/settings/sessions`: who is signed in as you, and ending it.

use keystead::activity::{self, Event, Refused};
use keystead::kernel::origin::Origin;

use crate::on_both;
use crate::support::client::{Client, View};

const PAGE: &str = "/settings/sessions";

/// The ids of the sessions that can be ended on this page.
fn others(page: &View) -> Vec<String> {
    let html = scraper::Html::parse_document(&page.html);
    let buttons = scraper::Selector::parse("button[name=session]").unwrap();
    html.select(&buttons).map(|button| button.value().attr("value").unwrap().to_owned()).collect()
}

async fn end(browser: &Client, session: &str) -> View {
    let token = browser.get(PAGE).await.form("Sign out").value("form_token").to_owned();
    let fields = [("form_token".to_owned(), token), ("session".to_owned(), session.to_owned())];
    browser.post("/settings/sessions/end", &fields).await
}

on_both! {
    async fn every_browser_is_listed_and_this_one_is_marked(world: World) {
        let ada = world.person("ada-marchetti");
        let (_phone, browser) = (world.signed_in(&ada).await, world.signed_in(&ada).await);
        let page = browser.get(PAGE).await;
        assert!(page.text_of(".items li").contains("Firefox on Ubuntu This browser"));
        assert!(page.has("127.0.0.1") && page.has("End the other one"));
        assert_eq!(others(&page).len(), 1);
        assert!(page.text_of("table").contains("Signed in"));
    }

    async fn a_stranger_who_tries_and_tries_pushes_nothing_off_the_list(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let id = world.id_of(&ada.username);
        for (address, reason) in [("203.0.113.7", Refused::WrongPassword); 24].into_iter().chain([("198.51.100.9", Refused::TooManyTries)]) {
            let origin = Origin { address: address.parse().ok(), ..Origin::default() };
            let (act, event) = (world.site.act(origin), Event::SignInFailed { reason });
            world.in_europe(|db| activity::record(db, &act, id.personal_workspace(), None, &event));
        }
        let page = browser.get(PAGE).await;
        assert!(page.has("Failed sign-in, 25 times") && page.has("last from 198.51.100.9"), "{}", page.text());
        assert!(page.text_of("table").contains("Signed in"), "what was before is still there");
        assert!(!page.has("203.0.113.7"));
        // Another event parts one run from the next, and one alone is no run.
        let again = world.signed_in(&ada).await;
        let (act, event) = (world.act(), Event::SignInFailed { reason: Refused::WrongPassword });
        world.in_europe(|db| activity::record(db, &act, id.personal_workspace(), None, &event));
        let list = again.get(PAGE).await.text_of("tbody");
        assert_eq!((list.matches("Failed sign-in").count(), list.matches("times").count()), (2, 1), "{list}");
    }

    async fn an_ended_session_is_refused_at_its_next_request(world: World) {
        let ada = world.person("ada-marchetti");
        let (phone, browser) = (world.signed_in(&ada).await, world.signed_in(&ada).await);
        let ended = end(&browser, &others(&browser.get(PAGE).await)[0]).await;
        let page = browser.follow(ended).await;
        assert!(page.has("Firefox on Ubuntu has been signed out.") && page.has("Session ended"));
        assert_eq!(phone.get(PAGE).await.status, 303);
        assert_eq!(others(&browser.get(PAGE).await).len(), 0);
        assert!(!world.inbox(&ada.email).is_empty());
    }

    async fn all_others_end_at_once(world: World) {
        let ada = world.person("ada-marchetti");
        let mut there = Vec::new();
        for _ in 0..3 {
            there.push(world.signed_in(&ada).await);
        }
        let browser = world.signed_in(&ada).await;
        let ended = browser.submit(&browser.get(PAGE).await.form("End the 3 others")).await;
        assert!(browser.follow(ended).await.has("The 3 other sessions have ended."));
        for other in there {
            assert_eq!(other.get(PAGE).await.status, 303);
        }
    }

    async fn a_session_of_another_person_cannot_be_ended_nor_told_from_none(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        let of_ada = world.signed_in(&ada).await;
        let (eves, second) = (world.signed_in(&eve).await, world.signed_in(&eve).await);
        let foreign = others(&eves.get(PAGE).await)[0].clone();
        assert_eq!(end(&of_ada, &foreign).await.status, 404);
        for nothing in ["", "x", "0191b7f0-0000-7000-8000-000000000000"] {
            assert_eq!(end(&of_ada, nothing).await.status, 404);
        }
        assert_eq!(second.get(PAGE).await.status, 200);
    }

    async fn a_browser_of_another_person_cannot_be_distrusted(world: World) {
        let browser = world.signed_in(&world.person("ada-marchetti")).await;
        let token = browser.get(PAGE).await.form("Sign out").value("form_token").to_owned();
        let fields = [
            ("form_token".to_owned(), token),
            ("browser".to_owned(), "0191b7f0-0000-7000-8000-000000000000".to_owned()),
        ];
        assert_eq!(browser.post("/settings/mfa/trusted", &fields).await.status, 404);
    }
}
