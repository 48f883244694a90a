//! `…/data/check`: which key signed a file, or exactly why none did. Nothing is kept of it.

use std::convert::Infallible;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::{badge, verdict};
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::page::PageFrame;
use crate::http::upload::{FileForm, Upload};
use crate::http::words::{self, When};
use crate::ingestion::admission;
use crate::ingestion::document::Encoding;
use crate::ingestion::extension::Extension;
use crate::ingestion::samples::{self, Rules};
use crate::ingestion::verdict::Judged;
use crate::kernel::id::HmacKeyId;
use crate::kernel::time::Timestamp;
use crate::pages::places::InProject;
use crate::pages::{blocking, frame, links};
use crate::projects::hmac_keys;

#[derive(Template)]
#[template(path = "pages/projects/samples/check.html")]
struct CheckPage {
    page: PageFrame,
    errors: FieldErrors,
    project: String,
    base: String,
    found: Option<Found>,
}

struct Found {
    title: &'static str,
    badge: (&'static str, &'static str),
    sentence: String,
    key: Option<String>,
    /// Why the project would refuse it.
    refusal: Option<String>,
    document: Option<Told>,
}

struct Told {
    device_name: String,
    device_type: String,
    sensors: String,
    interval: String,
    signed: Option<When>,
}

/// The form holds nothing but the file.
#[derive(Deserialize)]
pub struct Nothing {}

pub async fn ask(inside: InProject) -> Result<HttpResponse, PageError> {
    answer(&inside, StatusCode::OK, FieldErrors::new(), None)
}

pub async fn look(inside: InProject, form: FileForm<Nothing>) -> Result<HttpResponse, PageError> {
    let refused = |why| {
        let errors = FieldErrors::one("file", "File", why);
        answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, errors, None)
    };
    let file = match form.file {
        _ if form.is_resumed => return refused("You signed in again meanwhile. Choose the file once more."),
        Upload::Nothing => return refused("Choose a file."),
        Upload::TooLarge => return refused("The file is larger than 5 MB. Send it in: its page says the same."),
        Upload::File(file) => file,
    };
    let (keyring, id, now) = (inside.act.keyring.clone(), inside.project.id, inside.act.now);
    let rules = inside.read(move |db| samples::rules(db, &keyring, id)).await?.ok_or(PageError::NotFound)?;
    let (judged, refusal) = judge(rules, file, now).await?;
    let key = match judged.verdict.key() {
        Some(key) => inside.read(move |db| hmac_keys::one(db, id, key)).await?,
        None => None,
    };
    let key = key.map(|key| format!("{} ({})", key.name, key.recognised_by));
    let found = found(&inside, &judged, refusal, key);
    answer(&inside, StatusCode::OK, FieldErrors::new(), Some(found))
}

/// How many files are judged at once. Trying fifty keys on five megabytes keeps a core busy, and holds no connection to
/// the database meanwhile.
static JUDGES: Semaphore = Semaphore::const_new(2);

/// The verdict, and why the project would refuse the file.
async fn judge(rules: Rules, file: Vec<u8>, now: Timestamp) -> Result<(Judged<HmacKeyId>, Option<String>), PageError> {
    let _turn = JUDGES.acquire().await.map_err(|_| PageError::Internal("the server is stopping".to_owned()))?;
    let judged = blocking::run(move || {
        let extension = match Encoding::guess(&file) {
            Encoding::Json => Extension::Json,
            Encoding::Cbor => Extension::Cbor,
        };
        let judged = rules.judge(&file, extension);
        let refusal = admission::admit(&judged, rules.signing, rules.window, now).err();
        Ok::<_, Infallible>((judged, refusal.map(|refusal| refusal.to_string())))
    });
    match judged.await? {
        Ok(judged) => Ok(judged),
        Err(never) => match never {},
    }
}

fn found(inside: &InProject, judged: &Judged<HmacKeyId>, refusal: Option<String>, key: Option<String>) -> Found {
    let standing = judged.verdict.standing();
    let zone = words::zone(&inside.account.time_zone);
    let document = judged.document.as_ref().map(|document| Told {
        device_name: document.device_name.clone().unwrap_or_default(),
        device_type: document.device_type.clone(),
        sensors: words::number(i64::try_from(document.sensors).unwrap_or(i64::MAX)),
        interval: if document.interval_ms > 0.0 { format!("{} ms", document.interval_ms) } else { String::new() },
        signed: document.signed_at.map(|at| words::at(at, &zone)),
    });
    let sentence = judged.verdict.to_string();
    Found {
        title: if document.is_some() { verdict(standing) } else { "Not a document" },
        badge: badge(standing).unwrap_or(("good", "Valid")),
        key,
        // What the verdict says already is not said twice.
        refusal: refusal.map(|refusal| match refusal.strip_prefix(&sentence) {
            Some(rest) => rest.trim().to_owned(),
            None => refusal,
        }),
        document,
        sentence,
    }
}

fn answer(
    inside: &InProject,
    status: StatusCode,
    errors: FieldErrors,
    found: Option<Found>,
) -> Result<HttpResponse, PageError> {
    let mut page = inside.project_tab("data", "Check a file", "Which key signed it, or exactly why none did.");
    page.has_error = !errors.is_empty();
    let page = CheckPage {
        page,
        errors,
        project: inside.project.name.clone(),
        base: links::project(inside.name(), &inside.project.slug),
        found,
    };
    frame::html(status, &page)
}
