//! `/settings/organizations/new`: an organization of one's own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::kernel::names::Username;
use crate::pages::guards::SignedIn;
use crate::pages::{blocking, frame, links};
use crate::workspaces::creation::{self, Created, NewOrganization};
use crate::workspaces::organization;

#[derive(Template)]
#[template(path = "pages/settings/new_organization.html")]
struct NewPage {
    page: PageFrame,
    errors: FieldErrors,
    typed: NewTyped,
    region: &'static str,
    plan: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewTyped {
    username: String,
    title: String,
}

/// `GET /settings/organizations/new`
pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    draw(&here, StatusCode::OK, NewTyped::default(), FieldErrors::new())
}

/// `POST /settings/organizations/new`
pub async fn create(here: SignedIn, form: Form<NewTyped>) -> Result<HttpResponse, PageError> {
    let typed = form.typed;
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was created yet."));
    }
    let name = errors.keep("username", "Username", Username::parse(&typed.username));
    let title = errors.keep("title", "Name", organization::title(&typed.title));
    let (Some(name), Some(title), true) = (name, title, errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors);
    };
    let plan = here.site.config.plans.first().id.clone();
    let new = NewOrganization { name: name.clone(), title, owner: here.account.id, plan };
    let (site, act, region) = (here.site.clone(), here.act.clone(), here.region);
    match blocking::run(move || creation::create(&site.regions, region, &act, &new)).await?? {
        Created::Yes(_) => {
            let sentence = format!("{name} is yours. Invite the people you work with.");
            Ok(here.done(&links::members(name.as_str()), &sentence))
        }
        Created::NameTaken => {
            let sentence = "Somebody has this username already. Choose another.";
            draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, FieldErrors::one("username", "Username", sentence))
        }
        Created::TooMany(too_many) => Err(too_many.into()),
    }
}

fn draw(here: &SignedIn, status: StatusCode, typed: NewTyped, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    let frame = here.page(
        "organizations",
        "Create organization",
        "A workspace with members: its projects and keys belong to all of them.",
    );
    let page = NewPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        region: here.region.title(),
        plan: here.site.config.plans.first().name.clone(),
    };
    frame::html(status, &page)
}
