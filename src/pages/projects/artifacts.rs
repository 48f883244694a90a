//! `/{workspace}/{project}/artifacts`: the datasets and models that the platform registered.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::ArtifactId;
use crate::pages::places::InProject;
use crate::pages::{frame, links};
use crate::projects::artifacts::{self, ArtifactKind};

const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "pages/projects/artifacts.html")]
struct ArtifactsPage {
    page: PageFrame,
    workspace: String,
    project: String,
    base: String,
    kind: &'static str,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
}

impl ArtifactsPage {
    fn is_of(&self, kind: &str) -> bool {
        self.kind == kind
    }
}

struct Row {
    name: String,
    kind: &'static str,
    size: String,
    by: String,
    source: String,
    at: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    before: String,
}

pub async fn show(inside: InProject, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let wrong = || PageError::BadRequest("the page cannot be told from its address");
    let kind: Option<ArtifactKind> = match asked.0.kind.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|_| wrong())?),
    };
    let before: Option<ArtifactId> = match asked.0.before.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| wrong())?),
    };
    let id = inside.project.id;
    let mut all = inside.read(move |db| artifacts::of_project(db, id, kind, before, ROWS + 1)).await?;
    let has_more = all.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        all.pop();
    }
    let base = links::project(inside.name(), &inside.project.slug);
    let word = kind.map_or("", ArtifactKind::as_str);
    let older = all.last().filter(|_| has_more).map(|last| links::artifacts_before(&base, word, Some(last.id)));
    let zone = words::zone(&inside.account.time_zone);
    let row = |one: artifacts::Artifact| Row {
        kind: one.kind.title(),
        size: words::file_size(one.size),
        at: words::relative(one.created_at, inside.act.now, &zone),
        name: one.name,
        by: one.made_by,
        source: format!("{} {}", one.source, one.source_id),
    };
    let page = ArtifactsPage {
        page: inside.project_tab(
            "artifacts",
            "Artifacts",
            "Datasets and models that the platform keeps for this project.",
        ),
        workspace: inside.name().to_owned(),
        project: inside.project.name.clone(),
        kind: word,
        rows: all.into_iter().map(row).collect(),
        newest: before.map(|_| links::artifacts_before(&base, word, None)),
        older,
        base,
    };
    frame::html(StatusCode::OK, &page)
}
