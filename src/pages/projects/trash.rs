//! `/{workspace}/trash`: deleted projects, and having them back.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::access::action::EditProjects;
use crate::db::{Db, DbError};
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::form::{Form, Query};
use crate::http::page::{FlashKind, PageFrame, Pager};
use crate::http::table_file::{self, Cells, moment, typed};
use crate::http::words::{self, When};
use crate::kernel::cursor::Cursor;
use crate::kernel::id::{AccountId, ProjectId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::lifecycle::trash::{self, KEPT, KEPT_DAYS};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::places::InWorkspace;
use crate::pages::{frame, links};
use crate::projects::people;
use crate::projects::project::{self, AskedDeleted, Deleted};

const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "pages/projects/trash.html")]
struct TrashPage {
    page: PageFrame,
    workspace: String,
    kept_days: u64,
    may_edit: bool,
    typed: String,
    projects: Vec<Line>,
    pager: Pager,
    csv: String,
}

struct Line {
    id: ProjectId,
    name: String,
    slug: String,
    by: String,
    deleted: When,
    erased: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RestoreTyped {
    project: String,
}

/// `GET /trash`, where clients' messages lead: one's own.
pub async fn of_ones_own(here: SignedIn) -> HttpResponse {
    Visitor::redirect(&links::trash(here.account.username.as_str()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    after: String,
}

impl Asked {
    /// Those that can be had back, from the one deleted last on. What is due waits for the job that erases it.
    fn wanted(&self, now: Timestamp) -> AskedDeleted {
        let words = self.q.trim().to_lowercase();
        AskedDeleted { words, since: now.minus(KEPT), after: None, most: table_file::MOST }
    }
}

pub async fn show(inside: InWorkspace, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let unreadable = |()| PageError::BadRequest("the page cannot be told from its address");
    let after: Option<Cursor> =
        (!asked.after.is_empty()).then(|| asked.after.parse()).transpose().map_err(unreadable)?;
    let (workspace, now) = (inside.place.workspace.id, inside.act.now);
    let wanted = AskedDeleted { after, most: ROWS + 1, ..asked.wanted(now) };
    let (mut deleted, names) = inside.read(move |db| read(db, workspace, &wanted)).await?;
    let has_more = deleted.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        deleted.pop();
    }
    let at = |after: &str| links::trash_where(inside.name(), &[("q", asked.q.as_str()), ("after", after)]);
    let pager = Pager {
        words: words::count(i64::try_from(deleted.len()).unwrap_or(0), "project here", "projects here"),
        previous: (!asked.after.is_empty()).then(|| at("")),
        next: deleted.last().filter(|_| has_more).and_then(end).map(|end| at(&end.to_string())),
    };
    let zone = words::zone(&inside.account.time_zone);
    let lines = deleted.into_iter().filter_map(|(project, by)| {
        let deleted_at = project.deleted_at?;
        Some(Line {
            id: project.id,
            name: project.name,
            slug: project.slug,
            by: by.and_then(|by| names.get(&by)).cloned().unwrap_or_default(),
            deleted: words::relative(deleted_at, now, &zone).in_sentence(),
            erased: words::relative(deleted_at.plus(KEPT), now, &zone).in_sentence(),
        })
    });
    let page = TrashPage {
        page: inside.framed_in(None, "Trash", "Deleted projects, while they can be restored."),
        workspace: inside.name().to_owned(),
        kept_days: KEPT_DAYS,
        may_edit: inside.membership().may::<EditProjects>(),
        projects: lines.collect(),
        csv: links::trash_csv(inside.name(), &asked.q),
        typed: asked.q,
        pager,
    };
    frame::html(StatusCode::OK, &page)
}

/// `GET /{workspace}/trash/projects.csv`: the same list as a file.
pub async fn csv(inside: InWorkspace, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (wanted, now) = (asked.wanted(inside.act.now), inside.act.now);
    let (store, workspace) = (inside.store.clone(), inside.place.workspace.id);
    let parts = move |after| {
        let (store, wanted) = (store.clone(), AskedDeleted { after, ..wanted.clone() });
        async move {
            let (found, names) = store.read(move |db| read(db, workspace, &wanted)).await?;
            let next = found.last().filter(|_| found.len() >= table_file::ROWS).and_then(end);
            Ok((found.iter().map(|one| cells(one, &names)).collect(), next))
        }
    };
    Ok(table_file::list(&format!("trash-{}", inside.name()), now, HEAD, parts))
}

const HEAD: &[&str] = &["name", "address", "deleted_by", "deleted_at", "erased_at"];

fn cells((project, by): &Deleted, names: &HashMap<AccountId, String>) -> Cells {
    vec![
        typed(&project.name),
        project.slug.clone(),
        typed(by.and_then(|by| names.get(&by)).map_or("", String::as_str)),
        moment(project.deleted_at),
        moment(project.deleted_at.map(|at| at.plus(KEPT))),
    ]
}

/// A part of them, with the names of those who deleted them.
fn read(
    db: &mut Db,
    workspace: WorkspaceId,
    wanted: &AskedDeleted,
) -> Result<(Vec<Deleted>, HashMap<AccountId, String>), DbError> {
    let deleted = project::deleted(db, workspace, wanted)?;
    let names = people::names(db, deleted.iter().filter_map(|(_, by)| *by))?;
    Ok((deleted, names))
}

/// Where the list goes on behind this one.
fn end((project, _): &Deleted) -> Option<Cursor> {
    project.deleted_at.map(|at| Cursor { value: at.as_micros(), id: project.id.to_string() })
}

pub async fn restore(inside: InWorkspace, form: Form<RestoreTyped>) -> Result<HttpResponse, PageError> {
    let permit = inside.permit::<EditProjects>()?;
    let back = links::trash(inside.name());
    if form.is_resumed {
        let text = "You were signed out meanwhile, so nothing was done. Press it once more if you still want to.";
        flash::set(&inside.cookie, FlashKind::Warn, text);
        return Ok(Visitor::redirect(&back));
    }
    let id: ProjectId = form.typed.project.parse().map_err(|_| PageError::NotFound)?;
    let act = inside.act.clone();
    let restored = inside.write(move |db| trash::restore(db, &act, &permit, id)).await?;
    let project = restored.ok_or(PageError::NotFound)?;
    let to = links::project(inside.name(), &project.slug);
    Ok(inside.done(&to, &format!("{} is back, and its keys work again.", project.name)))
}
