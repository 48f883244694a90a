//! `…/{secret}/leak`: *Mark as leaked*, with what it means for jobs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::SecretsHere;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::kernel::id::SecretId;
use crate::pages::{frame, links};
use crate::secrets::removal::{self, Consequences};
use crate::secrets::{Secret, leaks};

const DEED: &str = "mark a secret as leaked";

#[derive(Template)]
#[template(path = "pages/secrets/leak.html")]
struct LeakPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    base: &'a str,
    id: SecretId,
    name: String,
    typed: &'a LeakTyped,
    version: i64,
    fetches: String,
    /// The jobs that got it lately, each with how often.
    jobs: Vec<(String, String)>,
    /// What keeping it from jobs would mean.
    withholding: &'static str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LeakTyped {
    withhold: String,
}

pub async fn ask(here: SecretsHere) -> Result<HttpResponse, PageError> {
    let (secret, _) = here.secret().await?;
    here.confirmed(DEED, &links::secret_leak(&here.base, secret.id))?;
    answer(&here, StatusCode::OK, &secret, &LeakTyped::default(), FieldErrors::new()).await
}

pub async fn act(here: SecretsHere, form: Form<LeakTyped>) -> Result<HttpResponse, PageError> {
    let (secret, permit) = here.secret().await?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was marked yet."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, &form.typed, errors).await;
    }
    here.confirmed(DEED, &links::secret_leak(&here.base, secret.id))?;
    let (act, id, is_withheld) = (here.act.clone(), secret.id, form.typed.withhold == "yes");
    let drill = here.write(move |db| leaks::open(db, &act, &permit, id, is_withheld)).await?;
    let sentence = format!("{} is marked as leaked. Owners and Admins are told by mail.", secret.name);
    Ok(here.done(&links::leak(&here.base, drill), &sentence))
}

async fn answer(
    here: &SecretsHere,
    status: StatusCode,
    secret: &Secret,
    typed: &LeakTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (act, id) = (here.act.clone(), secret.id);
    let Consequences { fetches, jobs, .. } = here.read(move |db| removal::consequences(db, &act, id)).await?;
    let mut page = here.frame("Mark as leaked", "When its value may be known to somebody it is not meant for.");
    page.has_error = !errors.is_empty();
    let page = LeakPage {
        page,
        errors,
        base: &here.base,
        id,
        name: secret.name.to_string(),
        typed,
        version: secret.version,
        fetches: words::count(fetches, "time", "times"),
        withholding: if jobs.is_empty() {
            "No job got it in the last 30 days. It goes to jobs again when its value is replaced."
        } else {
            "The jobs above start without it, and may fail, until its value is replaced."
        },
        jobs: jobs.into_iter().map(|(job, times)| (job, words::count(times, "time", "times"))).collect(),
    };
    frame::html(status, &page)
}
