//! `POST /api/{category}/data`: the body is one file, whose name stands in a header. Answers with the name it is stored
//! under, as plain text.

use actix_multipart::Multipart;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use super::body::Body;
use super::files::file_name;
use super::part_types::Unnested;
use super::refusal::Refusal;
use super::{caller, category, headers};
use crate::http::site::Site;
use crate::http::upload;
use crate::ingestion::intake::Intake;

const FILE_NAME: &str = "x-file-name";

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

async fn take(site: &Data<Site>, request: &HttpRequest, word: &str, mut body: Body) -> Result<HttpResponse, Refusal> {
    let category = category(word)?;
    let caller = caller::look_up(site, request).await?;
    let claims = headers::claims(request, category)?;
    let name = headers::text(request, FILE_NAME)?;
    let act = site.act(caller.origin);
    let intake = Intake::begin(&caller.store, &site.files, &act, caller.sender, claims).await?;
    let mut intake = intake.with_patience(site.patience);
    if upload::is_multipart(request) {
        take_only_part(&mut intake, name, Multipart::new(request.headers(), Unnested::of(request, body))).await?;
    } else {
        intake.take(name.ok_or(Refusal::MissingHeader(FILE_NAME))?, &mut body).await?;
    }
    let outcome = intake.keep().await?.into_iter().next().ok_or(Refusal::NoFile)?;
    match outcome.result {
        Ok(_) => Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body(outcome.name)),
        Err(refused) => Err(Refusal::File(refused.to_string())),
    }
}

/// One client wraps its file all the same, with or without a name of its own.
async fn take_only_part(intake: &mut Intake, name: Option<&str>, mut parts: Multipart) -> Result<(), Refusal> {
    let mut is_taken = false;
    while let Some(part) = intake.wait(parts.next()).await? {
        let mut part = part.map_err(|_| Refusal::BrokenMultipart)?;
        if is_taken {
            return Err(Refusal::SeveralFiles);
        }
        let own_name = file_name(&part);
        let name = name.or(own_name.as_deref()).ok_or(Refusal::MissingHeader(FILE_NAME))?;
        intake.take(name, &mut part).await?;
        is_taken = true;
    }
    Ok(())
}
