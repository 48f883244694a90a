//! `…/data/{sample}`: what one file is, who sent it, and why it is believed or not.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::{badge, category};
use crate::access::action::SendSamples;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::ingestion::labels_within::LabelsWithin;
use crate::ingestion::metadata;
use crate::ingestion::samples::{self, Known, Sample};
use crate::kernel::id::SampleId;
use crate::pages::places::InProject;
use crate::pages::{frame, links};

#[derive(Template)]
#[template(path = "pages/projects/samples/sample.html")]
struct SamplePage {
    page: PageFrame,
    project: String,
    base: String,
    id: SampleId,
    sample: Sample,
    same_label: String,
    same_device: String,
    badge: Option<(&'static str, &'static str)>,
    hmac_key: Option<String>,
    api_key: Option<String>,
    category: &'static str,
    size: String,
    metadata: Vec<(String, String)>,
    came: When,
    signed: Option<When>,
    disabled: Option<When>,
    /// Of its parts, in words.
    labels_within: Option<String>,
    may_change: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    #[serde(rename = "do")]
    deed: String,
}

/// The sample of this address, if it is one of the project's.
pub async fn of(inside: &InProject) -> Result<Known, PageError> {
    let id: SampleId = inside.request.match_info().query("sample").parse().map_err(|_| PageError::NotFound)?;
    let project = inside.project.id;
    inside.read(move |db| samples::one(db, project, id)).await?.ok_or(PageError::NotFound)
}

pub async fn show(inside: InProject) -> Result<HttpResponse, PageError> {
    let Known { sample, hmac_key, api_key } = of(&inside).await?;
    let (now, zone) = (inside.act.now, words::zone(&inside.account.time_zone));
    let base = links::project(inside.name(), &inside.project.slug);
    let id = sample.id;
    let labels = inside.read(move |db| samples::labels_within(db, id)).await?;
    let page = SamplePage {
        page: inside.project_tab("data", "Sample", "What it is, who sent it, and whether to believe it."),
        project: inside.project.name.clone(),
        id: sample.id,
        same_label: links::project_data_where(&base, &[("label", &sample.label)]),
        same_device: links::project_data_where(&base, &[("device", &sample.device_name)]),
        base,
        badge: badge(sample.verdict),
        hmac_key,
        api_key,
        category: category(sample.category),
        size: words::file_size(sample.size),
        metadata: metadata::read(&sample.metadata),
        came: words::relative(sample.created_at, now, &zone).in_sentence(),
        signed: sample.signed_at.map(|at| words::at(at, &zone)),
        disabled: sample.disabled_at.map(|at| words::relative(at, now, &zone).in_sentence()),
        labels_within: labels.as_deref().and_then(in_words),
        may_change: inside.membership().may::<SendSamples>(),
        sample,
    };
    frame::html(StatusCode::OK, &page)
}

fn in_words(stored: &str) -> Option<String> {
    let labels: LabelsWithin = serde_json::from_str(stored).ok()?;
    let number = |all: usize| i64::try_from(all).unwrap_or(i64::MAX);
    let segments = words::count(number(labels.structured_labels.len()), "segment", "segments");
    let areas = words::count(number(labels.bounding_boxes.len()), "area", "areas");
    Some(match (labels.structured_labels.is_empty(), labels.bounding_boxes.is_empty()) {
        (true, _) => areas,
        (false, true) => segments,
        (false, false) => format!("{segments} and {areas}"),
    })
}

/// Leaves it out, or takes it back in.
pub async fn switch(inside: InProject, form: Form<Pressed>) -> Result<HttpResponse, PageError> {
    let permit = inside.permit::<SendSamples>()?;
    let (act, project, id) = (inside.act.clone(), inside.project.id, of(&inside).await?.sample.id);
    let back = links::sample(&links::project(inside.name(), &inside.project.slug), id);
    if form.is_resumed {
        return Ok(inside.done(&back, "You signed in again meanwhile. Press the button once more."));
    }
    let is_disabled = match form.typed.deed.as_str() {
        "disable" => true,
        "enable" => false,
        _ => return Err(PageError::BadRequest("the button cannot be told from the form")),
    };
    let is_there = inside.write(move |db| samples::set_disabled(db, &act, &permit, project, id, is_disabled)).await?;
    if !is_there {
        return Err(PageError::NotFound);
    }
    let sentence = if is_disabled { "The sample is disabled." } else { "The sample is enabled again." };
    Ok(inside.done(&back, sentence))
}
