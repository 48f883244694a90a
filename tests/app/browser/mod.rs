//! Journeys through real Chromium: what a person does from the first page to the last, with script and without.
//!
//! Rule: a journey goes where a person would, by labels and buttons, and believes what the page says. Details are for
//! the tests of each page, which run on both databases; a journey runs on SQLite unless it says otherwise.

mod critics;
mod deletion;
mod entry;
mod factor;
mod given;
mod lapsed;
mod pictures;
mod profile;
mod sessions;

use crate::support::browser::{Browser, Setup};
use crate::support::people::{PASSWORD, Person};
use crate::support::world::{Backend, World};

/// A server of its own and a browser in front of it; `None`, and a word about it, where there is no browser.
async fn open(setup: Setup) -> Option<(World, Browser)> {
    open_on(Backend::Sqlite, setup).await
}

async fn open_on(backend: Backend, setup: Setup) -> Option<(World, Browser)> {
    let world = World::spawn(backend)?;
    let browser = Browser::open(&world.base(), setup).await?;
    Some((world, browser))
}

async fn sign_in(browser: &Browser, person: &Person) {
    browser.go("/sign-in").await;
    fill_in_door(browser, &person.username, PASSWORD).await;
}

/// On the sign-in page, wherever one came from.
async fn fill_in_door(browser: &Browser, login: &str, password: &str) {
    browser.fill("Email or username", login).await;
    browser.fill("Password", password).await;
    browser.press("Sign in").await;
}

async fn sign_out(browser: &Browser) {
    browser.touch("button.photo").await;
    browser.press("Sign out").await;
    assert_eq!(browser.text("[role=status]").await, "You are signed out.");
}

/// The six digits that were mailed to this address last.
fn mailed_code(world: &World, address: &str) -> String {
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let found = |text: &str| {
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.find(is_code).map(ToOwned::to_owned)
    };
    find_mailed(world, address, "code", found)
}

/// The link of this site that was mailed to this address last and leads to `path`.
fn mailed_link(world: &World, address: &str, path: &str) -> String {
    let start = format!("{}{path}", world.base());
    let found = |text: &str| text.split_whitespace().find(|word| word.starts_with(&start)).map(ToOwned::to_owned);
    find_mailed(world, address, path, found)
}

/// In the latest mail that has it: what is sent in the same instant comes in any order.
fn find_mailed(world: &World, address: &str, what: &str, find: impl Fn(&str) -> Option<String>) -> String {
    let mails = world.inbox(address);
    let found = mails.iter().rev().find_map(|mail| find(&mail.text));
    found.unwrap_or_else(|| panic!("no {what} in {} mails to {address}", mails.len()))
}
