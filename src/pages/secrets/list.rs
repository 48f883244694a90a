//! `…/settings/secrets`: which there are, by name, and those that can still be had back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::SecretsHere;
use super::row::{Row, Rows};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::{Form, Query};
use crate::http::page::{PageFrame, Pager};
use crate::http::words::{self, When};
use crate::kernel::id::SecretId;
use crate::pages::{frame, links};
use crate::projects::people;
use crate::secrets::removal::{self, KEPT, KEPT_DAYS};
use crate::secrets::{Secret, SecretError, leaks, secret};

const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "pages/secrets/list.html")]
struct ListPage<'a> {
    page: PageFrame,
    here: &'a SecretsHere,
    base: &'a str,
    typed: String,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    deleted: Vec<InTrash>,
    drills: Vec<OpenDrill>,
    kept_days: u64,
    may_change: bool,
}

struct OpenDrill {
    href: String,
    name: String,
    version: i64,
    opened: When,
    opener: String,
}

struct InTrash {
    id: SecretId,
    name: String,
    deleted: When,
    erased: When,
    by: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    after: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RestoreTyped {
    secret: String,
}

fn searched(q: &str) -> String {
    q.trim().to_lowercase()
}

impl Asked {
    pub fn searched(&self) -> String {
        searched(&self.q)
    }
}

pub async fn show(here: SecretsHere, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let Asked { q, after } = asked.0;
    let (workspace, now, searched) = (here.workspace, here.act.now, searched(&q));
    let from = (!after.is_empty()).then(|| after.clone());
    let may_change = here.may_change();
    let (mut found, deleted, drills, leaked, names) = here
        .read(move |db| {
            let found = secret::of_workspace(db, workspace, &searched, from.as_deref(), ROWS + 1)?;
            let deleted = removal::of_workspace(db, workspace, now)?;
            let leaked = leaks::leaked(db, workspace)?;
            // The pages they lead to are for those who may change secrets.
            let drills = if may_change { leaks::open_ones(db, workspace)? } else { Vec::new() };
            let people = found.iter().flat_map(|one| [one.created_by, one.changed_by]).flatten();
            let people = people
                .chain(deleted.iter().filter_map(|one| one.deleted_by))
                .chain(drills.iter().filter_map(|(drill, _)| drill.opened_by));
            let names = people::names(db, people)?;
            Ok::<_, DbError>((found, deleted, drills, leaked, names))
        })
        .await?;
    let has_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        found.pop();
    }
    let at = |after: &str| links::secrets_where(&here.base, &[("q", q.as_str()), ("after", after)]);
    let pager = Pager {
        words: words::count(i64::try_from(found.len()).unwrap_or(0), "secret here", "secrets here"),
        previous: (!after.is_empty()).then(|| at("")),
        next: found.last().filter(|_| has_more).map(|last| at(last.name.as_str())),
    };
    let zone = words::zone(&here.account.time_zone);
    let rows = Rows { base: &here.base, now, zone: &zone, names: &names, leaked: &leaked };
    let deleted_row = |one: &Secret| {
        let deleted_at = one.deleted_at?;
        Some(InTrash {
            id: one.id,
            name: one.name.to_string(),
            deleted: words::relative(deleted_at, now, &zone).in_sentence(),
            erased: words::relative(deleted_at.plus(KEPT), now, &zone).in_sentence(),
            by: rows.name_of(one.deleted_by),
        })
    };
    let page = ListPage {
        page: here.frame("Secrets", "Jobs get them as environment variables. Nobody sees their values again."),
        here: &here,
        base: &here.base,
        rows: found.iter().map(|one| rows.row(one)).collect(),
        drills: drills
            .iter()
            .map(|(drill, name)| OpenDrill {
                href: links::leak(&here.base, drill.id),
                name: name.to_string(),
                version: drill.version,
                opened: words::relative(drill.opened_at, now, &zone).in_sentence(),
                opener: rows.name_of(drill.opened_by),
            })
            .collect(),
        deleted: deleted.iter().filter_map(deleted_row).collect(),
        kept_days: KEPT_DAYS,
        may_change,
        pager,
        csv: links::csv(&here.base, &[("q", &q)]),
        typed: q,
    };
    frame::html(StatusCode::OK, &page)
}

/// *Restore*: jobs get it again.
pub async fn restore(here: SecretsHere, form: Form<RestoreTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit()?;
    if form.is_resumed {
        return Ok(here.again(&here.base));
    }
    here.confirmed(super::PUT, &here.base)?;
    let id: SecretId = form.typed.secret.parse().map_err(|_| PageError::NotFound)?;
    let act = here.act.clone();
    match here.write(move |db| removal::restore(db, &act, &permit, id)).await {
        Ok(secret) => {
            let back = format!("{} is back, with its versions.", secret.name);
            let sentence = here.done_for_jobs(&secret, format!("{back} Jobs get it again."), &back);
            Ok(here.done(&links::secret(&here.base, id), &sentence))
        }
        Err(SecretError::Taken) => {
            Ok(here.refused(&here.base, "Another secret has its name meanwhile. Delete that one first."))
        }
        Err(SecretError::TooLarge(deleted)) => Ok(here.refused(&here.base, &super::too_large(deleted))),
        Err(SecretError::TooMany) => Ok(here.refused(&here.base, &super::too_many())),
        Err(error) => Err(error.into()),
    }
}
