//! `…/{secret}/delete`: what used it, then the deed. For 30 days it can be had back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::SecretsHere;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::SecretId;
use crate::pages::{frame, links};
use crate::secrets::Secret;
use crate::secrets::removal::{self, KEPT, KEPT_DAYS};

const DEED: &str = "delete a secret";

#[derive(Template)]
#[template(path = "pages/secrets/delete.html")]
struct DeletePage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    base: &'a str,
    id: SecretId,
    name: String,
    typed: &'a DeleteTyped,
    versions: String,
    fetches: String,
    kept_days: u64,
    /// The jobs that used it lately, each with how often.
    jobs: Vec<(String, String)>,
    until: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeleteTyped {
    confirm: String,
}

pub async fn ask(here: SecretsHere) -> Result<HttpResponse, PageError> {
    let (secret, _) = here.secret().await?;
    here.confirmed(DEED, &links::secret_delete(&here.base, secret.id))?;
    answer(&here, StatusCode::OK, &secret, &DeleteTyped::default(), FieldErrors::new()).await
}

pub async fn act(here: SecretsHere, form: Form<DeleteTyped>) -> Result<HttpResponse, PageError> {
    let (secret, permit) = here.secret().await?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was deleted yet."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, &form.typed, errors).await;
    }
    here.confirmed(DEED, &links::secret_delete(&here.base, secret.id))?;
    if form.typed.confirm.trim() != secret.name.as_str() {
        let errors = FieldErrors::one("confirm", "Type its name", "This is not the secret's name.");
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, &form.typed, errors).await;
    }
    let (act, id) = (here.act.clone(), secret.id);
    let erase_at = here.write(move |db| removal::delete(db, &act, &permit, id)).await?;
    let day = words::day(erase_at, &words::zone(&here.account.time_zone)).text;
    let sentence = format!("{} is deleted. Until {day} it can be restored below.", secret.name);
    Ok(here.done(&here.base, &sentence))
}

async fn answer(
    here: &SecretsHere,
    status: StatusCode,
    secret: &Secret,
    typed: &DeleteTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (act, id) = (here.act.clone(), secret.id);
    let goes = here.read(move |db| removal::consequences(db, &act, id)).await?;
    let zone = words::zone(&here.account.time_zone);
    let mut page = here.frame("Delete secret", "Jobs that start from now on do not get it.");
    page.has_error = !errors.is_empty();
    let page = DeletePage {
        page,
        errors,
        base: &here.base,
        id,
        name: secret.name.to_string(),
        typed,
        versions: words::count(goes.versions, "version", "versions"),
        fetches: words::count(goes.fetches, "time", "times"),
        kept_days: KEPT_DAYS,
        jobs: goes.jobs.into_iter().map(|(job, times)| (job, words::count(times, "time", "times"))).collect(),
        until: words::day(here.act.now.plus(KEPT), &zone),
    };
    frame::html(status, &page)
}
