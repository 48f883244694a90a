//! `/sign-in`: who is let in, who is not, and that nobody else can tell why.

use keystead::crypto::password::{Hasher, Params, Password};
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::{hours, minutes, seconds};
use keystead::regions::directory;
use keystead::sessions::account::Status;
use keystead::sessions::credential;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::people::{PASSWORD, set_up_authenticator};
use crate::support::world::World;

const WRONG: &str = "not their password at all";

async fn sign_in(browser: &Client, login: &str, password: &str) -> View {
    let form = browser.get("/sign-in").await.form("Sign in");
    browser.submit(&form.fill("Email or username", login).fill("Password", password)).await
}

async fn with_code(browser: &Client, code: &str) -> View {
    let form = browser.get("/sign-in/code").await.form("Sign in");
    browser.submit(&form.fill("One-time code", code)).await
}

fn is_in(view: &View) -> bool {
    view.location().as_deref() == Some("/settings/account")
}

fn id_of(world: &World, username: &str) -> AccountId {
    world.site.regions.directory.read_now(|db| directory::by_name(db, username)).unwrap().unwrap().owner_id
}

pub fn put(world: &World, username: &str, status: Status) {
    use diesel::prelude::*;
    use keystead::db::schema::accounts;
    world
        .region(Region::Eu)
        .write_now(|db| {
            diesel::update(accounts::table.filter(accounts::username.eq(username)))
                .set(accounts::status.eq(status))
                .execute(db)
        })
        .unwrap();
}

on_both! {
    async fn every_refusal_reads_the_same(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bobby"), world.person("evelyn"));
        put(world, &bob.username, Status::Suspended);
        put(world, &eve.username, Status::Closing);
        let mut answers = vec![
            ("unknown name", sign_in(&world.visitor(), "nobody-here", PASSWORD).await),
            ("unknown address", sign_in(&world.visitor(), "nobody@example.com", PASSWORD).await),
            ("not a name", sign_in(&world.visitor(), "??", PASSWORD).await),
            ("wrong", sign_in(&world.visitor(), &ada.username, WRONG).await),
            ("suspended", sign_in(&world.visitor(), &bob.username, PASSWORD).await),
            ("closing", sign_in(&world.visitor(), &eve.email, PASSWORD).await),
        ];
        for _ in 0..10 {
            sign_in(&world.visitor(), &ada.username, WRONG).await;
        }
        answers.push(("locked, right password", sign_in(&world.visitor(), &ada.username, PASSWORD).await));
        let logins = ["nobody-here", "nobody@example.com", "??", "ada-m", "bobby", "evelyn@example.com"];
        let words = |view: &View| {
            let form = view.form("Sign in");
            assert!(logins.contains(&form.value("login")) && form.value("password").is_empty());
            (view.status, view.text())
        };
        let first = words(&answers[0].1);
        assert_eq!(first.0, 422);
        for (what, view) in &answers {
            assert_eq!(words(view), first, "{what}");
        }
    }

    async fn a_browser_that_was_here_before_is_not_locked_out_by_strangers(world: World) {
        let ada = world.person("ada-m");
        let known = world.signed_in(&ada).await;
        for _ in 0..15 {
            sign_in(&world.visitor(), &ada.username, WRONG).await;
        }
        assert!(!is_in(&sign_in(&world.visitor(), &ada.username, PASSWORD).await));
        known.submit(&known.get("/settings/account").await.form("Sign out")).await;
        assert!(is_in(&sign_in(&known, &ada.username, PASSWORD).await));
        world.site.clock.advance(minutes(16));
        assert!(is_in(&sign_in(&world.visitor(), &ada.username, PASSWORD).await));
    }

    async fn a_network_that_tries_too_often_is_told_to_wait(world: World) {
        let ada = world.person("ada-m");
        let mut last = None;
        for n in 0..101 {
            // A good sign-in in between does not reset the network's count.
            let name = if n == 50 { ada.username.clone() } else { format!("guess-{n}") };
            last = Some(sign_in(&world.visitor(), &name, PASSWORD).await);
        }
        let view = last.unwrap();
        assert_eq!(view.status, 429);
        assert!(view.has("too many tries from your network"));
        assert!(view.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    }

    async fn a_new_browser_is_told_to_the_owner_once(world: World) {
        let ada = world.person("ada-m");
        let browser = world.signed_in(&ada).await;
        assert_eq!(world.inbox(&ada.email).len(), 1);
        browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
        sign_in(&browser, &ada.username, PASSWORD).await;
        assert_eq!(world.inbox(&ada.email).len(), 1);
    }

    async fn after_signing_in_one_goes_where_one_was_going_and_nowhere_else(world: World) {
        let ada = world.person("ada-m");
        let browser = world.visitor();
        let away = browser.get("/settings/billing?month=2026-10").await.location().unwrap();
        let form = browser.get(&away).await.form("Sign in").fill("Email or username", "ada-m").fill("Password", PASSWORD);
        assert_eq!(browser.submit(&form).await.location().as_deref(), Some("/settings/billing?month=2026-10"));
        for bad in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
            let browser = world.visitor();
            let form = browser.get(&format!("/sign-in?return_to={bad}")).await.form("Sign in");
            let view = browser.submit(&form.fill("Email or username", &ada.username).fill("Password", PASSWORD)).await;
            assert!(is_in(&view), "{bad}: {:?}", view.location());
        }
    }

    async fn a_session_lasts_twelve_hours_and_a_remembered_one_thirty_days(world: World) {
        let ada = world.person("ada-m");
        let (short, long) = (world.signed_in(&ada).await, world.visitor());
        let form = long.get("/sign-in").await.form("Sign in").choose("remember", "yes");
        long.submit(&form.fill("Email or username", &ada.username).fill("Password", PASSWORD)).await;
        world.site.clock.advance(hours(13));
        assert_eq!(short.get("/settings/account").await.status, 303);
        assert_eq!(long.get("/settings/account").await.status, 200);
        world.site.clock.advance(hours(24 * 30));
        assert_eq!(long.get("/settings/account").await.status, 303);
    }

    async fn the_session_changes_its_cookie_at_sign_in(world: World) {
        let ada = world.person("ada-m");
        let browser = world.visitor();
        let before = browser.get("/sign-in").await;
        let planted = before.headers["set-cookie"].to_str().unwrap().to_owned();
        let view = sign_in(&browser, &ada.username, PASSWORD).await;
        let cookies: Vec<_> = view.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with("keystead=")).unwrap();
        assert_ne!(session.split(';').next(), planted.split(';').next());
        for cookie in &cookies {
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
        }
    }

    async fn with_an_authenticator_the_password_alone_opens_nothing(world: World) {
        let ada = world.person("ada-m");
        let owner = world.signed_in(&ada).await;
        let (secret, codes) = set_up_authenticator(world, &owner).await;
        let browser = world.visitor();
        let half = sign_in(&browser, &ada.username, PASSWORD).await;
        assert_eq!(half.location().as_deref(), Some("/sign-in/code"));
        assert_eq!(browser.get("/settings/account").await.status, 303);
        assert!(with_code(&browser, "000000").await.has("wrong or was used before"));
        // The code that set it up was used; the next one is good, once.
        world.site.clock.advance(minutes(1));
        let code = secret.code_at(world.site.clock.now());
        assert!(is_in(&with_code(&browser, &code).await));
        let second = world.visitor();
        sign_in(&second, &ada.username, PASSWORD).await;
        assert!(with_code(&second, &code).await.has("wrong or was used before"));
        assert!(is_in(&with_code(&second, &codes[0].to_uppercase()).await));
        let third = world.visitor();
        sign_in(&third, &ada.username, PASSWORD).await;
        assert!(with_code(&third, &codes[0]).await.has("wrong or was used before"));
        assert!(world.inbox(&ada.email).iter().any(|mail| mail.subject.to_lowercase().contains("recovery code")));
        world.site.clock.advance(minutes(11));
        let late = with_code(&third, &codes[1]).await;
        assert_eq!(late.location().as_deref(), Some("/sign-in"));
    }

    async fn a_trusted_browser_skips_the_code_for_thirty_days(world: World) {
        let ada = world.person("ada-m");
        let (secret, _) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let browser = world.visitor();
        sign_in(&browser, &ada.username, PASSWORD).await;
        world.site.clock.advance(minutes(1));
        let form = browser.get("/sign-in/code").await.form("Sign in").choose("trust", "yes");
        let form = form.fill("One-time code", &secret.code_at(world.site.clock.now()));
        assert!(is_in(&browser.submit(&form).await));
        browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
        assert!(is_in(&sign_in(&browser, &ada.username, PASSWORD).await));
        world.site.clock.advance(hours(24 * 30));
        let again = sign_in(&browser, &ada.username, PASSWORD).await;
        assert_eq!(again.location().as_deref(), Some("/sign-in/code"));
    }

    async fn fifty_uses_of_one_one_time_code_open_one_session(world: World) {
        let ada = world.person("ada-m");
        let (secret, _) = set_up_authenticator(world, &world.signed_in(&ada).await).await;
        let browser = world.visitor();
        sign_in(&browser, &ada.username, PASSWORD).await;
        world.site.clock.advance(minutes(1));
        let form = browser.get("/sign-in/code").await.form("Sign in");
        let form = form.fill("One-time code", &secret.code_at(world.site.clock.now()));
        let answers = futures_util::future::join_all((0..50).map(|_| browser.submit(&form))).await;
        assert_eq!(answers.iter().filter(|view| is_in(view)).count(), 1);
        assert!(answers.iter().all(|view| view.status < 500));
    }

    async fn a_password_hashed_another_way_is_hashed_anew_at_sign_in(world: World) {
        let ada = world.person("ada-m");
        let (act, id) = (world.act(), id_of(world, "ada-m"));
        let stored = || world.region(Region::Eu).read_now(|db| credential::password_hash(db, id)).unwrap().unwrap();
        let old = Hasher::new(Params { memory: 128, passes: 2, lanes: 1 }, 1, seconds(1));
        let old = old.hash_blocking(&world.site.chance, &Password::from_typed(PASSWORD));
        world.region(Region::Eu).write_now(|db| credential::store_password(db, &act, id, &old)).unwrap();

        assert!(!is_in(&sign_in(&world.visitor(), "ada-m", WRONG).await));
        assert!(stored() == old, "a wrong password stores nothing");
        assert!(is_in(&sign_in(&world.visitor(), "ada-m", PASSWORD).await));
        let new = stored();
        assert!(new != old, "hashed as passwords are hashed today");
        let verified = world.site.hasher.verify(Password::from_typed(PASSWORD), Some(new.clone())).await.unwrap();
        assert!(verified.matches && !verified.is_outdated);
        assert!(is_in(&sign_in(&world.visitor(), &ada.email, PASSWORD).await));
        assert!(stored() == new, "and not every time");
    }

    async fn a_form_left_behind_comes_back_filled_and_unsaved(world: World) {
        let ada = world.person("ada-m");
        let browser = world.signed_in(&ada).await;
        let form = browser.get("/settings/account").await.form("Save changes").fill("name", "Ada Ōhashi \"the\" <first>");
        world.site.clock.advance(hours(13));
        let door = browser.submit(&form).await;
        assert_eq!(door.status, 403);
        assert!(door.has("You were signed out meanwhile"));
        let door = door.form("Sign in").fill("Email or username", &ada.username).fill("Password", PASSWORD);
        let inside = browser.submit(&door).await;
        assert_eq!(inside.status, 200, "{}", inside.text());
        let back = browser.submit(&inside.form("Go back to your form")).await;
        assert!(back.status == 200 && back.html.contains("Ada Ōhashi &#34;the&#34; &#60;first&#62;"), "{} {}", back.status, back.text());
        assert!(!browser.get("/settings/account").await.has("Ōhashi"));
    }
}
