//! `…/{secret}/replace`: a new value, which jobs get from now on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::here::SecretsHere;
use super::typed::Typed;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::kernel::id::SecretId;
use crate::pages::{frame, links};
use crate::secrets::{Secret, SecretError, SecretValue, adding};

#[derive(Template)]
#[template(path = "pages/secrets/replace.html")]
struct ReplacePage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    base: &'a str,
    id: SecretId,
    secret: &'a Secret,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReplaceTyped {
    secret: Typed,
}

pub async fn ask(here: SecretsHere) -> Result<HttpResponse, PageError> {
    let (secret, _) = here.secret().await?;
    here.confirmed(super::PUT, &links::secret_replace(&here.base, secret.id))?;
    answer(&here, StatusCode::OK, &secret, FieldErrors::new())
}

pub async fn act(here: SecretsHere, form: Form<ReplaceTyped>) -> Result<HttpResponse, PageError> {
    let (secret, permit) = here.secret().await?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was replaced yet. Enter the value again."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, errors);
    }
    here.confirmed(super::PUT, &links::secret_replace(&here.base, secret.id))?;
    let value = match SecretValue::typed(form.typed.secret.text()) {
        Ok(value) => value,
        Err(error) => {
            let errors = FieldErrors::one("secret", "New value", error.to_string());
            return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, errors);
        }
    };
    let (act, id) = (here.act.clone(), secret.id);
    let version = match here.write(move |db| adding::replace(db, &act, &permit, id, &value)).await {
        Ok(version) => version,
        Err(SecretError::TooLarge(deleted)) => {
            let errors = FieldErrors::one("secret", "New value", super::too_large(deleted));
            return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &secret, errors);
        }
        Err(error) => return Err(error.into()),
    };
    let jobs_get = format!("Jobs get version {version} of {} from now on.", secret.name);
    let sentence = here.done_for_jobs(&secret, jobs_get, &format!("{} is at version {version} now.", secret.name));
    Ok(here.done(&links::secret(&here.base, id), &sentence))
}

fn answer(
    here: &SecretsHere,
    status: StatusCode,
    secret: &Secret,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let mut page = here.frame("Replace value", "Jobs that start from now on get the new one.");
    page.has_error = !errors.is_empty();
    frame::html(status, &ReplacePage { page, errors, base: &here.base, id: secret.id, secret })
}
