//! `/{workspace}/new-project`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::access::action::EditProjects;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::pages::places::InWorkspace;
use crate::pages::{frame, links};
use crate::projects::creation::{self, NewProject};
use crate::projects::project::Visibility;

#[derive(Template)]
#[template(path = "pages/projects/new.html")]
struct NewPage {
    page: PageFrame,
    errors: FieldErrors,
    typed: ProjectTyped,
    workspace: String,
    visibilities: Vec<Choice>,
}

/// As typed; the settings of a project have the same fields.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProjectTyped {
    pub name: String,
    pub description: String,
    pub visibility: String,
    /// Of the settings: which version the form was filled from.
    pub revision: String,
}

impl ProjectTyped {
    pub fn check(&self) -> Result<NewProject, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.keep("name", "Name", creation::project_name(&self.name));
        let description = errors.keep("description", "Description", creation::description(&self.description));
        let visibility: Option<Visibility> = self.visibility.parse().ok();
        if visibility.is_none() {
            errors.add("visibility", "Visibility", "Choose one of the answers.");
        }
        match (name, description, visibility) {
            (Some(name), Some(description), Some(visibility)) => Ok(NewProject { name, description, visibility }),
            _ => Err(errors),
        }
    }
}

pub fn visibilities() -> Vec<Choice> {
    vec![
        Choice::new(Visibility::Private.as_str(), "Private").with_note("Members of the workspace see it."),
        Choice::new(Visibility::Public.as_str(), "Public")
            .with_note("Everybody who is signed in may see its overview. Data and keys stay with the members."),
    ]
}

pub async fn ask(inside: InWorkspace) -> Result<HttpResponse, PageError> {
    inside.permit::<EditProjects>()?;
    let typed = ProjectTyped { visibility: Visibility::Private.as_str().to_owned(), ..ProjectTyped::default() };
    answer(&inside, StatusCode::OK, typed, FieldErrors::new())
}

pub async fn create(inside: InWorkspace, form: Form<ProjectTyped>) -> Result<HttpResponse, PageError> {
    let permit = inside.permit::<EditProjects>()?;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("No project was made yet."));
        return answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, form.typed, errors);
    }
    let new = match form.typed.check() {
        Ok(new) => new,
        Err(errors) => return answer(&inside, StatusCode::UNPROCESSABLE_ENTITY, form.typed, errors),
    };
    let act = inside.act.clone();
    let project = inside.write(move |db| creation::create(db, &act, &permit, &new)).await?;
    let to = links::project(inside.name(), &project.slug);
    Ok(inside.done(&to, &format!("{} is here. Make a key to send it something.", project.name)))
}

fn answer(
    inside: &InWorkspace,
    status: StatusCode,
    typed: ProjectTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let name = inside.name();
    let mut page = inside.framed_in(None, "New project", "A project holds keys, samples and artifacts.");
    page.has_error = !errors.is_empty();
    let page = NewPage { page, errors, typed, workspace: name.to_owned(), visibilities: visibilities() };
    frame::html(status, &page)
}
