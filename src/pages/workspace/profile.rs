//! `/{workspace}/settings/profile`: what an organization is called, and its picture.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::InOrganization;
use crate::access::action::{DeleteOrganization, EditOrganization};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::page::PageFrame;
use crate::http::upload::{FileForm, Upload};
use crate::http::words::{self, When};
use crate::pages::photo_form::{self, PhotoTyped};
use crate::pages::{frame, links};
use crate::workspaces::organization::{self, ProfileSaved};

#[derive(Template)]
#[template(path = "pages/workspace/profile.html")]
struct ProfilePage {
    page: PageFrame,
    errors: FieldErrors,
    typed: ProfileTyped,
    /// The browser did not keep the file that came with a form that was not saved.
    is_file_lost: bool,
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
    #[serde(flatten)]
    photo: PhotoTyped,
}

pub async fn show(here: InOrganization) -> Result<HttpResponse, PageError> {
    let typed = ProfileTyped {
        title: here.organization.title.clone(),
        revision: here.organization.revision.to_string(),
        photo: PhotoTyped::default(),
    };
    draw(&here, StatusCode::OK, typed, FieldErrors::new(), false)
}

pub async fn save(here: InOrganization, form: FileForm<ProfileTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit::<EditOrganization>()?;
    let FileForm { mut typed, file, is_resumed } = form;
    let has_file = file != Upload::Nothing;
    let mut errors = FieldErrors::new();
    if is_resumed {
        errors.add("", "", as_left("Nothing was saved yet."));
    }
    let title = errors.keep("title", "Name", organization::title(&typed.title));
    let developed = errors.keep("photo", "Picture", typed.photo.develop(file).await).flatten();
    let (Some(title), true) = (title, errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors, has_file);
    };
    let owner = here.organization.workspace_id;
    let photo = typed.photo.change(&here, owner, developed).await?;
    let (act, revision, of_write) = (here.act.clone(), typed.revision.parse().unwrap_or(-1), photo.clone());
    let saved = here.write(move |db| organization::save_profile(db, &act, &permit, revision, &title, &of_write)).await;
    let unused = match &saved {
        Ok(ProfileSaved::Yes { old_photo }) => old_photo.clone(),
        _ => photo.stored(),
    };
    photo_form::tidy(&here, owner, unused).await;
    match saved? {
        ProfileSaved::Yes { .. } => {
            Ok(here.done(&links::organization_profile(here.name()), "Your changes have been saved."))
        }
        ProfileSaved::Conflict => {
            let sentence = format!("Somebody saved meanwhile: it is {} now.", here.organization.title);
            typed.revision = here.organization.revision.to_string();
            draw(&here, StatusCode::CONFLICT, typed, FieldErrors::one("title", "Name", sentence), has_file)
        }
    }
}

fn draw(
    here: &InOrganization,
    status: StatusCode,
    typed: ProfileTyped,
    errors: FieldErrors,
    is_file_lost: bool,
) -> Result<HttpResponse, PageError> {
    let frame =
        here.tab("profile", "Profile", "What the organization is called, how it looks in lists, and where it lives.");
    let page = ProfilePage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        is_file_lost,
        may_edit: here.membership().may::<EditOrganization>(),
        delete: here.membership().may::<DeleteOrganization>().then(|| links::delete_organization(here.name())),
        link: links::organization_profile(here.name()),
        username: here.name().to_owned(),
        face: here.face(),
        region: here.region.title(),
        plan: here.site.config.plans.of(&here.place.workspace.plan).name.clone(),
        created: words::day(here.organization.created_at, &words::zone(&here.account.time_zone)),
    };
    frame::html(status, &page)
}
