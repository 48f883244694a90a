//! `POST /api/{category}/files`: up to a thousand files as `multipart/form-data`, each answered for itself.

use actix_multipart::{Field, Multipart};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::Serialize;

use super::body::Body;
use super::part_types::Unnested;
use super::refusal::Refusal;
use super::{caller, category, headers};
use crate::http::site::Site;
use crate::http::upload;
use crate::ingestion::companion;
use crate::ingestion::intake::{Intake, MOST_FILES, Outcome};

/// Files, their companions, and fields that are neither.
const MOST_PARTS: usize = MOST_FILES + 100;

#[derive(Serialize)]
struct Answer {
    success: bool,
    files: Vec<OfFile>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfFile {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_id: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    file_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub async fn receive(
    site: Data<Site>,
    request: HttpRequest,
    word: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let body = Body::new(payload);
    let answer = take(&site, &request, &word, body.clone()).await;
    body.answered(answer).await
}

async fn take(site: &Data<Site>, request: &HttpRequest, word: &str, body: Body) -> Result<HttpResponse, Refusal> {
    let category = category(word)?;
    let caller = caller::look_up(site, request).await?;
    let claims = headers::claims(request, category)?;
    if !upload::is_multipart(request) {
        return Err(if request.headers().contains_key(CONTENT_TYPE) { Refusal::NoMultipart } else { Refusal::NoFile });
    }
    let act = site.act(caller.origin);
    let intake = Intake::begin(&caller.store, &site.files, &act, caller.sender, claims).await?;
    let mut intake = intake.with_patience(site.patience);
    take_parts(&mut intake, Multipart::new(request.headers(), Unnested::of(request, body))).await?;
    let outcomes = intake.keep().await?;
    if outcomes.is_empty() {
        return Err(Refusal::NoFile);
    }
    let files = outcomes.into_iter().map(|outcome| of_file(outcome, caller.project_number)).collect();
    Ok(HttpResponse::Ok().json(Answer { success: true, files }))
}

async fn take_parts(intake: &mut Intake, mut parts: Multipart) -> Result<(), Refusal> {
    let mut count = 0;
    while let Some(part) = intake.wait(parts.next()).await? {
        let mut part = part.map_err(|_| Refusal::BrokenMultipart)?;
        count += 1;
        if count > MOST_PARTS {
            return Err(Refusal::TooManyParts);
        }
        let name = file_name(&part);
        match (&name, name.as_deref().and_then(companion::of)) {
            (_, Some(companion)) => intake.take_companion(companion, &mut part).await?,
            (Some(name), None) => intake.take(name, &mut part).await?,
            (None, None) => {
                let is_file = part.name() == Some("data");
                intake.skip(&mut part).await?;
                if is_file {
                    intake.unnamed();
                }
            }
        }
    }
    Ok(())
}

/// What the part says it is called; its type is not looked at, as clients send any.
pub fn file_name(part: &Field) -> Option<String> {
    let about = part.content_disposition()?;
    let extended = about.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok());
    extended.or_else(|| about.get_filename().map(str::to_owned))
}

fn of_file(outcome: Outcome, project: i64) -> OfFile {
    let (kept, error) = match outcome.result {
        Ok(kept) => (Some(kept), None),
        Err(refused) => (None, Some(refused.to_string())),
    };
    OfFile {
        success: kept.is_some(),
        project_id: kept.as_ref().map(|_| project),
        sample_id: kept.map(|kept| kept.number),
        file_name: outcome.name,
        error,
    }
}
