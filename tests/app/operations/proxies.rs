//! The proxies' examples in `deploy/`: taken by nginx and Caddy as they stand, and doing what they say.
//!
//! Rule: only what cannot be here is changed for the test: ports, names, and where a certificate lies.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use keystead::access::Role;
use reqwest::Method;

use crate::ingestion::scene;
use crate::support::client::{Client, View};
use crate::support::people::sign_in;
use crate::support::server::{Server, is_root, private_folder};
use crate::support::world::{Backend, World};
use crate::support::{find_program, skip};

const NGINX: &str = include_str!("../../../deploy/nginx.conf");
const CADDY: &str = include_str!("../../../deploy/Caddyfile");

/// The program, or a word about the test that does not run without it.
fn proxy(name: &str) -> Option<PathBuf> {
    let found = find_program(name, ["/usr/sbin".into(), "/usr/bin".into()]);
    if found.is_none() {
        skip("proxies", &format!("there is no {name} in PATH"));
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// `text` with each of these in the place of the other; fails where there is nothing to replace.
fn replaced(text: &str, all: &[(&str, String)]) -> String {
    all.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the example has no {old:?} any more");
        text.replace(old, new)
    })
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn check(command: &mut Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// What stands around the example, which is a part of a configuration.
fn nginx_around(folder: &Path, example: &str) -> String {
    let (example, here) = (write(folder, "keystead.conf", example), folder.display());
    let user = if is_root() { "user root;" } else { "" };
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {here}/{kind};")).join(" ");
    let text = format!(
        "daemon off; {user} worker_processes 1; pid {here}/pid; error_log stderr notice; events {{}}\n\
         http {{ access_log off; {temporary} include {example}; }}"
    );
    write(folder, "nginx.conf", &text)
}

#[test]
fn nginx_takes_its_example() {
    let (Some(nginx), Some(openssl)) = (proxy("nginx"), proxy("openssl")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (path("fullchain.pem"), path("privkey.pem"));
    let new = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=a"];
    check(Command::new(openssl).args(new).args(["-keyout", &key, "-out", &certificate]));
    let (http, https) = (free_port(), free_port());
    let example = replaced(
        NGINX,
        &[
            ("listen 80;", format!("listen {http};")),
            ("listen [::]:80;", format!("listen [::]:{http};")),
            ("listen 443 ", format!("listen {https} ")),
            ("listen [::]:443 ", format!("listen [::]:{https} ")),
            ("/etc/ssl/keystead/fullchain.pem", certificate),
            ("/etc/ssl/keystead/privkey.pem", key),
        ],
    );
    let around = nginx_around(folder.path(), &example);
    check(Command::new(nginx).args(["-t", "-q", "-p", &path(""), "-c", &around]));
}

#[test]
fn caddy_takes_its_example() {
    let Some(caddy) = proxy("caddy") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "Caddyfile", CADDY);
    let mut command = Command::new(caddy);
    check(command.env("HOME", folder.path()).args(["validate", "--adapter", "caddyfile", "--config", &file]));
}

#[actix_web::test]
async fn behind_nginx_a_page_of_the_platform_learns_who_is_there() {
    let (Some(nginx), Some(world)) = (proxy("nginx"), world()) else { return };
    let (folder, http, https) = (private_folder("keystead-nginx-", &std::env::temp_dir()), free_port(), free_port());
    let example = replaced(
        NGINX,
        &[
            ("server 127.0.0.1:8080;", format!("server {};", world.address)),
            ("http://127.0.0.1:3000;", format!("http://{};", platform())),
            ("listen 80;", format!("listen 127.0.0.1:{http};")),
            ("listen 443 ssl http2;", format!("listen 127.0.0.1:{https};")),
        ],
    );
    // Without TLS, which its own test has, and on one address.
    let is_kept = |line: &&str| !line.contains(" ssl_") && !line.contains("listen [::]");
    let example = example.lines().filter(is_kept).collect::<Vec<_>>().join("\n");
    let around = nginx_around(&folder, &example);
    let command = [nginx.to_str().unwrap(), "-p", folder.to_str().unwrap(), "-c", &around];
    let is_ready = |line: &str| line.contains("start worker process").then_some(());
    let (_server, ()) = Server::start(&command, &folder, None, "QUIT", is_ready);
    tells_who_is_there(&world, &format!("http://localhost:{https}")).await;
    let moved = Client::new(format!("http://localhost:{http}")).get("/sign-in").await;
    assert_eq!(moved.location().as_deref(), Some("https://accounts.example.com/sign-in"));
}

#[actix_web::test]
async fn behind_caddy_a_page_of_the_platform_learns_who_is_there() {
    let (Some(caddy), Some(world)) = (proxy("caddy"), world()) else { return };
    let (folder, port) = (private_folder("keystead-caddy-", &std::env::temp_dir()), free_port());
    let example = replaced(
        CADDY,
        &[
            ("accounts.example.com {", format!("http://localhost:{port} {{")),
            ("127.0.0.1:8080", world.address.to_string()),
            ("127.0.0.1:3000", platform().to_string()),
        ],
    );
    let alone = "{\n\tadmin off\n\tauto_https off\n}\n";
    let (home, file) =
        (format!("HOME={}", folder.display()), write(&folder, "Caddyfile", &format!("{alone}{example}")));
    let caddy = caddy.to_str().unwrap();
    let command = ["env", &home, caddy, "run", "--adapter", "caddyfile", "--config", &file];
    let is_ready = |line: &str| line.contains("serving initial configuration").then_some(());
    let (_server, ()) = Server::start(&command, &folder, None, "TERM", is_ready);
    tells_who_is_there(&world, &format!("http://localhost:{port}")).await;
    let watched = Client::new(format!("http://localhost:{port}")).get("/readyz").await;
    assert_eq!(watched.status, 404, "for the machines that watch only");
}

fn world() -> Option<World> {
    World::spawn_with(Backend::Sqlite, |config| config.trusted_proxies = 1)
}

/// The platform's own program: answers every request with its head.
fn platform() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let head = lines.collect::<Vec<_>>().join("\n").to_lowercase();
            let answer =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{head}", head.len());
            // A proxy that went away is none of this program's business.
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    address
}

/// What both examples promise, asked from outside.
async fn tells_who_is_there(world: &World, outside: &str) {
    let scene = scene(world);
    world.organization("acme-labs", &scene.owner).member(&world.person("bob-b"), Role::Viewer);
    let asked = async |browser: &Client| {
        let forged = [("username", "root"), ("role", "owner"), ("workspace", "acme-labs"), ("second-factor", "yes")];
        let request = browser.request(Method::GET, "/app/boards?of=7");
        let request =
            forged.iter().fold(request, |request, (name, value)| request.header(format!("x-keystead-{name}"), *value));
        View::of(request.send().await.unwrap()).await
    };
    let stranger = asked(&Client::new(outside.to_owned())).await;
    let to = Some("/sign-in?return_to=%2Fapp%2Fboards%3Fof%3D7");
    assert_eq!((stranger.status, stranger.location().as_deref()), (303, to), "{}", stranger.html);

    let browser = Client::new(outside.to_owned());
    let entered = sign_in(&browser, &scene.owner).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let told = asked(&browser).await;
    assert!(told.status == 200 && told.html.starts_with("get /app/boards?of=7 "), "{} {}", told.status, told.html);
    let id = world.id_of(&scene.owner.username);
    for (name, value) in
        [("username", "ada-marchetti"), ("account", id.as_str()), ("region", "eu"), ("second-factor", "no")]
    {
        assert!(told.html.contains(&format!("\nx-keystead-{name}: {value}")), "{}", told.html);
    }
    for forged in ["root", "owner", "acme-labs"] {
        assert!(!told.html.contains(forged), "{}", told.html);
    }
    browser.submit(&browser.get("/settings/account").await.form("Sign out")).await;
    assert_eq!(asked(&browser).await.status, 303, "from the next request on");

    // What devices send may be larger than any form.
    let file = vec![7; 34 * 1024 * 1024];
    let request = Client::new(outside.to_owned()).request(Method::POST, "/api/training/data").body(file.clone());
    let sent = request.header("x-api-key", &scene.key).header("x-file-name", "a.wav").send().await.unwrap();
    assert_eq!((sent.status().as_u16(), scene.count()), (200, 1));
    let sent = Client::new(outside.to_owned()).request(Method::POST, "/sign-in").body(file).send().await;
    // Refused by the one or the other, or cut off while it was still sending.
    assert!(sent.is_err() || sent.is_ok_and(|answer| answer.status().is_client_error()));
}
