//! What a file may name, by the room it is in, and what no file may be.

use crate::lexer::words;
use crate::tree::{self, Complaint, File};

const WEB: &[&str] = &["http", "pages", "api", "app", "cli", "main"];
/// These ask the domain rooms; they hold no query of their own.
const WITHOUT_QUERIES: &[&str] = &["http", "pages", "api", "app", "cli", "main", "config", "telemetry", "kernel"];
const CRYPTOGRAPHY: &[&str] = &[
    "aes_gcm",
    "age",
    "argon2",
    "blake2",
    "chacha20poly1305",
    "hkdf",
    "hmac",
    "rand",
    "ring",
    "sha1",
    "sha2",
    "totp_rs",
];
const PRINTING: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];

const LONGEST: usize = 400;
/// One stylesheet is one request; its layers are its chapters.
const MAY_BE_LONGER: &[&str] = &["static/app.css"];

/// A word of the source with what stands before and after it.
struct Seen<'a> {
    before: &'a str,
    word: &'a str,
    after: &'a str,
}

impl Seen<'_> {
    /// Is this the crate a path begins with, as in `argon2::Params` or `use argon2;`?
    fn is_crate(&self) -> bool {
        let is_path = self.after == "::" || (self.before == "use" && [";", "as"].contains(&self.after));
        is_path && ![".", "::"].contains(&self.before)
    }
}

pub fn queries_outside_stores(files: &[File]) -> Vec<Complaint> {
    let names_tables = |seen: &Seen| seen.word == "schema" && (seen.before == "::" || seen.after == "::");
    complain(files, |room| WITHOUT_QUERIES.contains(&room), names_tables, "ask a function of a domain room instead")
}

pub fn http_outside_the_web_rooms(files: &[File]) -> Vec<Complaint> {
    let is_domain = |room: &str| !WEB.contains(&room);
    // actix-session asks a store for its tokens, and ours lives with the sessions: the one seam.
    let beyond_the_seam = |seen: &Seen| seen.word != "actix_session" && is_web(seen);
    let why = "that belongs to http, pages, api, app and cli";
    let mut complaints = complain(files, |room| is_domain(room) && room != "sessions", is_web, why);
    complaints.extend(complain(files, |room| room == "sessions", beyond_the_seam, why));
    complaints
}

fn is_web(seen: &Seen) -> bool {
    seen.word.starts_with("actix_") && seen.is_crate()
}

pub fn cryptography_outside_its_room(files: &[File]) -> Vec<Complaint> {
    let is_cryptography = |seen: &Seen| CRYPTOGRAPHY.contains(&seen.word) && seen.is_crate();
    complain(files, |room| room != "crypto", is_cryptography, "that belongs to src/crypto alone")
}

pub fn printing_outside_the_command_line(files: &[File]) -> Vec<Complaint> {
    let prints = |seen: &Seen| PRINTING.contains(&seen.word) && seen.after == "!";
    complain(files, |room| room != "cli", prints, "only src/cli speaks to a terminal; log with tracing")
}

pub fn modules_without_a_header(files: &[File]) -> Vec<Complaint> {
    let silent = |file: &&File| file.is_rust() && !file.text.trim_start_matches('\u{feff}').starts_with("//! ");
    let sentence = |file: &File| format!("{}: begins without a `//!` line that says what it is for.", file.path);
    files.iter().filter(silent).map(sentence).collect()
}

pub fn long_files(files: &[File]) -> Vec<Complaint> {
    let is_measured = |file: &&File| {
        ["rs", "html", "css", "js"].iter().any(|extension| file.has_extension(extension))
            && !MAY_BE_LONGER.contains(&file.path.as_str())
    };
    let measure = |file: &File| {
        let lines = file.text.lines().count();
        (lines > LONGEST).then(|| format!("{}: has {lines} lines; {LONGEST} is the most, 100 the aim.", file.path))
    };
    files.iter().filter(is_measured).filter_map(measure).collect()
}

/// Neither a home folder nor the folder these tests were built in stands in any file.
pub fn paths_of_a_machine(files: &[File]) -> Vec<Complaint> {
    // Written so that this file does not contain what it looks for.
    let mut personal = vec![["/ho", "me/"].concat(), ["/ro", "ot/"].concat(), ["/Use", "rs/"].concat()];
    let built_in = tree::ROOT;
    if built_in.matches(['/', '\\']).count() > 1 {
        personal.push(built_in.to_owned());
    }
    let mut complaints = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(path) = personal.iter().find(|path| line.contains(path.as_str())) {
                complaints.push(format!("{}:{}: `{path}` is a path of one machine.", file.path, number + 1));
            }
        }
    }
    complaints
}

fn complain(
    files: &[File],
    is_watched: impl Fn(&str) -> bool,
    is_wrong: impl Fn(&Seen) -> bool,
    why: &str,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && file.room().is_some_and(&is_watched)) {
        let words = words(&file.text);
        let text = |at: Option<usize>| at.and_then(|at| words.get(at)).map_or("", |word| word.text.as_str());
        for (at, word) in words.iter().enumerate() {
            let seen = Seen { before: text(at.checked_sub(1)), word: &word.text, after: text(Some(at + 1)) };
            if is_wrong(&seen) {
                complaints.push(format!("{}:{}: names `{}`; {why}.", file.path, word.line, word.text));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::of_one;

    #[test]
    fn a_query_on_a_page_is_refused() {
        let text = "use crate::db::schema::accounts;";
        assert_eq!(of_one(queries_outside_stores, "src/pages/sign_in.rs", text).len(), 1);
        assert_eq!(of_one(queries_outside_stores, "src/app.rs", "use crate::db::schema;").len(), 1);
        assert!(of_one(queries_outside_stores, "src/accounts/profile.rs", text).is_empty());
        assert!(of_one(queries_outside_stores, "src/cli/migrate.rs", "let schema = 1;").is_empty());
    }

    #[test]
    fn http_in_a_domain_room_is_refused() {
        let check = http_outside_the_web_rooms;
        assert_eq!(of_one(check, "src/accounts/photo.rs", "use actix_web::HttpResponse;").len(), 1);
        assert_eq!(of_one(check, "src/entry/sign_in.rs", "fn f(_: actix_multipart::Field) {}").len(), 1);
        assert_eq!(of_one(check, "src/sessions/store.rs", "use {actix_web::web, actix_session::Session};").len(), 1);
        assert!(of_one(check, "src/pages/sign_in.rs", "use actix_web::HttpResponse;").is_empty());
        assert!(of_one(check, "src/accounts/photo.rs", "// use actix_web::HttpResponse;").is_empty());
    }

    #[test]
    fn cryptography_in_another_room_is_refused() {
        let check = cryptography_outside_its_room;
        for text in ["use argon2::Argon2;", "use sha2;", "fn f() { rand::random() }", "use {hmac::Mac, std::io};"] {
            assert_eq!(of_one(check, "src/entry/sign_in.rs", text).len(), 1, "{text}");
            assert!(of_one(check, "src/crypto/token.rs", text).is_empty(), "{text}");
        }
        assert!(
            of_one(check, "src/entry/sign_in.rs", "use crate::crypto::argon2::x; a.hmac(); let rand = 1;").is_empty()
        );
    }

    #[test]
    fn printing_is_refused_outside_the_command_line() {
        for text in ["println!(\"x\")", "fn f() { eprint!(\"\") }", "dbg!(x)"] {
            assert_eq!(of_one(printing_outside_the_command_line, "src/jobs/worker.rs", text).len(), 1, "{text}");
            assert!(of_one(printing_outside_the_command_line, "src/cli/demo.rs", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_module_without_a_header_is_refused() {
        assert_eq!(of_one(modules_without_a_header, "src/kernel/id.rs", "use std::fmt;\n//! Late.").len(), 1);
        assert!(of_one(modules_without_a_header, "src/kernel/id.rs", "//! Ids.\n").is_empty());
        assert!(of_one(modules_without_a_header, "static/app.js", "// Script").is_empty());
    }

    #[test]
    fn a_long_file_is_refused() {
        let long = "x\n".repeat(LONGEST + 1);
        for path in ["src/app.rs", "tests/app/main.rs", "templates/pages/a.html", "static/app.js", "static/print.css"] {
            assert_eq!(of_one(long_files, path, &long).len(), 1, "{path}");
        }
        assert!(of_one(long_files, "src/app.rs", &"x\n".repeat(LONGEST)).is_empty());
        assert!(of_one(long_files, "static/app.css", &long).is_empty());
    }

    #[test]
    fn a_path_of_a_machine_is_refused() {
        let home = ["/ho", "me/ada/keystead"].concat();
        let built_in = format!("{}/data", tree::ROOT);
        assert_eq!(of_one(paths_of_a_machine, "README.md", &format!("cd {home}")).len(), 1);
        assert_eq!(of_one(paths_of_a_machine, "deploy/keystead.service", &built_in).len(), 1);
        assert!(of_one(paths_of_a_machine, "README.md", "cd data; ls /var/lib/keystead").is_empty());
    }
}
