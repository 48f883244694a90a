//! A signed-in settings page against a page that looks nothing up: `cargo bench --bench settings_page`.
//!
//! Both are drawn by the same templates inside the same frame; only the first asks for the session and its account.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[path = "support/load.rs"]
mod load;
#[path = "support/server.rs"]
mod server;

use std::time::Duration;

use load::{Connection, Door, drive};

const LENGTH: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;

fn main() {
    let server = server::start();
    let door = Door::before(server.address, server::USERNAME, server::PASSWORD);
    let inside = door.enter(server.address);
    let asked = |path: &'static str, cookies: &str| {
        let page = Connection::open(server.address).get(path, cookies);
        println!("{path}: {} bytes", page.body.len());
        let cookies = cookies.to_owned();
        move |connection: &mut Connection| connection.get(path, &cookies)
    };
    let (settings, bare) = (asked("/settings/password", &inside), asked("/sign-in", &door.cookies));
    let connections = server::cores() * 4;
    let (mut with, mut without) = (0, 0);
    // In turns, so that what else the machine does meets both.
    for _ in 0..ROUNDS {
        with += drive(server.address, connections, LENGTH, &settings).len();
        without += drive(server.address, connections, LENGTH, &bare).len();
    }
    let seconds = LENGTH.as_secs_f64() * f64::from(u32::try_from(ROUNDS).unwrap());
    let (with, without) = (per(with, seconds), per(without, seconds));
    println!("{with:.0} settings pages a second, {without:.0} without look-ups");
    println!("settings page ÷ page without look-ups = {:.2} (aim: at least 0.5)", with / without);
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn per(count: usize, seconds: f64) -> f64 {
    count as f64 / seconds
}
