//! Sign-ins against raw Argon2, and what a storm of them does to everybody else: `cargo bench --bench sign_ins`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[path = "support/load.rs"]
mod load;
#[path = "support/server.rs"]
mod server;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use keystead::crypto::chance::Chance;
use keystead::crypto::password::{Hasher, Params, Password};
use load::{Connection, Door, drive};

const LENGTH: Duration = Duration::from_secs(8);

fn main() {
    let server = server::start(|_| ());
    let inside = Door::before(server.address, server::USERNAME, server::PASSWORD).enter(server.address);
    // Each connection is a person of its own: guesses at one account are counted however many come at once.
    let doors: Vec<_> = (0..server::PEOPLE).map(|number| known_door(server.address, number)).collect();
    let sign_in = |connection: &mut Connection, number: usize| {
        let door = &doors[number % doors.len()];
        connection.post("/sign-in", &door.cookies, &door.form)
    };
    let page = |connection: &mut Connection, _: usize| connection.get("/settings/password", &inside);

    let raw = hashes_a_second(&Hasher::new(Params::default(), server::cores(), LENGTH));
    let signed_in = rate(drive(server.address, server::cores() * 4, LENGTH, sign_in).len());
    println!("{raw:.1} raw Argon2 hashes a second on {} cores, {signed_in:.1} sign-ins", server::cores());
    println!("sign-ins ÷ raw Argon2 = {:.2} (aim: at least 0.95)", signed_in / raw);

    let quiet = drive(server.address, 4, LENGTH, page);
    let storm = std::thread::scope(|scope| {
        let storm = scope.spawn(|| drive(server.address, server::PEOPLE, LENGTH + Duration::from_secs(1), sign_in));
        let pages = drive(server.address, 4, LENGTH, page);
        drop(storm.join().unwrap());
        pages
    });
    let (quiet, storm) = (p99(&quiet), p99(&storm));
    println!("page p99 {quiet:.1?} when quiet, {storm:.1?} in a storm of {} who sign in", server::PEOPLE);
    println!("page p99 in a storm ÷ quiet = {:.1} (aim: at most 3)", storm.as_secs_f64() / quiet.as_secs_f64());
}

/// Of a browser that was here before, as most are: with what it was given to be known by, without its session.
fn known_door(address: SocketAddr, number: usize) -> Door {
    let door = Door::before(address, &format!("person-{number}"), server::PASSWORD);
    let inside = door.enter(address);
    let known = inside.split("; ").filter(|cookie| !cookie.starts_with("keystead="));
    Door { cookies: [door.cookies.as_str()].into_iter().chain(known).collect::<Vec<_>>().join("; "), ..door }
}

/// As many threads as cores, nothing else.
fn hashes_a_second(hasher: &Hasher) -> f64 {
    let count: usize = std::thread::scope(|scope| {
        let run = || {
            let (begun, mut count) = (Instant::now(), 0);
            let (chance, password) = (Chance::system(), Password::from_typed(server::PASSWORD));
            while begun.elapsed() < LENGTH {
                drop(hasher.hash_blocking(&chance, &password));
                count += 1;
            }
            count
        };
        let running: Vec<_> = (0..server::cores()).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|one| one.join().unwrap()).sum()
    });
    rate(count)
}

#[expect(clippy::cast_precision_loss, reason = "some hundreds")]
fn rate(count: usize) -> f64 {
    count as f64 / LENGTH.as_secs_f64()
}

/// Of sorted times.
fn p99(times: &[Duration]) -> Duration {
    times.get(times.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default()
}
