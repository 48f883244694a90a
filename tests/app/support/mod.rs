//! What the tests stand on: throw-away databases, a browser, and the checks that read a page as a critic would.
//!
//! Rule: `cargo test` passes with Rust and a C compiler alone. What is not on the machine is skipped, and says so;
//! `KEYSTEAD_TEST_REQUIRE=postgres,browser,clients,proxies` turns every such skip into a failure.

pub mod accessibility;
pub mod administrators;
pub mod browser;
pub mod canaries;
pub mod chromium;
pub mod client;
pub mod critic;
pub mod logged;
pub mod markup;
pub mod page;
pub mod people;
pub mod pictures;
pub mod postgres;
pub mod program;
pub mod projects;
pub mod region;
pub mod secrets;
pub mod server;
pub mod stores;
pub mod teams;
pub mod world;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Says that a test, or a part of it, did not run; fails where `part` is required.
pub fn skip(part: &str, reason: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let required = setting("KEYSTEAD_TEST_REQUIRE").unwrap_or_default();
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(!required.split(',').any(|one| one.trim() == part), "{test} needs {part}, and {reason}");
    let sentence = format!("skipped: {test} (without {part}: {reason})\n");
    if SAID.lock().unwrap().insert(sentence.clone()) {
        // Not `eprintln!`: the test harness would keep it to itself.
        let _ = std::io::stderr().write_all(sentence.as_bytes());
    }
}

#[expect(clippy::disallowed_methods, reason = "what a test may need is said by the environment it runs in")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where a program lies, looked for in `PATH` and then in `elsewhere`.
pub fn find_program(name: &str, elsewhere: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let path = setting("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(elsewhere).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A file of an npm package that `.ci/run` put into a scratch folder.
fn npm(file: &str) -> Option<PathBuf> {
    let file = Path::new(&setting("KEYSTEAD_TEST_NPM")?).join("node_modules").join(file);
    file.is_file().then_some(file)
}
