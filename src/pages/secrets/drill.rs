//! `…/leaks/{drill}`: the checklist of one leak, and its record once it is closed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::drill_rows::{Facts, KeyRow, PlaceRow, StepRow};
use super::here::SecretsHere;
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::kernel::id::{LeakDrillId, SecretId};
use crate::kernel::names::several_lines;
use crate::pages::{frame, links};
use crate::projects::{people, project};
use crate::secrets::leaks::{self, Drill, Step};
use crate::secrets::{Secret, SecretError};

const DEED: &str = "change a leak drill";

#[derive(Template)]
#[template(path = "pages/secrets/drill.html")]
struct DrillPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    base: &'a str,
    id: LeakDrillId,
    secret: SecretId,
    facts: Facts,
    places: Vec<PlaceRow>,
    places_note: String,
    steps: Vec<StepRow>,
    keys: Vec<KeyRow>,
    keys_note: String,
    is_all_done: bool,
    done: usize,
    typed: &'a CloseTyped,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StepTyped {
    step: String,
    note: String,
    /// `done` or `undone`.
    #[serde(rename = "do")]
    what: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct JobsTyped {
    /// `stop` or `go`.
    #[serde(rename = "do")]
    what: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CloseTyped {
    reason: String,
    false_alarm: String,
}

pub async fn show(here: SecretsHere) -> Result<HttpResponse, PageError> {
    let (drill, secret, _) = drill(&here).await?;
    answer(&here, StatusCode::OK, &drill, &secret, &CloseTyped::default(), FieldErrors::new()).await
}

/// *Done*, or *Not done* after all, of one step.
pub async fn step(here: SecretsHere, form: Form<StepTyped>) -> Result<HttpResponse, PageError> {
    let (drill, _, permit) = drill(&here).await?;
    let (id, back) = (drill.id, links::leak(&here.base, drill.id));
    if form.is_resumed {
        return Ok(here.again(&back));
    }
    here.confirmed(DEED, &back)?;
    let step: Step = form.typed.step.parse().map_err(|_| PageError::NotFound)?;
    let note = match form.typed.what.as_str() {
        "done" => match several_lines(&form.typed.note, 300) {
            Ok(note) => Some(note),
            Err(error) => return Ok(here.refused(&back, &format!("The step is still open. Its note: {error}"))),
        },
        "undone" => None,
        _ => return Err(PageError::NotFound),
    };
    let (act, is_done) = (here.act.clone(), note.is_some());
    here.write(move |db| leaks::mark(db, &act, &permit, id, step, note.as_deref())).await?;
    Ok(here.done(&back, if is_done { "The step is done." } else { "The step is open again." }))
}

/// Whether jobs get the value until it is replaced.
pub async fn jobs(here: SecretsHere, form: Form<JobsTyped>) -> Result<HttpResponse, PageError> {
    let (drill, _, permit) = drill(&here).await?;
    let (id, back) = (drill.id, links::leak(&here.base, drill.id));
    if form.is_resumed {
        return Ok(here.again(&back));
    }
    here.confirmed(DEED, &back)?;
    let is_withheld = match form.typed.what.as_str() {
        "stop" => true,
        "go" => false,
        _ => return Err(PageError::NotFound),
    };
    let act = here.act.clone();
    here.write(move |db| leaks::withhold(db, &act, &permit, id, is_withheld)).await?;
    let sentence = if is_withheld { "Jobs no longer get it, until it is replaced." } else { "Jobs get it again." };
    Ok(here.done(&back, sentence))
}

pub async fn close(here: SecretsHere, form: Form<CloseTyped>) -> Result<HttpResponse, PageError> {
    let (drill, secret, permit) = drill(&here).await?;
    let (id, back) = (drill.id, links::leak(&here.base, drill.id));
    let invalid = |errors| answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &drill, &secret, &form.typed, errors);
    if form.is_resumed {
        return invalid(FieldErrors::whole(as_left("The drill is still open."))).await;
    }
    here.confirmed(DEED, &back)?;
    let reason = match several_lines(&form.typed.reason, 500) {
        Ok(reason) => reason,
        Err(error) => return invalid(FieldErrors::one("reason", "Reason", error.to_string())).await,
    };
    let (act, is_false_alarm) = (here.act.clone(), form.typed.false_alarm == "yes");
    match here.write(move |db| leaks::close(db, &act, &permit, id, &reason, is_false_alarm)).await {
        Ok(()) => Ok(here.done(&back, "The drill is closed. It stays here as a record.")),
        Err(SecretError::Unfinished) => {
            let text = if is_false_alarm {
                "Say why it was a false alarm."
            } else {
                "Not every step is done: do them first, or say why the drill ends without."
            };
            invalid(FieldErrors::one("reason", "Reason", text)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The drill of this address, for somebody who may change secrets.
async fn drill(here: &SecretsHere) -> Result<(Drill, Secret, Permit<ChangeSecrets>), PageError> {
    let permit = here.permit()?;
    let id: LeakDrillId = here.request.match_info().query("drill").parse().map_err(|_| PageError::NotFound)?;
    let workspace = here.workspace;
    let (drill, secret) = here.read(move |db| leaks::one(db, workspace, id)).await?.ok_or(PageError::NotFound)?;
    Ok((drill, secret, permit))
}

async fn answer(
    here: &SecretsHere,
    status: StatusCode,
    drill: &Drill,
    secret: &Secret,
    typed: &CloseTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (now, one, of, workspace) = (here.act.now, drill.clone(), secret.clone(), here.workspace);
    let read = here.read(move |db| {
        let progress = leaks::progress(db, &one, &of, now)?;
        let places = leaks::of_version(db, of.id, one.version)?;
        let slugs = project::some_of(db, workspace, places.all.iter().filter_map(|place| place.project).collect())?;
        let tickers = progress.marks.iter().filter_map(|mark| mark.done_by);
        let makers = progress.replacement.iter().filter_map(|version| version.made_by);
        let fetchers = places.all.iter().filter_map(|place| place.account);
        let everybody = tickers.chain(makers).chain(fetchers).chain(one.opened_by).chain(one.closed_by);
        let names = people::names(db, everybody)?;
        Ok::<_, DbError>((progress, places, slugs, names))
    });
    let (progress, places, slugs, names) = read.await?;
    let title = format!("Leak of {}", secret.name);
    let mut page = here.frame(&title, "What was done with it, and what is to be done now.");
    page.has_error = !errors.is_empty();
    let page = DrillPage {
        page,
        errors,
        base: &here.base,
        id: drill.id,
        secret: secret.id,
        facts: Facts::of(here, drill, secret, &names),
        places_note: PlaceRow::note(drill, &places),
        places: PlaceRow::all(here, &places, &slugs, &names),
        steps: StepRow::all(here, drill, &progress, &names),
        keys_note: KeyRow::note(&progress),
        keys: KeyRow::all(here, &progress),
        is_all_done: progress.is_all_done(),
        done: progress.done(),
        typed,
    };
    frame::html(status, &page)
}
