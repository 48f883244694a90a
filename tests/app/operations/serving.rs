//! `keystead serve` and `keystead work`: begun, shared out, and ended without losing what runs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sign_up_page::sign_up;
use crate::support::client::Client;
use crate::support::program::{Place, Running};

/// What a new installation prints beside where it listens.
fn setup_link(running: &mut Running) -> String {
    running.until("There is no administrator yet");
    running.until("/setup/")
}

#[actix_web::test]
async fn a_first_start_lays_everything_out_and_invites_the_first_administrator() {
    let place = Place::on_files();
    let mut running = place.start(&[]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.data()), 0o700, "databases hold what people typed");
    let key = place.data().join("master.key");
    assert_eq!(mode(&key), 0o600);
    for name in ["directory", "us", "eu"] {
        assert!(place.data().join(format!("{name}.sqlite")).exists(), "{name}");
    }
    let link = setup_link(&mut running);
    let path = link.split_once("localhost").unwrap().1.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
    let browser = running.visitor();
    assert!(browser.visit(path).await.has("administrator"));
    assert!(running.log().contains("made a new master key. Back it up"), "{}", running.log());
    let first = std::fs::read(&key).unwrap();
    running.kill();

    let mut again = place.start(&["serve"]);
    assert_ne!(setup_link(&mut again), link, "every start prints a link of its own");
    assert_eq!(again.log().matches("made a new master key").count(), 1);
    assert_eq!(std::fs::read(&key).unwrap(), first);
    again.kill();

    place.printed(&["admin", "create", "--username", "ada-m", "--email", "ada@example.com", "--name", "Ada"]);
    let running = place.start(&["serve"]);
    running.terminate();
    let (status, said) = running.ended();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""), "there is an administrator");
}

#[actix_web::test]
async fn one_server_listens_on_several_addresses() {
    let place = Place::on_files().with("KEYSTEAD_LISTEN", "127.0.0.1:0, [::1]:0");
    let mut running = place.start(&["serve"]);
    running.until("Listening on ");
    assert_eq!(running.addresses.len(), 2);
    for address in &running.addresses {
        assert_eq!(Client::new(format!("http://{address}")).get("/healthz").await.status, 200, "{address}");
    }
}

#[test]
fn an_address_that_is_taken_is_said_in_a_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = Place::on_files().with("KEYSTEAD_LISTEN", &address).run(&["serve"]);
    assert!(ran.code == Some(1) && ran.err.contains(&format!("Cannot listen on {address}")), "{ran:?}");
}

#[actix_web::test]
async fn jobs_can_be_left_to_a_process_of_their_own() {
    let place = Place::on_files();
    let server = place.start(&["serve", "--no-jobs"]);
    let waiting = sign_up(&server.visitor(), "ada-m", "ada@example.com").await;
    assert_eq!(waiting.location().as_deref(), Some("/sign-up/code"), "{}", waiting.text());
    server.terminate();
    assert_eq!(server.ended().0.code(), Some(0));
    assert_eq!(place.mails(), Vec::<String>::new(), "a server without jobs sends no mail");

    let mut worker = place.launch(&["work"]);
    worker.until("Working on the jobs.");
    let begun = Instant::now();
    while place.mails().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "no mail came: {}", worker.log());
        std::thread::yield_now();
    }
    assert!(place.mails()[0].contains("To: ada@example.com"));
    worker.terminate();
    assert_eq!(worker.ended().0.code(), Some(0));
}

/// A request whose head the server has read and whose body it waits for.
fn begin_request(running: &Running, path: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(&running.addresses[0]).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[test]
fn what_runs_is_finished_before_the_end_and_nothing_new_is_begun() {
    let place = Place::on_files();
    let running = place.start(&["serve"]);
    let mut request = begin_request(&running, "/sign-in", 7);
    let address = running.addresses[0].clone();
    running.terminate();
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    request.write_all(b"login=a").unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("This form is too old"), "{answer}");
    assert_eq!(running.ended().0.code(), Some(0));
}

#[test]
fn what_does_not_finish_is_cut_off_after_half_a_minute() {
    let place = Place::on_files();
    let running = place.start(&["serve"]);
    // A form with a file may take three minutes to arrive, and this one never does.
    let request = begin_request(&running, "/settings/account", 1_000);
    let begun = Instant::now();
    running.terminate();
    assert_eq!(running.ended().0.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(38), "systemd would have killed it by now");
    drop(request);
}

#[actix_web::test]
async fn a_log_as_json_is_one_object_a_line_with_the_id_of_the_answer() {
    let place = Place::on_files().with("RUST_LOG", "debug");
    let running = place.start(&["serve", "--log", "json"]);
    let view = running.visitor().get("/no-such-page.html?token=secret-token").await;
    assert_eq!(view.status, 404);
    let id = view.headers["x-request-id"].to_str().unwrap();
    let log = running.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()), "{log}");
    let own = lines.iter().find(|line| line["span"]["id"] == id).unwrap_or_else(|| panic!("no {id} in:\n{log}"));
    assert_eq!((own["span"]["method"].as_str(), own["span"]["status"].as_u64()), (Some("GET"), Some(404)));
    assert!(view.html.contains(id) && !log.contains("secret-token"), "{log}");
}

#[actix_web::test]
async fn a_region_served_elsewhere_is_named_before_a_password_is_asked() {
    let place = Place::on_files().with("KEYSTEAD_REGIONS", "us,eu=https://eu.accounts.example");
    let running = place.start(&["serve"]);
    for path in ["/sign-in", "/sign-up"] {
        let page = running.visitor().get(path).await.html;
        let named = page.find("https://eu.accounts.example").unwrap_or_else(|| panic!("not named on {path}"));
        assert!(named < page.find("type=\"password\"").unwrap(), "{path} asks first");
    }
    let form = running.visitor().get("/sign-up").await;
    assert!(form.html.contains("value=\"us\"") && !form.html.contains("value=\"eu\""), "nobody can choose it here");
}
