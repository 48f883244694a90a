//! `…/new`: *Add new secret*.

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
use crate::pages::{frame, links};
use crate::secrets::adding::{self, NewSecret};
use crate::secrets::{BadName, SecretError, SecretName, SecretValue, changing};

#[derive(Template)]
#[template(path = "pages/secrets/new.html")]
struct NewPage<'a> {
    page: PageFrame,
    errors: FieldErrors,
    here: &'a SecretsHere,
    base: &'a str,
    typed: &'a NewTyped,
}

/// The value is cleared when the form comes back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewTyped {
    name: String,
    secret: Typed,
    description: String,
}

pub async fn ask(here: SecretsHere) -> Result<HttpResponse, PageError> {
    here.permit()?;
    here.confirmed(super::PUT, &links::secret_new(&here.base))?;
    answer(&here, StatusCode::OK, &NewTyped::default(), FieldErrors::new())
}

pub async fn add(here: SecretsHere, form: Form<NewTyped>) -> Result<HttpResponse, PageError> {
    let (permit, mut typed) = (here.permit()?, form.typed);
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("No secret was added yet. Enter its value again."));
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &typed, errors);
    }
    here.confirmed(super::PUT, &links::secret_new(&here.base))?;
    let mut errors = FieldErrors::new();
    let name = SecretName::parse(&typed.name);
    if let Err(BadName::LowerCase(offered)) = &name {
        offered.clone_into(&mut typed.name);
        let text = "Names are in capital letters. It was changed to them: enter the secret again, and save.";
        errors.add("name", "Name", text);
    }
    let name = match name {
        Err(BadName::LowerCase(_)) => None,
        other => errors.keep("name", "Name", other),
    };
    let value = errors.keep("secret", "Secret", SecretValue::typed(typed.secret.text()));
    let description = errors.keep("description", "Description", changing::description(&typed.description));
    let (Some(name), Some(value), Some(description)) = (name, value, description) else {
        return answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &typed, errors);
    };
    let (new, act) = (NewSecret { name, value, description }, here.act.clone());
    let errors = match here.write(move |db| adding::add(db, &act, &permit, &new)).await {
        Ok(made) => {
            let sentence = format!("{} is added. Jobs of {} get it from now on.", made.name, here.whose());
            return Ok(here.done(&here.base, &sentence));
        }
        Err(SecretError::Taken) => {
            FieldErrors::one("name", "Name", "A secret of this name is there already: open it to replace its value.")
        }
        Err(SecretError::TooLarge(deleted)) => FieldErrors::one("secret", "Secret", super::too_large(deleted)),
        Err(SecretError::TooMany) => FieldErrors::whole(super::too_many()),
        Err(SecretError::TooManyDeleted) => FieldErrors::whole(super::too_many_deleted()),
        Err(error) => return Err(error.into()),
    };
    answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &typed, errors)
}

fn answer(
    here: &SecretsHere,
    status: StatusCode,
    typed: &NewTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let mut page = here.frame("Add new secret", "Jobs get it as an environment variable of this name.");
    page.has_error = !errors.is_empty();
    frame::html(status, &NewPage { page, errors, here, base: &here.base, typed })
}
