//! The house keeps its own order: these tests read the source and say, in a sentence each, where it does not.
//!
//! Rule: a check is a function from files to complaints, and beside each stands a sample that it must refuse, so that
//! no check can quietly stop working. What clippy can see (unwrap, the clock, chance) is left to clippy.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "architecture/lexer.rs"]
mod lexer;
#[path = "architecture/rooms.rs"]
mod rooms;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/templates.rs"]
mod templates;
#[path = "architecture/tree.rs"]
mod tree;

use tree::{Complaint, File};

#[test]
fn rooms_import_only_from_below() {
    nothing(&rooms::upward_imports(&tree::ours()));
}

#[test]
fn queries_are_written_in_the_domain_rooms() {
    nothing(&rules::queries_outside_stores(&tree::ours()));
}

#[test]
fn only_the_web_rooms_know_http() {
    nothing(&rules::http_outside_the_web_rooms(&tree::ours()));
}

#[test]
fn only_the_crypto_room_holds_cryptography() {
    nothing(&rules::cryptography_outside_its_room(&tree::ours()));
}

#[test]
fn only_the_command_line_prints() {
    nothing(&rules::printing_outside_the_command_line(&tree::ours()));
}

#[test]
fn every_module_says_what_it_is_for() {
    nothing(&rules::modules_without_a_header(&tree::ours()));
}

#[test]
fn files_stay_short() {
    nothing(&rules::long_files(&tree::ours()));
}

#[test]
fn templates_carry_no_style_and_no_script() {
    nothing(&templates::inline_style_or_script(&tree::ours()));
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    nothing(&rules::paths_of_a_machine(&tree::ours()));
}

fn nothing(complaints: &[Complaint]) {
    assert!(complaints.is_empty(), "\n\n{}\n", complaints.join("\n"));
}

/// Runs a check over one made-up file.
fn of_one(check: fn(&[File]) -> Vec<Complaint>, path: &str, text: &str) -> Vec<Complaint> {
    check(&[File { path: path.to_owned(), text: text.to_owned() }])
}
