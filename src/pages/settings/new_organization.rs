//! `/settings/organizations/new`: an organization of one's own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::page::PageFrame;
use crate::http::upload::{FileForm, Upload};
use crate::kernel::names::Username;
use crate::pages::guards::SignedIn;
use crate::pages::photo_form::PhotoTyped;
use crate::pages::{blocking, frame, links};
use crate::photos;
use crate::workspaces::creation::{self, Created, NewOrganization};
use crate::workspaces::organization;

#[derive(Template)]
#[template(path = "pages/settings/new_organization.html")]
struct NewPage {
    page: PageFrame,
    errors: FieldErrors,
    typed: NewTyped,
    /// The browser did not keep the file that came with a form that was refused.
    is_file_lost: bool,
    region: &'static str,
    plan: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewTyped {
    username: String,
    title: String,
    #[serde(flatten)]
    photo: PhotoTyped,
}

/// `GET /settings/organizations/new`
pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    draw(&here, StatusCode::OK, NewTyped::default(), FieldErrors::new(), false)
}

/// `POST /settings/organizations/new`
pub async fn create(here: SignedIn, form: FileForm<NewTyped>) -> Result<HttpResponse, PageError> {
    let FileForm { typed, file, is_resumed } = form;
    let has_file = file != Upload::Nothing;
    let mut errors = FieldErrors::new();
    if is_resumed {
        errors.add("", "", as_left("Nothing was created yet."));
    }
    let name = errors.keep("username", "Username", Username::parse(&typed.username));
    let title = errors.keep("title", "Name", organization::title(&typed.title));
    let developed = errors.keep("photo", "Picture", typed.photo.develop(file).await).flatten();
    let (Some(name), Some(title), true) = (name, title, errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors, has_file);
    };
    let (id, plan) = (here.act.id(), here.site.config.plans.first().id.clone());
    let photo = typed.photo.change(&here, id, developed).await?.stored();
    let new = NewOrganization { id, name: name.clone(), title, owner: here.account.id, plan, photo };
    let (site, act, region) = (here.site.clone(), here.act.clone(), here.region);
    let created = blocking::run(move || creation::create(&site.regions, region, &act, &new)).await;
    if let (Ok(Ok(Created::NameTaken | Created::TooMany(_))), true) = (&created, has_file)
        && let Some(store) = here.site.regions.store(region)
    {
        photos::tidy_all(&here.site.files, store, region, here.act.now, id).await;
    }
    match created?? {
        Created::Yes(_) => {
            let sentence = format!("{name} is yours. Invite the people you work with.");
            Ok(here.done(&links::members(name.as_str()), &sentence))
        }
        Created::NameTaken => {
            let sentence = "Somebody has this username already. Choose another.";
            let errors = FieldErrors::one("username", "Username", sentence);
            draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors, has_file)
        }
        Created::TooMany(too_many) => Err(too_many.into()),
    }
}

fn draw(
    here: &SignedIn,
    status: StatusCode,
    typed: NewTyped,
    errors: FieldErrors,
    is_file_lost: bool,
) -> Result<HttpResponse, PageError> {
    let frame = here.page(
        "organizations",
        "Create organization",
        "A workspace with members: its projects and keys belong to all of them.",
    );
    let page = NewPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        is_file_lost,
        region: here.region.title(),
        plan: here.site.config.plans.first().name.clone(),
    };
    frame::html(status, &page)
}
