//! Which room may import from which. The picture below is the whole rule; as it has no circle, neither has the source.

use std::collections::HashMap;

use crate::lexer::{Word, words};
use crate::tree::{Complaint, File};

/// Top to bottom. A room may import from every row below its own, and within its row only from what stands to its
/// right behind an arrow. Two or more spaces part what does not know each other.
const ORDER: &str = "
    main → cli
    app → api → pages
    http   lifecycle   telemetry
    config
    entry → accounts → mfa   billing → usage, secrets, ingestion → projects → workspaces
    sessions
    activity   access
    mail → jobs   photos → files   regions
    crypto   db
    kernel
";

pub fn upward_imports(files: &[File]) -> Vec<Complaint> {
    let order = Order::read(ORDER);
    let macros = exported_macros(files);
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && file.path != "src/lib.rs") {
        let Some(room) = file.room() else { continue };
        if !order.knows(room) {
            complaints.push(format!(
                "{}: the room `{room}` has no place in the order of tests/architecture/rooms.rs.",
                file.path
            ));
            continue;
        }
        for (found, line) in imports(file) {
            let other = macros.get(&found).unwrap_or(&found);
            if other != room && !order.allows(room, other) {
                let why = order.why_not(room, other);
                complaints.push(format!("{}:{line}: `{room}` imports from `{other}`, {why}.", file.path));
            }
        }
    }
    complaints
}

/// Where each room stands: its row counted from the top, its chain in that row, its place in that chain.
struct Order(HashMap<&'static str, (usize, usize, usize)>);

impl Order {
    fn read(picture: &'static str) -> Self {
        let mut places = HashMap::new();
        for (row, line) in picture.lines().filter(|line| !line.trim().is_empty()).enumerate() {
            let chains = line.trim().split("  ").map(str::trim).filter(|chain| !chain.is_empty());
            for (chain, links) in chains.enumerate() {
                for (link, rooms) in links.split('→').enumerate() {
                    for room in rooms.split(',') {
                        let before = places.insert(room.trim(), (row, chain, link));
                        assert!(before.is_none(), "`{room}` stands twice in the order");
                    }
                }
            }
        }
        Self(places)
    }

    fn knows(&self, room: &str) -> bool {
        self.0.contains_key(room)
    }

    fn allows(&self, room: &str, other: &str) -> bool {
        let (Some(from), Some(to)) = (self.0.get(room), self.0.get(other)) else { return false };
        from.0 < to.0 || (from.0 == to.0 && from.1 == to.1 && from.2 < to.2)
    }

    fn why_not(&self, room: &str, other: &str) -> &'static str {
        match (self.0.get(room), self.0.get(other)) {
            (Some(from), Some(to)) if from.0 == to.0 => "which stands beside it, with no arrow leading there",
            (Some(_), Some(_)) => "which lies above it",
            _ => "which is no room of the order in tests/architecture/rooms.rs",
        }
    }
}

/// `#[macro_export]` puts a macro's name at the root of the crate, wherever it was written.
fn exported_macros(files: &[File]) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let (Some(room), words) = (file.room(), words(&file.text)) else { continue };
        for window in words.windows(8).filter(|window| window[0].text == "macro_export") {
            if let Some(at) = window.iter().position(|word| word.text == "macro_rules")
                && let Some(name) = window.get(at + 2)
            {
                names.insert(name.text.clone(), room.to_owned());
            }
        }
    }
    names
}

/// The first name after the crate's root of every path in the file, with its line.
fn imports(file: &File) -> Vec<(String, usize)> {
    let words = words(&file.text);
    let mut module = module_path(&file.path);
    let mut open_modules: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is = |offset: usize, text: &str| words.get(at + offset).is_some_and(|word| word.text == text);
        let continues = at > 0 && words[at - 1].text == "::";
        match word.text.as_str() {
            "mod" if is(2, "{") => {
                module.push(words[at + 1].text.clone());
                open_modules.push(depth);
            }
            "{" => depth += 1,
            "}" => {
                depth = usize::saturating_sub(depth, 1);
                if open_modules.last() == Some(&depth) {
                    open_modules.pop();
                    module.pop();
                }
            }
            "crate" | "keystead" if !continues && is(1, "::") => heads(&words, at + 2, Vec::new(), &mut found),
            "super" | "self" if !continues && is(1, "::") => heads(&words, at, module.clone(), &mut found),
            _ => {}
        }
    }
    found
}

fn module_path(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inside.split('/').map(str::to_owned).collect()
}

/// Follows one path, or every path of a group, from `base` and notes the room it leads into.
fn heads(words: &[Word], at: usize, mut base: Vec<String>, found: &mut Vec<(String, usize)>) {
    let Some(word) = words.get(at) else { return };
    let continues = words.get(at + 1).is_some_and(|next| next.text == "::");
    match word.text.as_str() {
        "super" if continues => {
            base.pop();
            heads(words, at + 2, base, found);
        }
        "self" if continues => heads(words, at + 2, base, found),
        "{" => {
            for start in items(words, at) {
                heads(words, start, base.clone(), found);
            }
        }
        name => {
            let room = base.first().map_or(name, String::as_str);
            found.push((room.to_owned(), word.line));
        }
    }
}

/// Where each item of the group opened at `open` begins.
fn items(words: &[Word], open: usize) -> Vec<usize> {
    let (mut depth, mut starts) = (0, vec![open + 1]);
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            "," if depth == 1 => starts.push(at + 1),
            _ => {}
        }
    }
    starts.retain(|start| words.get(*start).is_some_and(|word| word.text != "}"));
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<Complaint> {
        crate::of_one(upward_imports, path, text)
    }

    #[test]
    fn an_upward_import_is_refused_however_it_is_written() {
        for text in [
            "use crate::accounts::profile;",
            "use crate::{kernel::id, accounts::{profile, photo}};",
            "fn f() { crate::accounts::profile::load() }",
            "use super::super::accounts;",
            "mod inner { use super::super::super::accounts::x; }",
            "macro_rules! m { () => { $crate::accounts::x() } }",
            "use keystead::accounts;",
        ] {
            let said = complaints("src/db/store.rs", text);
            assert_eq!(said.len(), 1, "{text}: {said:?}");
            assert!(said[0].contains("`db` imports from `accounts`, which lies above it"), "{said:?}");
        }
        assert_eq!(complaints("src/db/mod.rs", "use super::accounts;").len(), 1);
    }

    #[test]
    fn neighbours_are_strangers_unless_an_arrow_leads_there() {
        assert!(complaints("src/mail/mod.rs", "use crate::jobs::queue;").is_empty());
        assert!(complaints("src/jobs/mod.rs", "use crate::mail::queue;")[0].contains("no arrow"));
        assert!(complaints("src/entry/sign_in.rs", "use crate::sessions::session;").is_empty());
        assert!(complaints("src/usage/meter.rs", "use crate::projects::project;").is_empty());
        assert_eq!(complaints("src/usage/meter.rs", "use crate::secrets::secret;").len(), 1);
        assert_eq!(complaints("src/accounts/profile.rs", "use crate::workspaces::organization;").len(), 1);
    }

    #[test]
    fn what_lies_below_and_at_home_is_open() {
        let text = "use crate::kernel::id; use super::url; use crate::db::write; mod tests { use super::*; }";
        assert!(complaints("src/db/store.rs", text).is_empty());
        assert!(complaints("src/main.rs", "fn main() { keystead::cli::run() }").is_empty());
    }

    #[test]
    fn a_room_without_a_place_is_refused() {
        assert!(complaints("src/attic/mod.rs", "")[0].contains("`attic` has no place"));
        assert!(complaints("src/app.rs", "use crate::attic::x;")[0].contains("no room of the order"));
    }

    #[test]
    fn an_exported_macro_belongs_to_the_room_it_was_written_in() {
        let at = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let home = at("src/db/mod.rs", "#[macro_export]\nmacro_rules! on_each { () => {} }");
        let above = at("src/jobs/queue.rs", "use crate::on_each;");
        let below = at("src/kernel/time.rs", "use crate::on_each;");
        let said = upward_imports(&[home, above, below]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("`kernel` imports from `db`"), "{said:?}");
    }
}
