//! Bodies that never end: poured in for as long as somebody listens, or begun and never finished.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Scene, scene};
use crate::on_both;
use crate::support::world::{Backend, World};

const FORM: &str = "Content-Type: multipart/form-data; boundary=x\r\n";

fn part(about: &str, content: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; {about}\r\n\r\n{content}")
}

fn head(scene: &Scene<'_>, path: &str, headers: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {}\r\nx-file-name: a.json\r\n{headers}\
         Transfer-Encoding: chunked\r\n\r\n",
        scene.key
    )
}

fn chunk(body: &str) -> Vec<u8> {
    format!("{:x}\r\n{body}\r\n", body.len()).into_bytes()
}

/// Sends this once and that again and again, until the server hangs up. What it answered.
async fn pour(scene: &Scene<'_>, path: &str, headers: &str, first: &str, again: &str) -> String {
    let (address, head) = (scene.world.address, head(scene, path, headers));
    let first = if first.is_empty() { Vec::new() } else { chunk(first) };
    let again = chunk(&again.repeat(1 + 60_000 / again.len()));
    let poured = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let mut ear = stream.try_clone().unwrap();
        let listening = std::thread::spawn(move || {
            let mut answer = Vec::new();
            // It may be cut off behind its answer, because so much was still on the way.
            let _ = ear.read_to_end(&mut answer);
            String::from_utf8(answer).unwrap()
        });
        let mut is_listened_to = stream.write_all(head.as_bytes()).is_ok() && stream.write_all(&first).is_ok();
        while is_listened_to {
            is_listened_to = stream.write_all(&again).is_ok();
        }
        listening.join().unwrap()
    };
    actix_web::web::block(poured).await.unwrap()
}

/// Sends this and then nothing, on a line that stays open. What was answered.
async fn fall_silent(scene: &Scene<'_>, path: &str, headers: &str, body: &str) -> String {
    let (address, head) = (scene.world.address, head(scene, path, headers));
    let body = if body.is_empty() { Vec::new() } else { chunk(body) };
    let asked = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    };
    actix_web::web::block(asked).await.unwrap()
}

fn told(answer: &str, status: u16, error: &str) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} "))
        && answer.ends_with(&format!("{{\"success\":false,\"error\":\"{error}\"}}"))
}

on_both! {
    async fn a_body_that_never_ends_is_refused_at_its_limit_and_leaves_nothing(world: World) {
        let scene = scene(world);
        let file = part("name=\"data\"; filename=\"a.csv\"", "0,1\r\n");
        let field = part("name=\"note\"", "x\r\n");
        let document = part("name=\"data\"; filename=\"a.json\"", "[");
        let broken = "The multipart body is broken or was cut off.";
        let large = "The document is larger than 16 MB.";
        for (what, headers, path, first, again, status, error) in [
            ("files", FORM, "files", "", file.as_str(), 400, "More than 1000 files came in one request."),
            ("fields", FORM, "files", &file, &field, 400, "The request holds too many parts."),
            ("a file among others", FORM, "files", &format!("{file}{document}"), "1,", 413, large),
            ("a part's headers", FORM, "files", &format!("{file}--x\r\n"), "X-More: and more\r\n", 400, broken),
            ("a line before the first part", FORM, "files", "", "no boundary", 400, broken),
            ("a file alone", "", "data", "[", "1,", 413, large),
            ("a file wrapped up alone", FORM, "data", &document, "1,", 413, large),
        ] {
            let answer = pour(&scene, &format!("/api/training/{path}"), headers, first, again).await;
            assert!(told(&answer, status, error), "{what}: {answer}");
            assert_eq!((scene.count(), scene.stored()), (0, Vec::new()), "{what}");
        }
    }
}

/// As on the other worlds, but nobody is waited for. What is sent is short: whoever has sent much may take its time.
async fn who_falls_silent_is_told_so_and_leaves_nothing(backend: Backend) {
    let Some(world) = World::spawn_changed(backend, |_| (), |site| site.patience = Duration::ZERO) else { return };
    let scene = scene(&world);
    let file = part("name=\"data\"; filename=\"a.csv\"", "0,1\r\n");
    let half = part("name=\"data\"; filename=\"b.wav\"", "RIFF");
    let cases = [
        ("nothing", "", "data", String::new()),
        ("half a file", "", "data", "[1,".to_owned()),
        ("no part", FORM, "files", String::new()),
        ("a whole part, and half of the next", FORM, "files", format!("{file}{half}")),
        ("whole parts without an end", FORM, "files", format!("{file}{file}--x")),
    ];
    // At the same time: after each refusal the server listens for five seconds more.
    let answers = join_all(cases.iter().map(|(_, headers, path, body)| {
        let scene = &scene;
        async move { fall_silent(scene, &format!("/api/training/{path}"), headers, body).await }
    }));
    for ((what, ..), answer) in cases.iter().zip(answers.await) {
        assert!(told(&answer, 408, "It took too long to arrive."), "{what}: {answer}");
    }
    assert_eq!((scene.count(), scene.stored()), (0, Vec::new()));
}

#[actix_web::test]
async fn who_falls_silent_is_told_so_on_sqlite() {
    who_falls_silent_is_told_so_and_leaves_nothing(Backend::Sqlite).await;
}

#[actix_web::test]
async fn who_falls_silent_is_told_so_on_postgres() {
    who_falls_silent_is_told_so_and_leaves_nothing(Backend::Postgres).await;
}
