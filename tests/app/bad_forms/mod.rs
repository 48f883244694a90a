//! Every form there is, sent wrong in every way: refused in words, never a failure of ours, never a hang.
//!
//! Rule: the route table says which forms there are and the pages that draw them say which fields. A form that no stand
//! here draws fails the test, so that a page added later cannot be forgotten.

mod drawn;
mod stands;

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use keystead::db::DbError;
use keystead::db::schema::throttles;
use keystead::pages::TABLE;
use reqwest::Method;
use url::form_urlencoded::byte_serialize;

use crate::on_both;
use crate::support::client::{Client, View};
use crate::support::world::World;
use drawn::Drawn;
use stands::{Stand, Who};

/// Long enough for a loaded machine that runs unoptimised, short enough to be no hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is wrong with one field: a name for the report, what stands in its place in the body, and what must come back.
struct Wrong {
    what: &'static str,
    body: String,
    is_unreadable: bool,
}

/// Everything that is tried with one field. `repeats`: several of this name are meant.
fn wrongs(name: &str, value: &str, repeats: bool) -> Vec<Wrong> {
    let (name, value) = (encoded(name), encoded(value));
    let wrong = |what, body: String, is_unreadable| Wrong { what, body, is_unreadable };
    vec![
        wrong("missing", String::new(), false),
        wrong("of 100 KB", format!("&{name}={}", "a".repeat(100 * 1024)), false),
        wrong("of 1 MB", format!("&{name}={}", "a".repeat(1024 * 1024)), true),
        wrong("repeated", format!("&{name}={value}&{name}={value}"), !repeats),
        wrong("an array", format!("&{name}%5B%5D={value}&{name}%5B1%5D={value}"), false),
        wrong("not UTF-8", format!("&{name}=%ff%fe{value}"), true),
        wrong("raw bytes", format!("&{name}=%C3%28"), true),
        wrong("with NUL", format!("&{name}={value}%00"), true),
        wrong("of control characters", format!("&{name}=%01%07%1B%7F%0D%0A"), false),
        wrong("turned around", format!("&{name}=%E2%80%AEevil%E2%81%A6"), false),
        wrong("a percent sign", format!("&{name}=%&%zz={value}"), false),
    ]
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// The other fields as they would be sent.
fn body_without(form: &Drawn, name: &str) -> String {
    let others = form.fields.iter().filter(|(field, _)| field != name);
    others.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

async fn send(world: &World, client: &Client, form: &Drawn, kind: &str, body: Vec<u8>) -> View {
    forget_throttles(world);
    let sent = client.post_raw(&form.action, kind, body);
    tokio::time::timeout(PATIENCE, sent).await.unwrap_or_else(|_| panic!("{} hangs", form.action))
}

/// What is tried here is what throttles are for; it is the forms that are tested.
fn forget_throttles(world: &World) {
    let forget = |db: &mut keystead::db::Db| diesel::delete(throttles::table).execute(db);
    world.site.regions.directory.write_now::<_, DbError>(forget).unwrap();
}

const FORM: &str = "application/x-www-form-urlencoded";

/// One form through everything; what came back that must not.
async fn try_all(world: &World, who: Who, stand: &mut Stand, form: &Drawn, found: &mut Vec<String>) {
    let told = |what: &str, view: &View| format!("{} {what}: {} {}", form.key(), view.status, short(&view.text()));
    let mut form_now = form.clone();
    for (name, value) in form.fields.iter().filter(|(name, _)| name != "form_token") {
        for wrong in wrongs(name, value, name.ends_with("[]")) {
            let body = body_without(&form_now, name) + &wrong.body;
            let view = send(world, &stand.client, &form_now, FORM, body.into_bytes()).await;
            let is_fine = if wrong.is_unreadable { view.status == 400 } else { may_answer(form, view.status) };
            if !is_fine {
                found.push(told(&format!("with {name} {}", wrong.what), &view));
            }
            if ![400, 422].contains(&view.status) {
                form_now = stand.again(world, who, form).await;
            }
        }
    }
    let valid = body_without(&form_now, "");
    let bare = body_without(&form_now, "form_token");
    let foreign = world.visitor().get("/sign-in").await.form("Sign in").value("form_token").to_owned();
    for (what, body) in [
        ("without its token", bare.clone()),
        ("with a foreign token", format!("{bare}&form_token={foreign}")),
        ("with a token of nonsense", format!("{bare}&form_token=%E2%80%AE{}", "x".repeat(3000))),
        ("empty", String::new()),
    ] {
        let view = send(world, &stand.client, &form_now, FORM, body.into_bytes()).await;
        if view.status != 403 || !view.has("Go back") || !view.html.contains("<a ") {
            found.push(told(what, &view));
        }
    }
    for (kind, body) in [
        ("text/plain", valid.clone()),
        ("application/json", "{\"form_token\":\"x\"}".to_owned()),
        ("application/json", valid.clone()),
        ("multipart/form-data", valid.clone()),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb".to_owned()),
        ("nonsense", valid.clone()),
    ] {
        let view = send(world, &stand.client, &form_now, kind, body.into_bytes()).await;
        if ![400, 403].contains(&view.status) {
            found.push(told(&format!("sent as {kind}"), &view));
            form_now = stand.again(world, who, form).await;
        }
    }
}

/// Refused, or done where what was tried is a text like any other. Only one form answers with a page when it is done.
fn may_answer(form: &Drawn, status: u16) -> bool {
    status == 303 || (400..500).contains(&status) || (status == 200 && form.route == "/forgot-password")
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

on_both! {
    async fn every_form_sent_wrong_is_refused_in_words(world: World) {
        let (mut found, mut tried, mut seen) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for who in Who::ALL {
            forget_throttles(world);
            let mut stand = Stand::of(world, *who).await;
            for form in stand.forms().await {
                if tried.insert(form.key()) {
                    seen.insert(form.route);
                    let form = stand.again(world, *who, &form).await;
                    try_all(world, *who, &mut stand, &form, &mut found).await;
                }
            }
        }
        let posts = TABLE.iter().filter(|(_, method, _)| *method == "post").map(|(_, _, path)| *path);
        let missed: Vec<&str> = posts.filter(|path| !seen.contains(path)).collect();
        assert!(missed.is_empty(), "no stand draws a form for {missed:?}");
        assert!(found.is_empty(), "{} answers:\n{}", found.len(), found.join("\n"));
    }

    async fn every_page_asked_for_with_nonsense_answers_in_words(world: World) {
        let mut found = Vec::new();
        for who in [Who::Stranger, Who::Person, Who::Administrator] {
            forget_throttles(world);
            let stand = Stand::of(world, who).await;
            let queries = nonsense(&stand.queried().await);
            for (_, _, route) in TABLE.iter().filter(|(_, method, _)| *method == "get") {
                for path in BTreeSet::from([stand.address(route), route.replace(['{', '}'], "")]) {
                    for query in &queries {
                        let address = format!("{path}?{query}");
                        forget_throttles(world);
                        let asked = stand.client.request(Method::GET, &address).send();
                        let answer = tokio::time::timeout(PATIENCE, asked).await;
                        let status = answer.map_or(599, |answer| answer.unwrap().status().as_u16());
                        if status >= 500 {
                            found.push(format!("{who:?} {}: {status}", short(&address)));
                        }
                    }
                }
            }
        }
        assert!(found.is_empty(), "{} answers:\n{}", found.len(), found.join("\n"));
    }
}

/// Query strings that no page draws. `names` are those that pages do draw.
fn nonsense(names: &BTreeSet<String>) -> Vec<String> {
    let all = |value: &str| names.iter().map(|name| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    vec![
        "&&==&=%&%zz".to_owned(),
        "%ff=%fe".to_owned(),
        format!("x={}", "a".repeat(8 * 1024)),
        all("%ff%fe"),
        all("%00"),
        all("%E2%80%AEevil"),
        all("-1"),
        all("99999999999999999999"),
        all(&"9".repeat(250)),
        all("%27%22%3E%3Cscript%3E"),
        format!("{}&{}", all("1"), all("2")),
        names.iter().map(|name| format!("{name}%5B%5D=1")).collect::<Vec<_>>().join("&"),
    ]
}
