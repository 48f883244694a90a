//! From start to ready, memory at rest and under load, the size of the program: `cargo bench --bench start`.
//!
//! Measures the program as it is released. Memory is read where Linux tells it.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[path = "support/load.rs"]
mod load;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use load::{Connection, Door, drive};

const PROGRAM: &str = env!("CARGO_BIN_EXE_keystead");
const STARTS: u32 = 5;
const LENGTH: Duration = Duration::from_secs(8);
const PEOPLE: usize = 32;
/// Of each visitor between two pages.
const PAUSE: Duration = Duration::from_millis(20);
const PASSWORD: &str = "harbour-lantern-violin-42";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    (0..PEOPLE).for_each(|number| make_person(folder.path(), &password, number));
    // The first start makes databases and keys; a restart is what is waited for.
    stop(serve(folder.path(), address));
    let mut all = Duration::ZERO;
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = serve(folder.path(), address);
        assert_eq!(Connection::open(address).get("/readyz", "").status, 200);
        all += begun.elapsed();
        stop(server);
    }
    println!("start to ready = {:.0?} (aim: under 200 ms)", all / STARTS);

    let server = serve(folder.path(), address);
    assert_eq!(Connection::open(address).get("/sign-in", "").status, 200);
    tell_memory("idle", "40", server.id());
    let doors: Vec<_> =
        (0..PEOPLE).map(|number| Door::before(address, &format!("person-{number}"), PASSWORD)).collect();
    drop(doors[0].enter(address));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            drive(address, PEOPLE, LENGTH, |connection, number| {
                let door = &doors[number];
                connection.post("/sign-in", &door.cookies, &door.form)
            })
        });
        // They share the cores with what they ask, so one without a pause would take the time that passwords need.
        scope.spawn(|| {
            drive(address, 64, LENGTH, |connection, _| {
                std::thread::sleep(PAUSE);
                connection.get("/sign-in", "")
            })
        });
    });
    tell_memory("after 64 visitors and 32 sign-ins at once", "100", server.id());
    stop(server);

    let bytes = std::fs::metadata(PROGRAM).unwrap().len();
    println!("size of the program = {} MB (aim: at most 30)", bytes / 1_000_000);
}

fn make_person(data: &Path, password: &Path, number: usize) {
    let (email, username) = (format!("person-{number}@example.org"), format!("person-{number}"));
    let words = ["admin", "create", "--email", &email, "--username", &username, "--name", "Ada Lovelace"];
    let mut make = Command::new(PROGRAM);
    make.args(words).arg("--password-file").arg(password).env("KEYSTEAD_DATA", data);
    assert!(make.output().unwrap().status.success());
}

fn serve(data: &Path, address: SocketAddr) -> Child {
    let mut command = Command::new(PROGRAM);
    command.env("KEYSTEAD_DATA", data).env("KEYSTEAD_LISTEN", address.to_string()).env("RUST_LOG", "off");
    command.env("KEYSTEAD_TRUSTED_PROXIES", "1");
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.starts_with("Listening"))), "it did not start");
    server
}

fn stop(mut server: Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

fn tell_memory(when: &str, most: &str, process: u32) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<u64> = resident.and_then(|text| text.split_whitespace().next()?.parse().ok());
    match kilobytes {
        Some(kilobytes) => println!("resident memory {when} = {} MB (aim: at most {most})", kilobytes / 1024),
        None => println!("resident memory {when}: skipped, this system does not tell it in /proc"),
    }
}
