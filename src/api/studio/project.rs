//! `/v1/api/{project}`: one project, its name and description, and its way into the trash.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Refusal;
use super::places::{By, InProject};
use super::shapes::{DONE, Project};
use crate::access::action::{EditProjects, See};
use crate::api::platform::body;
use crate::lifecycle::trash;
use crate::projects::project;
use crate::projects::settings::{self, Changed, Editor, Saved};
use crate::projects::{creation, holdings};

const SHAPE: &str = "an object with any of the texts name, description and projectVisibility";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    success: bool,
    project: Project,
    /// Kept for `devkeys`, which asks for a person's own token.
    development_keys: Map<String, Value>,
    impulse: Impulse,
    devices: [(); 0],
    data_summary: Summary,
    data_summary_per_category: PerCategory,
    compute_time: ComputeTime,
    collaborators: [(); 0],
    experiments: [(); 0],
    latency_devices: [(); 0],
    notifications: [(); 0],
    studio_url: String,
    show_create_first_impulse: bool,
    has_new_training_data: bool,
    in_pretrained_model_flow: bool,
}

/// Impulses are the platform's, not this server's.
#[derive(Default, Serialize)]
struct Impulse {
    created: bool,
    configured: bool,
    complete: bool,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    labels: Vec<String>,
    data_count: i64,
    total_length_ms: i64,
}

#[derive(Default, Serialize)]
struct PerCategory {
    training: Summary,
    testing: Summary,
    anomaly: Summary,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ComputeTime {
    time_used: i64,
    time_left: i64,
}

/// `GET`: every key of the project may, and every member.
pub async fn show(here: InProject) -> Result<HttpResponse, Refusal> {
    if let By::Member { place, .. } = &here.by {
        place.membership.permit::<See>()?;
    }
    let id = here.project.id;
    let by_label = here.here().read(move |db| holdings::by_label(db, id)).await?;
    let (mut all, mut each) = (Summary::default(), PerCategory::default());
    for (category, label, count) in by_label {
        let of_category = match category.as_str() {
            "testing" => &mut each.testing,
            "anomaly" => &mut each.anomaly,
            _ => &mut each.training,
        };
        for summary in [of_category, &mut all] {
            summary.data_count += count;
            if !summary.labels.contains(&label) {
                summary.labels.push(label.clone());
            }
        }
    }
    let project = here.here().project(here.project.clone()).await?;
    Ok(HttpResponse::Ok().json(Info {
        success: true,
        project,
        development_keys: Map::new(),
        impulse: Impulse::default(),
        devices: [],
        data_summary: all,
        data_summary_per_category: each,
        compute_time: ComputeTime::default(),
        collaborators: [],
        experiments: [],
        latency_devices: [],
        notifications: [],
        studio_url: here.here().site.public_origin(),
        show_create_first_impulse: false,
        has_new_training_data: false,
        in_pretrained_model_flow: false,
    }))
}

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
    if let By::Member { tool, .. } = &here.by {
        tool.fresh()?;
    }
    let (act, id) = (here.here().act.clone(), here.project.id);
    let deleted = here.here().write(move |db| trash::delete(db, &act, &permit, id)).await?;
    deleted.ok_or(Refusal::NotFound)?;
    Ok(HttpResponse::Ok().json(DONE))
}
