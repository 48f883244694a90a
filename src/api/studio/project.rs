//! `/v1/api/{project}`: changing a project's name and description, and its way into the trash.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::Deserialize;

use super::Refusal;
use super::places::{By, InProject};
use super::shapes::DONE;
use crate::access::action::EditProjects;
use crate::api::platform::body;
use crate::lifecycle::trash;
use crate::projects::settings::{self, Changed, Editor, Saved};
use crate::projects::{creation, project};

const SHAPE: &str = "an object with any of the texts name, description and projectVisibility";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    project_visibility: Option<String>,
}

/// `POST`: what is left out stays as it is.
pub async fn save(here: InProject, payload: Payload) -> Result<HttpResponse, Refusal> {
    let editor = match &here.by {
        By::Member { place, .. } => Editor::from(&place.membership.permit::<EditProjects>()?),
        By::Key { key, .. } => Editor::by_key(key).ok_or(Refusal::NotAllowed("change projects"))?,
    };
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let old = here.project.clone();
    let name = asked.name.as_deref().map(creation::project_name).transpose();
    let name = name.map_err(|error| Refusal::of_field("name", error))?;
    let description = asked.description.as_deref().map(creation::description).transpose();
    let description = description.map_err(|error| Refusal::of_field("description", error))?;
    let visibility = asked.project_visibility.as_deref().map(str::parse::<project::Visibility>).transpose();
    let visibility = visibility.map_err(|error| Refusal::of_field("projectVisibility", error))?;
    let new = Changed {
        name: name.unwrap_or(old.name),
        description: description.unwrap_or(old.description),
        visibility: visibility.unwrap_or(old.visibility),
    };
    let act = here.here().act.clone();
    let saved = here.here().write(move |db| settings::save(db, &act, editor, old.id, old.revision, &new)).await?;
    match saved {
        Saved::Yes => Ok(HttpResponse::Ok().json(DONE)),
        Saved::Conflict => Err(Refusal::Failed("It was changed somewhere else just now. Try again.".to_owned())),
    }
}

/// `DELETE`: the page's deletion, restorable for 30 days. By a person only: no key deletes what it belongs to.
pub async fn delete(here: InProject) -> Result<HttpResponse, Refusal> {
    let permit = here.permit::<EditProjects>()?;
    here.fresh()?;
    let (act, id) = (here.here().act.clone(), here.project.id);
    let deleted = here.here().write(move |db| trash::delete(db, &act, &permit, id)).await?;
    deleted.ok_or(Refusal::NotFound)?;
    Ok(HttpResponse::Ok().json(DONE))
}
