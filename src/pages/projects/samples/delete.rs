//! `…/data/{sample}/delete`: what goes, then the deed. A sample has no trash.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::sample;
use crate::access::action::SendSamples;
use crate::http::error::PageError;
use crate::http::field_errors::as_left;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::ingestion::samples::{self, Sample};
use crate::kernel::id::SampleId;
use crate::pages::places::InProject;
use crate::pages::{frame, links};

const DEED: &str = "delete a sample";

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
    inside.confirmed(DEED, &path(&inside, sample.id))?;
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
    if form.is_resumed {
        return Ok(inside.done(&path(&inside, id), &as_left("Nothing was deleted yet.")));
    }
    inside.confirmed(DEED, &path(&inside, id))?;
    let deleted = inside.write(move |db| samples::delete(db, &act, &permit, project, id)).await?;
    let deleted = deleted.ok_or(PageError::NotFound)?;
    inside.site.wake.notify_one();
    let back = links::project_data(&links::project(inside.name(), &inside.project.slug));
    Ok(inside.done(&back, &format!("{} is deleted.", deleted.file_name)))
}

fn path(inside: &InProject, id: SampleId) -> String {
    links::sample_delete(&links::project(inside.name(), &inside.project.slug), id)
}
