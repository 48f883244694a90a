//! `…/data/{sample}/labels`: what stands where in the sample, as JSON to be kept, in the words in which it came; an empty
//! object where nobody said.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};

use super::download::attachment;
use super::sample;
use crate::http::error::PageError;
use crate::ingestion::samples;
use crate::pages::places::InProject;

pub async fn show(inside: InProject) -> Result<HttpResponse, PageError> {
    let sample = sample::of(&inside).await?.sample;
    let labels = inside.read(move |db| samples::labels_within(db, sample.id)).await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox"))
        .insert_header(attachment(&format!("{}.labels.json", sample.file_name)))
        .body(labels.unwrap_or_else(|| "{}".to_owned())))
}
