//! How the platform's own pages learn who is there: by asking about a session, or by a reverse proxy that asks for them.

use keystead::access::Role;
use keystead::kernel::region::Region;
use keystead::kernel::time::{days, hours, minutes};
use keystead::regions::service_tokens::{self, Allowed};
use keystead::sessions::session::{self, NewSession, SessionKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::people::{Person, set_up_authenticator, sign_in};
use crate::support::world::World;

const INTROSPECT: &str = "/platform/v1/sessions/introspect";
const VERIFY: &str = "/auth/verify";

fn token(world: &World, allows: &[Allowed]) -> String {
    let act = world.act();
    world.site.regions.directory.write_now(|db| service_tokens::create(db, &act, "pages", allows)).unwrap().reveal()
}

async fn ask(world: &World, token: &str, session: &str) -> Value {
    let request = world.visitor().request(Method::POST, INTROSPECT).bearer_auth(token);
    let view = View::of(request.json(&json!({ "session": session })).send().await.unwrap()).await;
    assert_eq!(view.status, 200, "{}", view.html);
    serde_json::from_str(&view.html).unwrap()
}

/// The value of the session's cookie as the answer of signing in set it.
async fn cookie(world: &World, person: &Person) -> (Client, String) {
    let browser = world.visitor();
    let view = sign_in(&browser, person).await;
    let sent = view.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let value = sent.filter_map(|text| text.strip_prefix("keystead=")).next_back().unwrap();
    (browser, value.split(';').next().unwrap().to_owned())
}

/// A tool's token of this person.
fn tool(world: &World, person: &Person) -> String {
    let (act, account) = (world.act(), world.id_of(&person.username));
    let new =
        NewSession { account, kind: SessionKind::Tool, device: None, is_remembered: true, has_second_factor: false };
    world.in_europe(|db| session::open(db, &act, Region::Eu, &new)).1.reveal()
}

fn names(list: &Value) -> Vec<(&str, &str)> {
    list.as_array().unwrap().iter().map(|one| (one["name"].as_str().unwrap(), one["role"].as_str().unwrap())).collect()
}

/// What a proxy is told for this browser's request to `path`.
async fn verify(browser: &Client, query: &str, path: &str) -> View {
    let request = browser.request(Method::GET, &format!("{VERIFY}{query}")).header("x-original-uri", path);
    View::of(request.send().await.unwrap()).await
}

fn header<'a>(view: &'a View, name: &str) -> &'a str {
    view.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

on_both! {
    async fn a_browsers_cookie_tells_who_is_there_and_where_they_belong(world: World) {
        let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
        world.organization("acme-labs", &ada).member(&bob, Role::Viewer);
        let (_, value) = cookie(world, &bob).await;
        let token = token(world, &[Allowed::Introspect]);
        let answer = ask(world, &token, &value).await;
        assert_eq!((&answer["active"], &answer["kind"], &answer["region"]), (&json!(true), &json!("browser"), &json!("eu")));
        let id = world.id_of("bob-b");
        assert_eq!(answer["account"], json!({"id": id, "username": "bob-b", "name": "Ada Marchetti"}));
        assert_eq!(names(&answer["workspaces"]), [("bob-b", "owner"), ("acme-labs", "viewer")]);
        assert_eq!(answer["workspaces"][0]["kind"], "personal");
        assert_eq!((&answer["shut_out"], &answer["second_factor"]), (&json!([]), &json!(false)));
        assert_eq!(answer["until"], "2026-11-22T00:00:00Z");
        // As a cookie library hands it on.
        assert_eq!(ask(world, &token, &value.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")).await, answer);
        let tool = tool(world, &bob);
        let answer = ask(world, &token, &tool).await;
        assert_eq!((&answer["kind"], &answer["account"]["username"]), (&json!("tool"), &json!("bob-b")));
    }

    async fn ended_expired_unknown_and_tampered_sessions_get_one_answer(world: World) {
        let (ada, bob, eve) = (world.person("ada-m"), world.person("bob-b"), world.person("eve-e"));
        let token = token(world, &[Allowed::Introspect]);
        let nobody = json!({"active": false});
        let (browser, ended) = cookie(world, &ada).await;
        assert_eq!(ask(world, &token, &ended).await["active"], true);
        browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
        let (_, suspended) = cookie(world, &eve).await;
        let (by, id, act) = (world.id_of("ada-m"), world.id_of("eve-e"), world.act());
        world.region(Region::Eu).write_now(|db| keystead::lifecycle::suspension::suspend(db, &act, by, id, "spam")).unwrap();
        let (_, value) = cookie(world, &bob).await;
        let tool = tool(world, &bob);
        let bare = value.rsplit("%3D").next().unwrap();
        assert_eq!(bare.len(), 44, "{value}");
        let mut texts = vec![ended, suspended, String::new(), "x".repeat(60_000), "%".to_owned(), "é".repeat(22)];
        // A browser's token without its signature, and a tool's with one that is not ours.
        texts.extend([bare.to_owned(), value.replacen(&value[..1], if value.starts_with('A') { "B" } else { "A" }, 1)]);
        texts.push(format!("{}%3D{tool}", "A".repeat(43)));
        texts.push(format!("e{}", &tool[1..43]) + if tool.ends_with('A') { "B" } else { "A" });
        for text in texts {
            assert_eq!(ask(world, &token, &text).await, nobody, "{text:.60}");
        }
        world.site.clock.advance(hours(11));
        assert_eq!(ask(world, &token, &value).await["until"], "2026-11-22T00:00:00Z", "asking lengthens nothing");
        world.site.clock.advance(hours(1));
        assert_eq!(ask(world, &token, &value).await, nobody);
        assert_eq!(ask(world, &token, &tool).await["active"], true);
        world.site.clock.advance(days(30));
        assert_eq!(ask(world, &token, &tool).await, nobody);
    }

    async fn what_a_policy_shuts_is_never_told_as_open(world: World) {
        let (ada, bob) = (world.person("ada-m"), world.person("bob-b"));
        let team = world.organization("acme-labs", &ada);
        team.member(&bob, Role::Editor);
        require_mfa(world, &team.name);
        let (browser, value) = cookie(world, &bob).await;
        let token = token(world, &[Allowed::Introspect]);
        let answer = ask(world, &token, &value).await;
        assert_eq!(names(&answer["workspaces"]), [("bob-b", "owner")]);
        assert_eq!(names(&answer["shut_out"]), [("acme-labs", "editor")]);
        assert_eq!(verify(&browser, "", "/app").await.status, 200);
        let refused = verify(&browser, "?workspace=acme-labs", "/app/acme-labs").await;
        assert_eq!((refused.status, header(&refused, "location")), (403, "/settings/mfa"));
        let sent = verify(&browser, "?workspace=acme-labs&refusal=redirect", "/app/acme-labs").await;
        assert_eq!((sent.status, header(&sent, "location")), (303, "/settings/mfa"));
        set_up_authenticator(world, &browser).await;
        let open = verify(&browser, "?workspace=acme-labs", "/app/acme-labs").await;
        assert_eq!((open.status, header(&open, "x-keystead-role")), (200, "editor"));
        assert_eq!(header(&open, "x-keystead-second-factor"), "yes");
    }

    async fn only_a_token_that_may_introspect_is_answered(world: World) {
        let other = token(world, &[Allowed::Keys]);
        let asked = async |token: &str, body: Value| {
            let request = world.visitor().request(Method::POST, INTROSPECT).bearer_auth(token).json(&body);
            View::of(request.send().await.unwrap()).await.status
        };
        assert_eq!(asked(&other, json!({"session": "x"})).await, 403);
        assert_eq!(asked("nothing", json!({"session": "x"})).await, 401);
        let right = token(world, &[Allowed::Introspect]);
        assert_eq!(asked(&right, json!({"session": 7})).await, 400);
        assert_eq!(asked(&right, json!([])).await, 400);
        assert_eq!(world.visitor().get(INTROSPECT).await.status, 405);
    }

    async fn a_proxy_is_told_in_headers_that_leave_no_room_for_the_callers_own(world: World) {
        let ada = world.person("ada-m");
        world.organization("acme-labs", &ada);
        let browser = world.signed_in(&ada).await;
        let request = browser.request(Method::GET, VERIFY).header("x-keystead-username", "root").header("x-keystead-role", "owner");
        let told = View::of(request.send().await.unwrap()).await;
        assert_eq!((told.status, told.html.as_str()), (200, ""));
        assert_eq!(header(&told, "x-keystead-account"), world.id_of("ada-m").as_str());
        assert_eq!((header(&told, "x-keystead-username"), header(&told, "x-keystead-region")), ("ada-m", "eu"));
        assert_eq!((header(&told, "x-keystead-second-factor"), header(&told, "x-keystead-until")), ("no", "2026-11-22T00:00:00Z"));
        // Empty, but there: a proxy that copies them overwrites what the caller sent.
        assert_eq!((header(&told, "x-keystead-workspace"), header(&told, "x-keystead-role")), ("", ""));
        let within = verify(&browser, "?workspace=acme-labs", "/app").await;
        assert_eq!((header(&within, "x-keystead-workspace"), header(&within, "x-keystead-role")), ("acme-labs", "owner"));
        for foreign in ["?workspace=nobody-here", "?workspace=%0d%0ax", "?workspace=ACME-LABS"] {
            let refused = verify(&browser, foreign, "/app").await;
            assert_eq!((refused.status, refused.headers.get("location")), (403, None), "{foreign}");
        }
    }

    async fn a_stranger_is_led_to_sign_in_and_back_to_a_page_of_this_site_only(world: World) {
        let stranger = world.visitor();
        let refused = verify(&stranger, "", "/app/boards?of=7&x=%2F").await;
        assert_eq!(refused.status, 401);
        assert_eq!(header(&refused, "location"), "/sign-in?return_to=%2Fapp%2Fboards%3Fof%3D7%26x%3D%252F");
        assert!(refused.headers.contains_key("www-authenticate") && !refused.headers.contains_key("x-keystead-account"));
        for away in ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", ""] {
            assert_eq!(header(&verify(&stranger, "", away).await, "location"), "/sign-in", "{away}");
        }
        let sent = |method: &'static str| {
            let request = stranger.request(Method::GET, "/auth/verify?refusal=redirect");
            request.header("x-forwarded-uri", "/app").header("x-forwarded-method", method).send()
        };
        let asked = View::of(sent("GET").await.unwrap()).await;
        assert_eq!((asked.status, header(&asked, "location")), (303, "/sign-in?return_to=%2Fapp"));
        let posted = View::of(sent("POST").await.unwrap()).await;
        assert_eq!((posted.status, header(&posted, "location")), (303, "/sign-in"));
    }

    async fn asking_for_a_proxy_sets_no_cookie_eats_no_message_and_ends_with_the_session(world: World) {
        let ada = world.person("ada-m");
        let browser = world.signed_in(&ada).await;
        assert!(!verify(&world.visitor(), "", "/app").await.headers.contains_key("set-cookie"));
        let form = browser.get("/settings/account").await.form("Save changes").fill("Name", "Ada M.");
        assert_eq!(browser.submit(&form).await.status, 303);
        let told = verify(&browser, "", "/app").await;
        assert!(told.status == 200 && !told.headers.contains_key("set-cookie"));
        assert_eq!(header(&told, "cache-control"), "no-store");
        assert!(browser.get("/settings/account").await.has("Your changes have been saved"), "the message was still there");
        world.site.clock.advance(minutes(60 * 11));
        assert_eq!(header(&verify(&browser, "", "/app").await, "x-keystead-until"), "2026-11-22T00:00:00Z");
        let (id, act) = (world.id_of("ada-m"), world.act());
        world.region(Region::Eu).write_now(|db| keystead::lifecycle::suspension::suspend(db, &act, id, id, "spam")).unwrap();
        assert_eq!(verify(&browser, "", "/app").await.status, 401);
    }

    async fn an_administrator_without_an_authenticator_is_led_to_set_one_up(world: World) {
        crate::support::people::administrator(world, "ada-m").await;
        let ada = Person { username: "ada-m".to_owned(), email: "ada-m@example.com".to_owned() };
        // As an operator leaves it who reset the factor.
        world.in_europe(|db| {
            use diesel::prelude::*;
            use keystead::db::schema::accounts;
            diesel::update(accounts::table).set(accounts::has_mfa.eq(false)).execute(db)
        });
        let (browser, value) = cookie(world, &ada).await;
        let refused = verify(&browser, "", "/app").await;
        assert_eq!((refused.status, header(&refused, "location")), (403, "/settings/mfa"));
        let answer = ask(world, &token(world, &[Allowed::Introspect]), &value).await;
        assert_eq!((names(&answer["workspaces"]), names(&answer["shut_out"])), (vec![], vec![("ada-m", "owner")]));
    }
}

fn require_mfa(world: &World, organization: &str) {
    use diesel::prelude::*;
    use keystead::db::schema::{organizations, workspaces};
    let of = workspaces::table.filter(workspaces::name.eq(organization)).select(workspaces::id);
    world.in_europe(|db| {
        let id: String = of.first(db)?;
        diesel::update(organizations::table.find(id)).set(organizations::requires_mfa.eq(true)).execute(db)
    });
}
