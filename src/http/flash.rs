//! One sentence for the next page: what was done, or what to do first.
//!
//! Rule: one at a time, shown once. It stands in the session's state (or a visitor's cookie) and never decides anything.

use std::collections::HashMap;

use actix_session::Session;
use serde::{Deserialize, Serialize};

use super::page::{Flash, FlashKind};

const ENTRY: &str = "flash";

/// As it travels: the kind by its word, so that the layout's own type need not be stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    kind: String,
    text: String,
}

impl Kept {
    fn unpack(self) -> Flash {
        Flash { kind: FlashKind::of_class(&self.kind), text: self.text, undo: None }
    }
}

pub fn set(session: &Session, kind: FlashKind, text: impl Into<String>) {
    // Only fails when this cannot become JSON, which it always can.
    let _ = session.insert(ENTRY, Kept { kind: kind.class().to_owned(), text: text.into() });
}

/// A visitor's, taken from the cookie.
pub fn take(session: &Session) -> Option<Flash> {
    session.get::<Kept>(ENTRY).ok().flatten()?;
    session.remove_as::<Kept>(ENTRY)?.ok().map(Kept::unpack)
}

/// A signed-in person's, from the row's state. The row is cleared with the answer.
pub fn take_from_row(session: &Session, state: &str) -> Option<Flash> {
    if state == "{}" {
        return None;
    }
    let entries: HashMap<String, String> = serde_json::from_str(state).ok()?;
    let kept: Kept = serde_json::from_str(entries.get(ENTRY)?).ok()?;
    // Touching the session makes the store write the state anew, without the flash.
    session.remove(ENTRY);
    Some(kept.unpack())
}
