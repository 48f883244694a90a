//! `/{workspace}`: what the workspace holds.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::access::action::{EditProjects, ManageWorkspaceKeys};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::form::Query;
use crate::http::page::{PageFrame, Pager};
use crate::http::table_file::{self, Cells, typed};
use crate::http::words::{self, When};
use crate::kernel::id::ProjectId;
use crate::pages::places::InWorkspace;
use crate::pages::{frame, links};
use crate::projects::place::Place;
use crate::projects::project::{self, Visibility};

const ROWS: i64 = 25;
/// So much of a description tells projects apart.
const DESCRIPTION: usize = 160;

#[derive(Template)]
#[template(path = "pages/workspace/home.html")]
struct HomePage {
    page: PageFrame,
    title: String,
    face: Face,
    /// `square` is what organizations are drawn as.
    shape: &'static str,
    name: String,
    settings: Option<String>,
    /// Of the workspace as a whole, for whoever may look after them.
    keys: Option<String>,
    may_edit: bool,
    typed: String,
    projects: Vec<Row>,
    pager: Pager,
    csv: String,
}

struct Row {
    name: String,
    description: String,
    link: String,
    created: When,
    is_public: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    before: String,
}

/// `GET /{workspace}`
pub async fn show(inside: InWorkspace, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let Asked { q, before: typed_before } = asked.0;
    let before: Option<ProjectId> = match typed_before.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| PageError::BadRequest("the page cannot be told from its address"))?),
    };
    let (workspace, searched) = (inside.place.workspace.id, q.trim().to_lowercase());
    let mut projects = inside.read(move |db| project::of_workspace(db, workspace, &searched, before, ROWS + 1)).await?;
    let has_more = projects.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        projects.pop();
    }
    let at = |before: &str| links::projects_where(inside.name(), &[("q", q.as_str()), ("before", before)]);
    let pager = Pager {
        words: words::count(i64::try_from(projects.len()).unwrap_or(0), "project here", "projects here"),
        previous: (!typed_before.is_empty()).then(|| at("")),
        next: projects.last().filter(|_| has_more).map(|last| at(last.id.as_str())),
    };
    let zone = words::zone(&inside.account.time_zone);
    let is_organization = inside.place.organization.is_some();
    let description = if is_organization { "What its members work on together." } else { "What is yours alone." };
    let row = |one: project::Project| Row {
        link: links::project(inside.name(), &one.slug),
        name: one.name,
        description: words::beginning(&one.description, DESCRIPTION),
        created: words::day(one.created_at, &zone),
        is_public: one.visibility == Visibility::Public,
    };
    let keys =
        Place { workspace, workspace_name: inside.name().to_owned(), is_personal: !is_organization, project: None };
    let page = HomePage {
        page: inside.framed_in(None, inside.name(), description),
        title: inside.title().to_owned(),
        face: inside.face(),
        shape: if is_organization { "square" } else { "" },
        name: inside.name().to_owned(),
        settings: is_organization.then(|| links::organization_profile(inside.name())),
        keys: inside.membership().may::<ManageWorkspaceKeys>().then(|| keys.path()),
        may_edit: inside.membership().may::<EditProjects>(),
        projects: projects.into_iter().map(row).collect(),
        csv: links::projects_csv(inside.name(), &q),
        typed: q,
        pager,
    };
    frame::html(StatusCode::OK, &page)
}

/// `GET /{workspace}/projects/all.csv`: the same list as a file.
pub async fn csv(inside: InWorkspace, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (store, workspace, searched) = (inside.store.clone(), inside.place.workspace.id, asked.q.trim().to_lowercase());
    let read = move |before| {
        let (store, searched) = (store.clone(), searched.clone());
        async move {
            let part = store.read(move |db| project::of_workspace(db, workspace, &searched, before, table_file::MOST));
            let found = part.await?;
            let next = found.last().filter(|_| found.len() >= table_file::ROWS).map(|last| last.id);
            Ok((found.iter().map(cells).collect(), next))
        }
    };
    Ok(table_file::list(&format!("projects-{}", inside.name()), inside.act.now, HEAD, read))
}

const HEAD: &[&str] = &["id", "name", "address", "description", "visibility", "created_at"];

fn cells(one: &project::Project) -> Cells {
    vec![
        one.number.to_string(),
        typed(&one.name),
        one.slug.clone(),
        typed(&one.description),
        one.visibility.to_string(),
        one.created_at.to_string(),
    ]
}
