//! `/admin/organizations/{region}/{id}/delete`: what deleting somebody's organization removes, and the button that does it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::organization::{Address, Found, find};
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::http::words::{self, When};
use crate::lifecycle::erasing::NAME_HELD_DAYS;
use crate::lifecycle::{organization_deeds, organizations};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::Administrator;
use crate::pages::{frame, links};
use crate::workspaces::WorkspaceError;

const DEED: &str = "delete somebody's organization";

#[derive(Template)]
#[template(path = "pages/admin/organization_delete.html")]
struct DeletePage {
    page: PageFrame,
    link: String,
    action: String,
    name: String,
    title: String,
    goes: Vec<Goes>,
    counted: When,
    name_days: u64,
    choices: Vec<Choice>,
    typed: DeleteTyped,
    errors: FieldErrors,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeleteTyped {
    when: String,
    reason: String,
    confirm: String,
}

/// The organization, if it is not closing already, and the administrator confirmed that it is them.
async fn open(here: &Administrator, address: Address) -> Result<Found, PageError> {
    let found = find(here, address).await?;
    if found.organization.erase_at.is_some() {
        return Err(PageError::SeeOther(found.link()));
    }
    here.confirmed(DEED, &links::admin_organization_delete(found.region, found.organization.id))?;
    Ok(found)
}

pub async fn show(here: Administrator, address: Address) -> Result<HttpResponse, PageError> {
    let found = open(&here, address).await?;
    let when = goes::usual(here.site.config.deletion_grace_days).to_owned();
    let typed = DeleteTyped { when, ..DeleteTyped::default() };
    draw(&here, &found, StatusCode::OK, typed, FieldErrors::new()).await
}

async fn draw(
    here: &Administrator,
    found: &Found,
    status: StatusCode,
    typed: DeleteTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let id = found.organization.id;
    let lines = found.store.read(move |db| organizations::consequences(db, id)).await?;
    let (grace, zone) = (here.site.config.deletion_grace_days, words::zone(&here.account.time_zone));
    let page = here.admin_page("organizations", "Delete organization", goes::COUNTED);
    let page = DeletePage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        link: found.link(),
        action: links::admin_organization_delete(found.region, id),
        name: found.organization.name.clone(),
        title: found.organization.title.clone(),
        goes: goes::goes(&lines),
        counted: words::at(here.act.now, &zone),
        name_days: NAME_HELD_DAYS,
        choices: goes::choices(here.act.now, grace, &zone, "an administrator can bring it back."),
        typed,
        errors,
    };
    frame::html(status, &page)
}

pub async fn submit(here: Administrator, address: Address, form: Form<DeleteTyped>) -> Result<HttpResponse, PageError> {
    let found = open(&here, address).await?;
    let typed = form.typed;
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was deleted yet."));
    }
    let when = goes::when(&mut errors, &typed.when, here.site.config.deletion_grace_days);
    let reason = goes::reason(&mut errors, &typed.reason);
    if typed.confirm.trim() != found.organization.name {
        errors.add("confirm", "Username", "This is not the username of the organization.");
    }
    let (Some((when, reason)), true) = (when.zip(reason), errors.is_empty()) else {
        return draw(&here, &found, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let (act, by, id) = (here.act.clone(), here.account.id, found.organization.id);
    let deleted = found.store.write(move |db| organization_deeds::delete(db, &act, by, id, &reason, when)).await;
    match deleted {
        Ok(_) => {
            here.site.wake.notify_one();
            let sentence = format!("{} is closed. Its Owners and Admins were told.", found.organization.name);
            Ok(here.done(links::ADMIN_ORGANIZATIONS, &sentence))
        }
        Err(WorkspaceError::NotThere) => Ok(found.refused(&here)),
        Err(error) => Err(error.into()),
    }
}
