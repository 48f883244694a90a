//! `…/data/{sample}/delete`: what goes, then the deed. A sample has no trash.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::sample;
use crate::access::action::SendSamples;
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::ingestion::samples::{self, Sample};
use crate::kernel::id::SampleId;
use crate::pages::places::InProject;
use crate::pages::{frame, links};

#[derive(Template)]
#[template(path = "pages/projects/samples/delete.html")]
struct DeletePage {
    page: PageFrame,
    project: String,
    base: String,
    id: SampleId,
    sample: Sample,
    size: String,
}

pub async fn ask(inside: InProject) -> Result<HttpResponse, PageError> {
    inside.permit::<SendSamples>()?;
    let sample = sample::of(&inside).await?.sample;
    let page = DeletePage {
        page: inside.project_tab("data", "Delete sample", "It is gone at once, and nobody can bring it back."),
        project: inside.project.name.clone(),
        base: links::project(inside.name(), &inside.project.slug),
        size: words::file_size(sample.size),
        id: sample.id,
        sample,
    };
    frame::html(StatusCode::OK, &page)
}

pub async fn act(inside: InProject, form: Form<sample::Pressed>) -> Result<HttpResponse, PageError> {
    let permit = inside.permit::<SendSamples>()?;
    let (act, project, id) = (inside.act.clone(), inside.project.id, sample::of(&inside).await?.sample.id);
    let base = links::project(inside.name(), &inside.project.slug);
    if form.is_resumed {
        let back = links::sample_delete(&base, id);
        return Ok(inside.done(&back, "You signed in again meanwhile. Nothing was deleted yet."));
    }
    let deleted = inside.write(move |db| samples::delete(db, &act, &permit, project, id)).await?;
    let deleted = deleted.ok_or(PageError::NotFound)?;
    inside.site.wake.notify_one();
    Ok(inside.done(&links::project_data(&base), &format!("{} is deleted.", deleted.file_name)))
}
