//! `/{workspace}/{project}/settings`: name, description, visibility; and the way to its end.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::new::{ProjectTyped, visibilities};
use crate::access::action::EditProjects;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::lifecycle::trash::KEPT_DAYS;
use crate::pages::places::InProject;
use crate::pages::{frame, links};
use crate::projects::settings::{self, Changed, Saved};

#[derive(Template)]
#[template(path = "pages/projects/settings.html")]
struct SettingsPage {
    page: PageFrame,
    errors: FieldErrors,
    typed: ProjectTyped,
    workspace: String,
    slug: String,
    name: String,
    visibilities: Vec<Choice>,
    kept_days: u64,
}

pub async fn show(inside: InProject) -> Result<HttpResponse, PageError> {
    inside.permit::<EditProjects>()?;
    let project = &inside.project;
    let typed = ProjectTyped {
        name: project.name.clone(),
        description: project.description.clone(),
        visibility: project.visibility.as_str().to_owned(),
        revision: project.revision.to_string(),
    };
    answer(&inside, StatusCode::OK, typed, FieldErrors::new())
}

pub async fn save(inside: InProject, form: Form<ProjectTyped>) -> Result<HttpResponse, PageError> {
    let permit = inside.permit::<EditProjects>()?;
    let typed = form.typed;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nothing was saved yet."));
        return answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, typed, errors);
    }
    let new = match typed.check() {
        Ok(new) => new,
        Err(errors) => return answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, typed, errors),
    };
    let revision: i64 = typed.revision.parse().unwrap_or(-1);
    let changed = Changed { name: new.name, description: new.description, visibility: new.visibility };
    let (act, id) = (inside.act.clone(), inside.project.id);
    match inside.write(move |db| settings::save(db, &act, &permit, id, revision, &changed)).await? {
        Saved::Yes => {
            let to = links::project_settings(&links::project(inside.name(), &inside.project.slug));
            Ok(inside.done(&to, "The settings are saved."))
        }
        Saved::Conflict => {
            let text =
                "Somebody else saved these settings meanwhile. What you typed is below; saving again replaces theirs.";
            let typed = ProjectTyped { revision: inside.project.revision.to_string(), ..typed };
            answer(&inside, StatusCode::CONFLICT, typed, FieldErrors::whole(text))
        }
    }
}

fn answer(
    inside: &InProject,
    status: StatusCode,
    typed: ProjectTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let mut page = inside.project_tab("settings", "Settings", "What the project is called and who sees it.");
    page.has_error = !errors.is_empty();
    let page = SettingsPage {
        page,
        errors,
        typed,
        workspace: inside.name().to_owned(),
        slug: inside.project.slug.clone(),
        name: inside.project.name.clone(),
        visibilities: visibilities(),
        kept_days: KEPT_DAYS,
    };
    frame::html(status, &page)
}
