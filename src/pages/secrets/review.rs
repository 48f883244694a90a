//! `…/review`: the names of a pasted file, new, replaced or refused, to be confirmed.
//!
//! Rule: between the two pages the file lies sealed, for this session alone and for ten minutes, and is gone once it was
//! kept: both in one transaction, so that nothing is lost when keeping it fails. What is kept is what was looked at: a
//! file that was pasted meanwhile has a mark of its own.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::here::SecretsHere;
use super::typed::Typed;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::kernel::id::{SecretId, SecretUseId};
use crate::pages::{frame, links};
use crate::secrets::adding::{self, Kept};
use crate::secrets::dotenv::{self, Entry};
use crate::secrets::{SecretError, SecretName, SecretValue, room, secret};
use crate::sessions::shown_once;

const GOOD: &str = "What is refused is left out. This page is good for ten minutes.";
const NOTHING: &str = "Nothing in this file can be kept.";

#[derive(Template)]
#[template(path = "pages/secrets/review.html")]
struct ReviewPage<'a> {
    page: PageFrame,
    base: &'a str,
    whose: &'a str,
    rows: Vec<Row>,
    /// How many are new, replaced and refused.
    counts: [String; 3],
    note: String,
    can_keep: bool,
    paste: SecretUseId,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct KeepTyped {
    paste: String,
}

/// What becomes of pressing *Keep*.
enum Outcome {
    Kept(Kept),
    Gone,
    /// Another file was pasted since the names were shown.
    Crossed,
}

struct Row {
    line: usize,
    /// Empty where there is none that could be shown.
    name: String,
    /// Kind and word.
    badge: (&'static str, &'static str),
    note: String,
}

/// Keeps a file for the next page.
pub(super) async fn hold(here: &SecretsHere, typed: Typed) -> Result<(), PageError> {
    let (act, session, what) = (here.act.clone(), here.session.id, what(here));
    let mark: SecretUseId = act.id();
    let held = Zeroizing::new([mark.as_str(), "\n", typed.text()].concat());
    Ok(here.write(move |db| shown_once::keep(db, &act, session, &what, &held)).await?)
}

pub async fn show(here: SecretsHere) -> Result<HttpResponse, PageError> {
    here.permit()?;
    let (act, session, workspace, what) = (here.act.clone(), here.session.id, here.workspace, what(&here));
    let (held, known) = here
        .read(move |db| {
            let held = shown_once::look(db, &act, session, &what)?;
            Ok::<_, DbError>((held, secret::by_name(db, workspace)?))
        })
        .await?;
    let Some((paste, entries)) = held.and_then(|held| opened(&held)) else { return Ok(gone(&here)) };
    let rows: Vec<Row> = entries.iter().map(|entry| row(entry, &known)).collect();
    let count = |kind: &str| rows.iter().filter(|row| row.badge.0 == kind).count();
    let counts = [count("good"), count("accent"), count("danger")];
    let new = i64::try_from(counts[0]).unwrap_or(i64::MAX);
    let too_many = match here.read(move |db| room::room_for(db, workspace, new)).await {
        Ok(()) => None,
        Err(SecretError::TooMany) => Some(super::more_than_may_be()),
        Err(SecretError::TooManyDeleted) => Some(super::too_many_deleted()),
        Err(error) => return Err(error.into()),
    };
    let has_good = counts[0] + counts[1] > 0;
    let page = ReviewPage {
        page: here.frame("Secrets in this file", "Nothing is kept before you press the button."),
        base: &here.base,
        whose: here.whose(),
        can_keep: has_good && too_many.is_none(),
        note: too_many.unwrap_or_else(|| if has_good { GOOD } else { NOTHING }.to_owned()),
        counts: counts.map(|count| words::number(i64::try_from(count).unwrap_or(0))),
        rows,
        paste,
    };
    frame::html(StatusCode::OK, &page)
}

pub async fn keep(here: SecretsHere, form: Form<KeepTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit()?;
    let back = links::secrets_review(&here.base);
    if form.is_resumed {
        return Ok(here.again(&back));
    }
    here.confirmed(super::PUT, &back)?;
    let (act, session, what, paste) = (here.act.clone(), here.session.id, what(&here), form.typed.paste);
    let kept = here
        .write(move |db| {
            let held = shown_once::look(db, &act, session, &what)?;
            let Some((mark, entries)) = held.and_then(|held| opened(&held)) else { return Ok(Outcome::Gone) };
            if mark.as_str() != paste {
                return Ok(Outcome::Crossed);
            }
            // Of two presses at once, one keeps them.
            if shown_once::take(db, &act, session, &what)?.is_none() {
                return Ok(Outcome::Gone);
            }
            let good: Vec<(SecretName, SecretValue)> =
                entries.into_iter().filter_map(|entry| entry.read.ok()).collect();
            adding::keep_all(db, &act, &permit, &good).map(Outcome::Kept)
        })
        .await;
    match kept {
        Ok(Outcome::Gone) => Ok(gone(&here)),
        Ok(Outcome::Crossed) => Ok(here.refused(
            &back,
            "You pasted another file meanwhile, so nothing was kept. These are its names: look at them before you keep it.",
        )),
        Ok(Outcome::Kept(Kept { added, replaced })) => {
            let count = |names: &[String]| words::number(i64::try_from(names.len()).unwrap_or(0));
            let sentence = format!("{} added, {} replaced.", count(&added), count(&replaced));
            Ok(here.done(&here.base, &sentence))
        }
        // The file still waits there, and the page says what would have to change.
        Err(SecretError::TooLarge(deleted)) => Ok(here.refused(&back, &super::too_large(deleted))),
        Err(SecretError::TooMany) => Ok(here.refused(&back, &super::more_than_may_be())),
        Err(SecretError::TooManyDeleted) => Ok(here.refused(&back, &super::too_many_deleted())),
        Err(error) => Err(error.into()),
    }
}

/// The mark of a file, and what is in it.
fn opened(held: &str) -> Option<(SecretUseId, Vec<Entry>)> {
    let (mark, file) = held.split_once('\n')?;
    Some((mark.parse().ok()?, dotenv::read(file).ok()?))
}

fn gone(here: &SecretsHere) -> HttpResponse {
    here.refused(&links::secrets_paste(&here.base), "That file is no longer here. Paste it again.")
}

/// What tells this workspace's file from other things that wait for a page of this session.
fn what(here: &SecretsHere) -> String {
    format!("secrets {}", here.workspace)
}

fn row(entry: &Entry, known: &HashMap<SecretName, SecretId>) -> Row {
    let (name, badge, note) = match &entry.read {
        Ok((name, _)) => {
            let badge = if known.contains_key(name) { ("accent", "Replaced") } else { ("good", "New") };
            let note = if entry.was_lower() { "In capital letters, as names are." } else { "" };
            (name.to_string(), badge, note.to_owned())
        }
        Err(why) => (entry.typed.clone().unwrap_or_default(), ("danger", "Refused"), why.clone()),
    };
    Row { line: entry.line, name, badge, note }
}
