//! What the tests stand on, stands: each piece of the support is seen working, and seen refusing.

use std::io::{Read, Write};
use std::net::TcpListener;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::support::browser::{Browser, NARROW, Setup, WIDE};
use crate::support::{markup, postgres};

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>A page</title>
  <link rel="icon" href="data:,">
  <script src="/script.js"></script>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
  <h1>Say "hello"</h1>
  <details><summary>More about it</summary><p id="more">It is a greeting.</p></details>
  <button type="button">Be quick</button>
  <form action="/said" method="get">
    <p><label for="name">Your "name"</label> <input type="text" id="name" name="name" autocomplete="off"></p>
    <p><label><input type="checkbox" name="loud"> Loudly</label></p>
    <p><label for="in">In</label> <select id="in" name="in"><option>English</option><option>German</option></select></p>
    <p><label for="with">With</label> <input type="file" id="with" name="with"></p>
    <button type="submit">Say hello</button>
  </form>
  <a href="/elsewhere?from=here">Go elsewhere</a>
</main>
</body>
</html>
"#;

/// Everything a page may do wrong for a reader: no language, no name for the picture, pale words.
const POOR_PAGE: &str = "<!DOCTYPE html><html><head><title>x</title></head><body><p id=a><img src=data:,>\
    <p id=a style=\"color:#ccc;background:#fff\">Pale words</body></html>";

const SCRIPT: &str = "addEventListener('DOMContentLoaded', () => {
    document.querySelector('h1').append(' (script)');
    document.querySelector('button').onclick = () => setTimeout(() => {
        const quick = document.createElement('p');
        quick.className = 'quick';
        document.querySelector('main').append(quick);
    }, 50);
})";
const STYLE: &str = ":root { color-scheme: light dark; background: Canvas; color: CanvasText }";

/// The strictest policy: what the driver runs must not depend on the page's leave.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; img-src data:";

/// Serves the two pages for as long as the test process lives.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let read = connection.read(&mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or("/");
                let (kind, body) = match path {
                    "/script.js" => ("text/javascript", SCRIPT),
                    "/style.css" => ("text/css", STYLE),
                    "/poor" => ("text/html; charset=utf-8", POOR_PAGE),
                    _ => ("text/html; charset=utf-8", PAGE),
                };
                let _ = write!(
                    connection,
                    "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
                     Content-Security-Policy: {POLICY}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            });
        }
    });
    base
}

async fn says_hello(setup: Setup) {
    let Some(browser) = Browser::open(&serve(), setup).await else { return };
    browser.go("/").await;
    let heading = if setup.has_script { "Say \"hello\" (script)" } else { "Say \"hello\"" };
    assert_eq!(browser.text("h1").await, heading);
    if setup.has_script {
        browser.check_accessibility().await;
    }

    browser.fill("Your \"name\"", "Ada").await;
    browser.fill("Your \"name\"", "Grace").await;
    assert_eq!(browser.value("Your \"name\"").await, "Grace");
    browser.tick("Loudly").await;
    browser.select("In", "German").await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("words"), "hello").unwrap();
    browser.upload("With", &folder.path().join("words")).await;
    browser.press("Say hello").await;
    assert_eq!(browser.path().await, "/said?name=Grace&loud=on&in=German&with=words");
    browser.check_console().await;
    browser.close().await;
}

#[actix_web::test]
async fn a_browser_fills_and_sends_a_form() {
    says_hello(WIDE).await;
}

#[actix_web::test]
async fn a_browser_without_script_does_so_too() {
    says_hello(WIDE.without_script()).await;
}

#[actix_web::test]
async fn a_browser_reads_what_a_person_sees() {
    let Some(browser) = Browser::open(&serve(), WIDE).await else { return };
    browser.go("/").await;
    assert_eq!(browser.title().await, "A page");
    assert!(browser.html().await.contains("It is a greeting."));
    assert!(!browser.shows("#more").await && !browser.shows("#nothing").await);
    browser.unfold("More about it").await;
    assert_eq!(browser.texts("main p:first-of-type").await[0], "It is a greeting.");
    browser.click("Be quick").await;
    browser.wait_for(".quick").await;
    browser.follow("Go elsewhere").await;
    assert_eq!(browser.path().await, "/elsewhere?from=here");
    browser.close().await;
}

#[actix_web::test]
async fn the_console_tells_of_a_breach_of_policy() {
    let Some(browser) = Browser::open(&serve(), WIDE).await else { return };
    browser.go("/poor").await;
    let said = browser.console().await.join("\n");
    assert!(said.contains("Content Security Policy"), "{said}");
    browser.close().await;
}

#[actix_web::test]
async fn a_browser_is_as_narrow_as_a_small_telephone() {
    says_hello(NARROW).await;
    let Some(browser) = Browser::open(&serve(), NARROW).await else { return };
    browser.go("/").await;
    assert_eq!(
        browser.run("return [innerWidth, document.documentElement.clientWidth]").await,
        serde_json::json!([320, 320])
    );
    browser.close().await;
}

#[actix_web::test]
async fn a_browser_is_dark_or_light() {
    for (setup, is_dark) in [(WIDE, false), (WIDE.dark(), true), (NARROW.dark(), true)] {
        let Some(browser) = Browser::open(&serve(), setup).await else { return };
        browser.go("/").await;
        let dark = browser.run("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(dark, serde_json::json!(is_dark), "{setup:?}");
        browser.close().await;
    }
}

#[actix_web::test]
async fn axe_finds_what_is_wrong_with_a_poor_page() {
    let Some(browser) = Browser::open(&serve(), WIDE).await else { return };
    browser.go("/poor").await;
    let found = browser.accessibility_problems().await.join("\n");
    assert!(found.is_empty() || (found.contains("image-alt") && found.contains("html-has-lang")), "{found}");
    browser.close().await;
}

#[actix_web::test]
async fn a_picture_shows_the_window_alone() {
    let Some(browser) = Browser::open(&serve(), WIDE.dark()).await else { return };
    browser.resize(1000, 700).await;
    browser.go("/").await;
    let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    browser.screenshot(file.path()).await;
    let picture = image::open(file.path()).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (1000, 700));
    assert!(picture.get_pixel(999, 0).0.iter().all(|channel| *channel < 64), "a dark page is dark");
    browser.close().await;
}

#[test]
fn html_validate_finds_what_is_wrong_with_a_poor_page() {
    markup::check_markup("/", PAGE);
    let found = markup::markup_problems(POOR_PAGE).join("\n");
    assert!(found.is_empty() || (found.contains("no-dup-id") && found.contains("no-inline-style")), "{found}");
}

#[test]
fn a_database_begins_like_its_template_and_shares_nothing() {
    let Some(cluster) = postgres::cluster() else { return };
    let prepare = |url: &str| {
        let script = "CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('first')";
        PgConnection::establish(url).unwrap().batch_execute(script).unwrap();
    };
    let [one, other] = std::array::from_fn(|_| cluster.database("words", prepare));
    let count = |url: &str| {
        let mut connection = PgConnection::establish(url).unwrap();
        diesel::select(diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM words)")).get_result::<i64>(&mut connection)
    };
    PgConnection::establish(&one.url).unwrap().batch_execute("INSERT INTO words VALUES ('second')").unwrap();
    assert_eq!((count(&one.url), count(&other.url)), (Ok(2), Ok(1)));

    let url = one.url.clone();
    drop(one);
    assert!(PgConnection::establish(&url).is_err(), "a dropped database is gone");
}
