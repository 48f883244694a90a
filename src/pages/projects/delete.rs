//! `/{workspace}/{project}/settings/delete`: what goes, then the deed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::access::action::EditProjects;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::lifecycle::trash;
use crate::pages::goes::{Goes, goes};
use crate::pages::places::InProject;
use crate::pages::{frame, links};

const DEED: &str = "delete a project";

#[derive(Template)]
#[template(path = "pages/projects/delete.html")]
struct DeletePage {
    page: PageFrame,
    errors: FieldErrors,
    typed: DeleteTyped,
    workspace: String,
    slug: String,
    name: String,
    goes: Vec<Goes>,
    counted: When,
    until: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeleteTyped {
    confirm: String,
}

fn path(inside: &InProject) -> String {
    links::project_delete(&links::project(inside.name(), &inside.project.slug))
}

pub async fn ask(inside: InProject) -> Result<HttpResponse, PageError> {
    inside.permit::<EditProjects>()?;
    inside.confirmed(DEED, &path(&inside))?;
    answer(&inside, StatusCode::OK, DeleteTyped::default(), FieldErrors::new()).await
}

pub async fn act(inside: InProject, form: Form<DeleteTyped>) -> Result<HttpResponse, PageError> {
    let permit = inside.permit::<EditProjects>()?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was deleted yet."));
        return answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, form.typed, errors).await;
    }
    inside.confirmed(DEED, &path(&inside))?;
    if form.typed.confirm.trim() != inside.project.slug {
        let errors =
            FieldErrors::one("confirm", "Name in the address", "This is not the project's name in its address.");
        return answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, form.typed, errors).await;
    }
    let (act, id) = (inside.act.clone(), inside.project.id);
    let deleted = inside.write(move |db| trash::delete(db, &act, &permit, id)).await?;
    let erase_at = deleted.ok_or(PageError::NotFound)?;
    let day = words::day(erase_at, &words::zone(&inside.account.time_zone)).text;
    let sentence = format!("{} is deleted. Until {day} it can be restored below.", inside.project.name);
    Ok(inside.done(&links::trash(inside.name()), &sentence))
}

async fn answer(
    inside: &InProject,
    status: StatusCode,
    typed: DeleteTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let id = inside.project.id;
    let lines = inside.read(move |db| trash::consequences(db, id)).await?;
    let (now, zone) = (inside.act.now, words::zone(&inside.account.time_zone));
    let mut page =
        inside.project_tab("settings", "Delete project", "Out of reach at once, restorable for 30 days, then erased.");
    page.has_error = !errors.is_empty();
    let page = DeletePage {
        page,
        errors,
        typed,
        workspace: inside.name().to_owned(),
        slug: inside.project.slug.clone(),
        name: inside.project.name.clone(),
        goes: goes(&lines),
        counted: words::at(now, &zone),
        until: words::day(now.plus(trash::KEPT), &zone),
    };
    frame::html(status, &page)
}
