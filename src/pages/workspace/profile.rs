//! `/{workspace}/settings/profile`: what an organization is called.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::InOrganization;
use crate::access::action::{DeleteOrganization, EditOrganization};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::pages::{frame, links};
use crate::workspaces::organization::{self, Saved};

#[derive(Template)]
#[template(path = "pages/workspace/profile.html")]
struct ProfilePage {
    page: PageFrame,
    errors: FieldErrors,
    typed: ProfileTyped,
    may_edit: bool,
    /// Where its Owners delete it.
    delete: Option<String>,
    link: String,
    username: String,
    face: Face,
    region: &'static str,
    plan: String,
    created: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProfileTyped {
    title: String,
    revision: String,
}

pub async fn show(here: InOrganization) -> Result<HttpResponse, PageError> {
    let typed =
        ProfileTyped { title: here.organization.title.clone(), revision: here.organization.revision.to_string() };
    draw(&here, StatusCode::OK, typed, FieldErrors::new())
}

pub async fn save(here: InOrganization, form: Form<ProfileTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit::<EditOrganization>()?;
    let mut typed = form.typed;
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was saved yet."));
    }
    let title = errors.keep("title", "Name", organization::title(&typed.title));
    let (Some(title), true) = (title, errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors);
    };
    let (act, revision) = (here.act.clone(), typed.revision.parse().unwrap_or(-1));
    match here.write(move |db| organization::save_title(db, &act, &permit, revision, &title)).await? {
        Saved::Yes => Ok(here.done(&links::organization_profile(here.name()), "Your changes have been saved.")),
        Saved::Conflict => {
            let sentence = format!("Somebody saved meanwhile: it is {} now.", here.organization.title);
            typed.revision = here.organization.revision.to_string();
            draw(&here, StatusCode::CONFLICT, typed, FieldErrors::one("title", "Name", sentence))
        }
    }
}

fn draw(
    here: &InOrganization,
    status: StatusCode,
    typed: ProfileTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let frame = here.tab("profile", "Profile", "What the organization is called, and where it lives.");
    let page = ProfilePage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        may_edit: here.membership().may::<EditOrganization>(),
        delete: here.membership().may::<DeleteOrganization>().then(|| links::delete_organization(here.name())),
        link: links::organization_profile(here.name()),
        username: here.name().to_owned(),
        face: Face::of(&here.organization.title, here.name(), None),
        region: here.region.title(),
        plan: here.site.config.plans.of(&here.place.workspace.plan).name.clone(),
        created: words::day(here.organization.created_at, &words::zone(&here.account.time_zone)),
    };
    frame::html(status, &page)
}
