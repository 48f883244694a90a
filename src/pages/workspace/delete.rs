//! `/{workspace}/settings/delete`: what deleting an organization removes, and the button that does it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::InOrganization;
use crate::access::action::DeleteOrganization;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::http::words::{self, When};
use crate::lifecycle::erasing::NAME_HELD_DAYS;
use crate::lifecycle::organizations;
use crate::pages::goes::{self, Goes};
use crate::pages::{frame, links};

const DEED: &str = "delete an organization";

#[derive(Template)]
#[template(path = "pages/workspace/delete.html")]
struct DeletePage {
    page: PageFrame,
    errors: FieldErrors,
    typed: DeleteTyped,
    name: String,
    link: String,
    profile: String,
    goes: Vec<Goes>,
    counted: When,
    name_days: u64,
    choices: Vec<Choice>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeleteTyped {
    when: String,
    confirm: String,
}

pub async fn show(here: InOrganization) -> Result<HttpResponse, PageError> {
    here.permit::<DeleteOrganization>()?;
    here.confirmed(DEED, &links::delete_organization(here.name()))?;
    let when = goes::usual(here.site.config.deletion_grace_days).to_owned();
    draw(&here, StatusCode::OK, DeleteTyped { when, ..DeleteTyped::default() }, FieldErrors::new()).await
}

pub async fn submit(here: InOrganization, form: Form<DeleteTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit::<DeleteOrganization>()?;
    here.confirmed(DEED, &links::delete_organization(here.name()))?;
    let typed = form.typed;
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was deleted yet."));
    }
    let when = goes::when(&mut errors, &typed.when, here.site.config.deletion_grace_days);
    if typed.confirm.trim() != here.name() {
        errors.add("confirm", "Username", "This is not the username of the organization.");
    }
    let Some(when) = when.filter(|_| errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let act = here.act.clone();
    here.write(move |db| organizations::close(db, &act, &permit, when)).await?;
    Ok(here.done(links::ORGANIZATIONS, &format!("{} is closed. Its Owners and Admins were told.", here.name())))
}

async fn draw(
    here: &InOrganization,
    status: StatusCode,
    typed: DeleteTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let workspace = here.place.workspace.id;
    let lines = here.read(move |db| organizations::consequences(db, workspace)).await?;
    let zone = words::zone(&here.account.time_zone);
    let frame = here.tab("profile", "Delete organization", goes::COUNTED);
    let page = DeletePage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        name: here.name().to_owned(),
        link: links::delete_organization(here.name()),
        profile: links::organization_profile(here.name()),
        goes: goes::goes(&lines),
        counted: words::at(here.act.now, &zone),
        name_days: NAME_HELD_DAYS,
        choices: goes::choices(
            here.act.now,
            here.site.config.deletion_grace_days,
            &zone,
            "an Owner can bring it back.",
        ),
    };
    frame::html(status, &page)
}
