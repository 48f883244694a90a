//! `/platform/v1/artifacts`: the platform registers the datasets and models that it keeps for projects.
//!
//! Rule: registering is safe to repeat: the program's own id names a thing once. An artifact's id here begins with its
//! region's letter, so that a call touches one region.

use actix_web::HttpResponse;
use actix_web::web::{Path, Payload};
use serde::{Deserialize, Serialize};

use super::bearer::Program;
use super::{Problem, body};
use crate::crypto::act::Act;
use crate::db::{DbError, Store};
use crate::kernel::id::ArtifactId;
use crate::kernel::names::one_line;
use crate::kernel::origin::Origin;
use crate::kernel::region::Region;
use crate::projects::artifacts::{self, Artifact, NewArtifact, Registered};
use crate::projects::project;
use crate::regions::directory;
use crate::regions::service_tokens::Allowed;

const SHAPE: &str = "an object with the texts workspace, project, source, id, kind and name and the whole number size";
/// A petabyte: more is a mistake.
const MOST_BYTES: i64 = 1_000_000_000_000_000;

#[derive(Deserialize)]
struct Asked {
    /// The workspace's name and the project's, as in its address.
    workspace: String,
    project: String,
    source: String,
    id: String,
    kind: String,
    name: String,
    size: i64,
    #[serde(default)]
    made_by: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    size: Option<i64>,
}

#[derive(Serialize)]
struct Answer<'a> {
    artifact: String,
    source: &'a str,
    id: &'a str,
    kind: &'a str,
    name: &'a str,
    size: i64,
    made_by: &'a str,
    created_at: String,
    changed_at: String,
}

/// `POST`: 201 for a new one, 200 for one that was registered before.
pub async fn register(program: Program, payload: Payload) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Projects)?;
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let new = checked(&asked)?;
    // What cannot be a name is not asked for: a database may not even be able to hold it.
    if asked.workspace.len() > 64 || !is_word(&asked.workspace) || !is_word(&asked.project) {
        return Err(Problem::NotFound);
    }
    let names = vec![asked.workspace];
    let found = program.site.regions.directory.read(move |db| directory::workspaces(db, &names)).await?;
    let (_, workspace, region) = found.into_iter().next().ok_or(Problem::NotFound)?;
    let (act, slug) = (act(&program), asked.project);
    let registered = store(&program, region)?
        .write(move |db| {
            let Some(project) = project::at(db, workspace, &slug)? else { return Ok::<_, DbError>(None) };
            artifacts::register(db, &act, project.id, &new)
        })
        .await?;
    match registered {
        None => Err(Problem::NotFound),
        Some(Registered::New(artifact)) => Ok(HttpResponse::Created().json(answer(region, &artifact))),
        Some(Registered::Known(artifact)) => Ok(HttpResponse::Ok().json(answer(region, &artifact))),
        Some(Registered::Differs) => {
            Err(Problem::Conflict("Another artifact has this source and id, in another project or of another kind."))
        }
    }
}

/// `PATCH`: a new name, a new size, or both.
pub async fn change(program: Program, id: Path<String>, payload: Payload) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Projects)?;
    let (region, id) = parse_id(&id)?;
    let asked: Change =
        body::json(payload, body::SMALL, "an object with the text name, the whole number size, or both").await?;
    let name = asked.name.as_deref().map(|name| text("name", name, 200)).transpose()?;
    let size = asked.size.map(checked_size).transpose()?;
    let act = act(&program);
    let changed =
        store(&program, region)?.write(move |db| artifacts::change(db, &act, id, name.as_deref(), size)).await?;
    let changed = changed.ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok().json(answer(region, &changed)))
}

/// `DELETE`: the platform keeps it no longer.
pub async fn remove(program: Program, id: Path<String>) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Projects)?;
    let (region, id) = parse_id(&id)?;
    let act = act(&program);
    let was_there = store(&program, region)?.write(move |db| artifacts::remove(db, &act, id)).await?;
    if was_there { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::NotFound) }
}

pub(super) fn act(program: &Program) -> Act {
    program.site.act(Origin::program("platform API"))
}

pub(super) fn store(program: &Program, region: Region) -> Result<&Store, Problem> {
    program.site.regions.store(region).ok_or(Problem::NotFound)
}

fn parse_id(text: &str) -> Result<(Region, ArtifactId), Problem> {
    let region = Region::of_token(text).ok_or(Problem::NotFound)?;
    let id = text[1..].parse().map_err(|_| Problem::NotFound)?;
    Ok((region, id))
}

fn checked(asked: &Asked) -> Result<NewArtifact, Problem> {
    Ok(NewArtifact {
        source: text("source", &asked.source, 100)?,
        source_id: text("id", &asked.id, 200)?,
        kind: asked.kind.parse().map_err(|_| Problem::Invalid("kind must be dataset or model".to_owned()))?,
        name: text("name", &asked.name, 200)?,
        size: checked_size(asked.size)?,
        made_by: one_line(asked.made_by.as_deref().unwrap_or_default(), 200)
            .map_err(|error| wrong("made_by", error))?,
    })
}

fn checked_size(size: i64) -> Result<i64, Problem> {
    if (0..=MOST_BYTES).contains(&size) {
        Ok(size)
    } else {
        Err(Problem::Invalid(format!("size must be 0 to {MOST_BYTES}, in bytes")))
    }
}

pub(super) fn text(name: &str, typed: &str, most: usize) -> Result<String, Problem> {
    let text = one_line(typed, most).map_err(|error| wrong(name, error))?;
    if text.is_empty() { Err(Problem::Invalid(format!("{name} is empty"))) } else { Ok(text) }
}

fn wrong(name: &str, error: impl std::fmt::Display) -> Problem {
    Problem::Invalid(format!("{name}: {error}"))
}

pub(super) fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn answer(region: Region, artifact: &Artifact) -> Answer<'_> {
    Answer {
        artifact: format!("{}{}", region.letter(), artifact.id),
        source: &artifact.source,
        id: &artifact.source_id,
        kind: artifact.kind.as_str(),
        name: &artifact.name,
        size: artifact.size,
        made_by: &artifact.made_by,
        created_at: artifact.created_at.to_string(),
        changed_at: artifact.changed_at.to_string(),
    }
}
