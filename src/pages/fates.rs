//! What becomes of the organizations that only a closing account owns: asked on the very page that closes it.

use std::collections::HashMap;

use crate::http::field_errors::FieldErrors;
use crate::http::page::Choice;
use crate::http::words;
use crate::lifecycle::departures::{Fate, Fates, Orphan};

const DELETE: &str = "delete";
const PREFIX: &str = "organization-";

/// One question: a fieldset of radio buttons.
pub struct Question {
    pub id: String,
    pub legend: String,
    choices: Vec<Choice>,
    pub chosen: String,
    pub error: &'static str,
}

impl Question {
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }
}

/// What was typed beside the known fields, by the name of the field.
pub type Typed = HashMap<String, String>;

pub fn questions(orphans: &[Orphan], typed: &Typed, is_asked: bool) -> Vec<Question> {
    orphans.iter().map(|orphan| question(orphan, typed, is_asked)).collect()
}

fn question(orphan: &Orphan, typed: &Typed, is_asked: bool) -> Question {
    let heirs = orphan.heirs.iter().map(|(id, username, name, role)| {
        let who = if name.is_empty() { username } else { name };
        Choice::new(id.to_string(), format!("Hand it over to {who}"))
            .with_note(format!("{username}, now {}. Becomes its Owner.", role.title()))
    });
    let members = words::count(orphan.members, "member", "members");
    let end =
        Choice::new(DELETE, "Delete it").with_note(format!("For all of its {members}, together with the account."));
    let id = format!("{PREFIX}{}", orphan.id);
    let chosen = typed.get(&id).cloned().unwrap_or_default();
    let is_missing = is_asked && fate(orphan, &chosen).is_none();
    Question {
        legend: format!("{} ({}) has no other Owner", orphan.title, orphan.name),
        choices: heirs.chain([end]).collect(),
        chosen,
        error: if is_missing { "Choose what becomes of it." } else { "" },
        id,
    }
}

fn fate(orphan: &Orphan, chosen: &str) -> Option<Fate> {
    if chosen == DELETE {
        return Some(Fate::Delete);
    }
    orphan.heirs.iter().find(|(id, ..)| id.as_str() == chosen).map(|(id, ..)| Fate::HandOver(*id))
}

/// What was chosen for each; what is missing becomes one error for all.
pub fn chosen(errors: &mut FieldErrors, orphans: &[Orphan], typed: &Typed) -> Fates {
    let mut fates = Fates::new();
    for orphan in orphans {
        let answer = typed.get(&format!("{PREFIX}{}", orphan.id)).map(String::as_str).unwrap_or_default();
        if let Some(fate) = fate(orphan, answer) {
            fates.insert(orphan.id, fate);
        }
    }
    if fates.len() < orphans.len() {
        errors.add("organizations", "Organizations", "Choose what becomes of each.");
    }
    fates
}
