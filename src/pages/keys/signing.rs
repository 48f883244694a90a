//! `…/keys/signing`: what becomes of a file that is not signed right.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::here::KeysHere;
use super::list;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::Choice;
use crate::projects::project::{LONGEST_REPLAY_SECONDS, Project, Signing};
use crate::projects::settings;

const ANY: &str = "any";
/// Seconds and words.
const WINDOWS: [(i64, &str); 5] = [
    (300, "5 minutes"),
    (3_600, "1 hour"),
    (86_400, "1 day"),
    (604_800, "7 days"),
    (LONGEST_REPLAY_SECONDS, "30 days"),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SigningTyped {
    pub signing: String,
    pub replay: String,
}

impl SigningTyped {
    pub fn of(project: &Project) -> Self {
        let replay = project.replay_seconds.map_or_else(|| ANY.to_owned(), |seconds| seconds.to_string());
        Self { signing: project.signing.as_str().to_owned(), replay }
    }
}

pub fn signing_choices() -> Vec<Choice> {
    let choice = |signing: Signing, label: &'static str, note: &'static str| {
        Choice::new(signing.as_str(), label).with_note(note)
    };
    vec![
        choice(Signing::Mark, "Accept and mark", "Everything arrives; the verdict stands beside it."),
        choice(Signing::RejectInvalid, "Reject invalid", "Unsigned samples arrive, wrongly signed ones do not."),
        choice(Signing::RequireValid, "Require valid", "Only samples signed with one of the keys above arrive."),
    ]
}

/// The stored window is among them, whoever set it.
pub fn replay_choices(stored: Option<i64>) -> Vec<Choice> {
    let mut choices = vec![Choice::new(ANY, "Any age")];
    choices.extend(
        WINDOWS.iter().map(|(seconds, words)| Choice::new(seconds.to_string(), format!("At most {words} old"))),
    );
    if let Some(stored) = stored.filter(|stored| WINDOWS.iter().all(|(seconds, _)| seconds != stored)) {
        choices.push(Choice::new(stored.to_string(), format!("At most {stored} seconds old")));
    }
    choices
}

pub async fn save(here: KeysHere, form: Form<SigningTyped>) -> Result<HttpResponse, PageError> {
    let (permit, id) = (here.signing_permit()?, here.project_id()?);
    let typed = form.typed;
    let stored = here.project.as_ref().and_then(|project| project.replay_seconds);
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors = FieldErrors::whole(as_left("Nothing was saved yet."));
    }
    let signing: Option<Signing> = typed.signing.parse().ok();
    if signing.is_none() {
        errors.add("signing", "Signing policy", "Choose one of the answers.");
    }
    let is_known = replay_choices(stored).iter().any(|choice| choice.is(&typed.replay));
    if !is_known {
        errors.add("replay", "Replay window", "Choose one of the answers.");
    }
    let (Some(signing), true) = (signing, errors.is_empty()) else {
        return list::answer(&here, StatusCode::UNPROCESSABLE_ENTITY, Some(typed), errors, list::Asked::default())
            .await;
    };
    // `any` is no number.
    let replay: Option<i64> = typed.replay.parse().ok();
    let act = here.act.clone();
    let is_there = here.write(move |db| settings::set_signing(db, &act, &permit, id, signing, replay)).await?;
    if is_there { Ok(here.done(&here.place.path(), "The signing policy is saved.")) } else { Err(PageError::NotFound) }
}
