//! What stays in a browser, and of its session, when somebody leaves or somebody else sits down.

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::people::{PASSWORD, Person, set_up_authenticator, sign_in};

fn cookie(view: &View) -> String {
    let sent = view.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned());
    let mut own: Vec<String> = sent.filter(|cookie| cookie.starts_with("keystead=")).collect();
    own.pop().unwrap_or_else(|| panic!("no cookie from {}", view.path))
}

async fn sign_in_remembered(browser: &Client, person: &Person) -> View {
    let form = browser.get("/sign-in").await.form("Sign in").choose("remember", "yes");
    browser.submit(&form.fill("Email or username", &person.username).fill("Password", PASSWORD)).await
}

/// How many sessions the owner sees.
async fn listed(browser: &Client) -> usize {
    browser.get("/settings/sessions").await.text().matches("First seen ").count()
}

on_both! {
    async fn a_browser_that_is_closed_forgets_unless_it_was_told_to_remember(world: World) {
        let ada = world.person("ada-marchetti");
        let visitor = world.visitor();
        assert!(!cookie(&visitor.get("/sign-in").await).contains("Max-Age"));
        let inside = cookie(&sign_in(&visitor, &ada).await);
        assert!(!inside.contains("Max-Age") && !inside.contains("Expires"), "{inside}");

        let home = world.visitor();
        let inside = cookie(&sign_in_remembered(&home, &ada).await);
        assert!(inside.contains("; Max-Age=2592000"), "{inside}");
        let form = home.get("/settings/account").await.form("Save changes");
        let fields: Vec<_> = form.fields.iter().filter(|(name, _)| name != "photo").cloned().collect();
        let parts = fields.into_iter().fold(reqwest::multipart::Form::new(), |parts, (name, value)| parts.text(name, value));
        let saved = home.request(reqwest::Method::POST, "/settings/account").multipart(parts).send().await.unwrap();
        let saved = View::of(saved).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        assert!(cookie(&saved).contains("; Max-Age=2592000"), "it is still remembered after a sentence was kept for it");
        assert_eq!(home.get("/settings/account").await.status, 200);
        let left = home.submit(&home.get("/settings/account").await.form("Sign out")).await;
        assert!(!cookie(&left).contains("Max-Age=2592000"), "{}", cookie(&left));
    }

    async fn what_the_browser_kept_of_our_answers_goes_with_whoever_leaves(world: World) {
        let ada = world.person("ada-marchetti");
        let browser = world.signed_in(&ada).await;
        let left = browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
        assert_eq!(left.headers["clear-site-data"], "\"cache\"");
        let browser = world.signed_in(&ada).await;
        let form = browser.get("/settings/account/delete").await.form("Delete account");
        let closed = browser.submit(&form.choose("confirm", &ada.username)).await;
        assert_eq!(closed.location().as_deref(), Some("/farewell"), "{}", closed.text());
        assert_eq!(closed.headers["clear-site-data"], "\"cache\"");
    }

    async fn a_session_whose_browser_somebody_else_takes_over_ends(world: World) {
        let (ada, eve) = (world.person("ada-marchetti"), world.person("eve-adler"));
        set_up_authenticator(world, &world.signed_in(&eve).await).await;
        let own = world.signed_in(&ada).await;
        let shared = world.signed_in(&ada).await;
        assert_eq!(listed(&own).await, 2);
        assert_eq!(sign_in_once_more(&shared, &eve).await.location().as_deref(), Some("/sign-in/code"));
        assert_eq!(listed(&own).await, 1, "a second factor is still wanted, but Ada's session is over");

        let shared = world.signed_in(&ada).await;
        assert_eq!(listed(&own).await, 2);
        let token = shared.get("/settings/account").await.form("Sign out").value("form_token").to_owned();
        let typed = [("form_token", token.as_str()), ("email", "noor@example.com"), ("password", PASSWORD), ("region", "eu")];
        let typed = typed.iter().chain(&[("username", "noor-haddad"), ("name", "Noor Haddad")]);
        let typed: Vec<_> = typed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let waiting = shared.post("/sign-up", &typed).await;
        assert_eq!(waiting.location().as_deref(), Some("/sign-up/code"), "{}", waiting.text());
        assert_eq!(listed(&own).await, 1);
    }
}

/// Somebody signed in is led past the sign-in page, so its form is sent by hand.
async fn sign_in_once_more(browser: &Client, person: &Person) -> View {
    let token = browser.get("/settings/account").await.form("Sign out").value("form_token").to_owned();
    let fields = [("form_token", token.as_str()), ("login", &person.username), ("password", PASSWORD)];
    let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    browser.post("/sign-in", &fields).await
}
