//! `/{workspace}/{project}/artifacts`: the datasets and models that the platform registered.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::page::PageFrame;
use crate::http::table_file::{self, Cells, typed};
use crate::http::words::{self, When};
use crate::kernel::id::ArtifactId;
use crate::pages::places::InProject;
use crate::pages::{frame, links};
use crate::projects::artifacts;

const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "pages/projects/artifacts.html")]
struct ArtifactsPage {
    page: PageFrame,
    workspace: String,
    project: String,
    base: String,
    asked: Asked,
    is_filtered: bool,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
    csv: String,
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
    q: String,
    kind: String,
    before: String,
}

const STRANGE: PageError = PageError::BadRequest("the page cannot be told from its address");

impl Asked {
    /// Which artifacts, from the newest on.
    fn wanted(&self) -> Result<artifacts::Asked, PageError> {
        let kind = match self.kind.as_str() {
            "" => None,
            word => Some(word.parse().map_err(|_| STRANGE)?),
        };
        Ok(artifacts::Asked { words: self.q.trim().to_lowercase(), kind, before: None, most: table_file::MOST })
    }

    fn filters(&self) -> [(&'static str, &str); 2] {
        [("q", &self.q), ("kind", &self.kind)]
    }
}

pub async fn show(inside: InProject, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let before: Option<ArtifactId> = match asked.before.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| STRANGE)?),
    };
    let (id, wanted) = (inside.project.id, artifacts::Asked { before, most: ROWS + 1, ..asked.wanted()? });
    let mut all = inside.read(move |db| artifacts::of_project(db, id, &wanted)).await?;
    let has_more = all.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if has_more {
        all.pop();
    }
    let base = links::project(inside.name(), &inside.project.slug);
    let (list, filters) = (links::project_artifacts(&base), asked.filters());
    let from = |before: &str| links::artifacts_where(&base, &[&filters[..], &[("before", before)]].concat());
    let older = all.last().filter(|_| has_more).map(|last| from(last.id.as_str()));
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
        is_filtered: from("") != list,
        rows: all.into_iter().map(row).collect(),
        newest: before.map(|_| from("")),
        older,
        csv: links::csv(&list, &filters),
        asked,
        base,
    };
    frame::html(StatusCode::OK, &page)
}

/// `GET /{workspace}/{project}/artifacts.csv`: the same list as a file.
pub async fn csv(inside: InProject, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (wanted, store, id) = (asked.wanted()?, inside.store.clone(), inside.project.id);
    let read = move |before| {
        let (store, wanted) = (store.clone(), artifacts::Asked { before, ..wanted.clone() });
        async move {
            let found = store.read(move |db| artifacts::of_project(db, id, &wanted)).await?;
            let next = found.last().filter(|_| found.len() >= table_file::ROWS).map(|last| last.id);
            Ok((found.iter().map(cells).collect(), next))
        }
    };
    let name = format!("artifacts-{}-{}", inside.name(), inside.project.slug);
    Ok(table_file::list(&name, inside.act.now, HEAD, read))
}

const HEAD: &[&str] = &["name", "kind", "bytes", "made_by", "source", "source_id", "created_at", "changed_at"];

fn cells(one: &artifacts::Artifact) -> Cells {
    vec![
        typed(&one.name),
        one.kind.to_string(),
        one.size.to_string(),
        typed(&one.made_by),
        typed(&one.source),
        typed(&one.source_id),
        one.created_at.to_string(),
        one.changed_at.to_string(),
    ]
}
