//! `/{workspace}`: what the workspace holds.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::access::action::{EditProjects, ManageWorkspaceKeys};
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::pages::places::InWorkspace;
use crate::pages::{frame, links};
use crate::projects::place::Place;
use crate::projects::project;

#[derive(Template)]
#[template(path = "pages/workspace/home.html")]
struct HomePage {
    page: PageFrame,
    title: String,
    name: String,
    settings: Option<String>,
    /// Of the workspace as a whole, for whoever may look after them.
    keys: Option<String>,
    may_edit: bool,
    projects: Vec<Row>,
}

struct Row {
    name: String,
    description: String,
    link: String,
    created: When,
}

/// `GET /{workspace}`
pub async fn show(inside: InWorkspace) -> Result<HttpResponse, PageError> {
    let workspace = inside.place.workspace.id;
    let projects = inside.read(move |db| project::of_workspace(db, workspace)).await?;
    let zone = words::zone(&inside.account.time_zone);
    let is_organization = inside.place.organization.is_some();
    let description = if is_organization { "What its members work on together." } else { "What is yours alone." };
    let row = |one: project::Project| Row {
        link: links::project(inside.name(), &one.slug),
        name: one.name,
        description: one.description,
        created: words::day(one.created_at, &zone),
    };
    let keys =
        Place { workspace, workspace_name: inside.name().to_owned(), is_personal: !is_organization, project: None };
    let page = HomePage {
        page: inside.framed_in(None, inside.name(), description),
        title: inside.title().to_owned(),
        name: inside.name().to_owned(),
        settings: is_organization.then(|| links::organization_profile(inside.name())),
        keys: inside.membership().may::<ManageWorkspaceKeys>().then(|| keys.path()),
        may_edit: inside.membership().may::<EditProjects>(),
        projects: projects.into_iter().map(row).collect(),
    };
    frame::html(StatusCode::OK, &page)
}
