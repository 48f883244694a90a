//! A signed-in settings page against the same page without look-ups: `cargo bench --bench settings_page`.
//!
//! Both are drawn by one template inside one frame, behind the same middleware, for the same cookies, with a form token
//! of their own each time. Only the first asks for the session and its account; to the second it is told beforehand.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it cannot go on, and prints")]

#[path = "support/load.rs"]
mod load;
#[path = "support/server.rs"]
mod server;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use keystead::http::error::PageError;
use keystead::http::face::Face;
use keystead::http::field_errors::FieldErrors;
use keystead::http::page::{PageFrame, Person, PlaceLink};
use keystead::http::tabs;
use keystead::http::words;
use keystead::kernel::region::Region;
use keystead::pages::frame;
use keystead::pages::guards::Visitor;
use keystead::pages::settings::password::PasswordPage;
use load::{Connection, Door, drive};

const LENGTH: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
const PAGE: &str = "/settings/password";
const BARE: &str = "/without-look-ups";

fn main() {
    let server = server::start(without_look_ups);
    let door = Door::before(server.address, server::USERNAME, server::PASSWORD);
    let inside = door.enter(server.address);
    let size = |path: &str| Connection::open(server.address).get(path, &inside).body.len();
    let (page, bare) = (size(PAGE), size(BARE));
    assert!(page.abs_diff(bare) <= 40, "not the same page: {page} bytes against {bare}");
    println!("{PAGE}: {page} bytes, {bare} without look-ups");
    let connections = server::cores() * 4;
    let (mut with, mut without) = (0, 0);
    // In turns, so that what else the machine does meets both.
    for _ in 0..ROUNDS {
        with += drive(server.address, connections, LENGTH, |c: &mut Connection, _| c.get(PAGE, &inside)).len();
        without += drive(server.address, connections, LENGTH, |c: &mut Connection, _| c.get(BARE, &inside)).len();
    }
    let seconds = LENGTH.as_secs_f64() * f64::from(u32::try_from(ROUNDS).unwrap());
    let (with, without) = (per(with, seconds), per(without, seconds));
    println!("{with:.0} settings pages a second, {without:.0} without look-ups");
    println!("settings page ÷ the same page without look-ups = {:.2} (aim: at least 0.5)", with / without);
}

fn without_look_ups(config: &mut ServiceConfig) {
    config.route(BARE, web::get().to(draw));
}

async fn draw(here: Visitor) -> Result<HttpResponse, PageError> {
    let (name, username) = ("Ada Lovelace".to_owned(), server::USERNAME.to_owned());
    let face = Face::of(&name, &username, None);
    let person = Person {
        email: "ada@example.org".to_owned(),
        // The switcher above every page, with one's own workspace.
        places: vec![PlaceLink::new(&username, "Personal", face.clone(), &username)],
        face,
        name,
        username: username.clone(),
        is_administrator: false,
        region_title: Region::Eu.title(),
    };
    let bare = here.page("Password", "Changing it signs out every other browser. This one stays.");
    let page = PageFrame { person: Some(person), tabs: Some(tabs::settings("password")), ..bare };
    frame::html(
        StatusCode::OK,
        &PasswordPage {
            page,
            errors: FieldErrors::new(),
            has_password: true,
            asks_code: false,
            least: 12,
            least_in_words: "At least 12 characters. Several unrelated words are easy to remember and hard to guess."
                .to_owned(),
            username,
            changed: Some(words::relative(here.act.now, here.act.now, &words::zone("UTC")).in_sentence()),
        },
    )
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn per(count: usize, seconds: f64) -> f64 {
    count as f64 / seconds
}
