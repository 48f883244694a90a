//! `/{workspace}/trash`: deleted projects, and having them back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::access::action::EditProjects;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::ProjectId;
use crate::lifecycle::trash::{self, KEPT, KEPT_DAYS};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::places::InWorkspace;
use crate::pages::{frame, links};
use crate::projects::people;

#[derive(Template)]
#[template(path = "pages/projects/trash.html")]
struct TrashPage {
    page: PageFrame,
    workspace: String,
    kept_days: u64,
    may_edit: bool,
    projects: Vec<Line>,
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

pub async fn show(inside: InWorkspace) -> Result<HttpResponse, PageError> {
    let workspace = inside.place.workspace.id;
    let (deleted, names) = inside
        .read(move |db| {
            let deleted = trash::of_workspace(db, workspace)?;
            let names = people::names(db, deleted.iter().filter_map(|(_, by)| *by))?;
            Ok::<_, DbError>((deleted, names))
        })
        .await?;
    let (now, zone) = (inside.act.now, words::zone(&inside.account.time_zone));
    // Those that are due wait for the job that erases them.
    let lines = deleted.into_iter().filter_map(|(project, by)| {
        let deleted_at = project.deleted_at.filter(|at| now.since(*at) < KEPT)?;
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
    };
    frame::html(StatusCode::OK, &page)
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
