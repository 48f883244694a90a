//! `/{workspace}/{project}`: what it holds, what came last, the minutes of the month.
//!
//! Rule: of a public project somebody who is not a member sees its name, description and numbers, and nothing else.

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::month::Month;
use crate::pages::guards::SignedIn;
use crate::pages::places::InProject;
use crate::pages::projects::samples;
use crate::pages::{frame, links};
use crate::projects::holdings::{self, Holdings, Latest};
use crate::projects::project::{self, Project};
use crate::usage::month;

const LATEST: i64 = 5;

#[derive(Template)]
#[template(path = "pages/projects/overview.html")]
struct OverviewPage<'a> {
    page: PageFrame,
    workspace: String,
    project: &'a Project,
    holds: Vec<Held>,
    /// Of members only.
    inside: Option<Inside>,
}

struct Held {
    count: String,
    what: &'static str,
    /// Where it is listed, if this reader may go there.
    href: Option<String>,
}

struct Inside {
    latest: Vec<Line>,
    cpu: String,
    gpu: String,
    month: String,
    keys: String,
}

struct Line {
    href: String,
    file_name: String,
    label: String,
    device: String,
    /// Kind of badge and word; a valid signature is the normal state.
    verdict: Option<(&'static str, &'static str)>,
    size: String,
    at: When,
}

pub async fn show(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let mut nothing = actix_web::dev::Payload::None;
    let refused = match InProject::from_request(&request, &mut nothing).await {
        Ok(inside) => return Ok(of_member(&inside).await?),
        Err(error) => error,
    };
    // A member who has to do something first is led there; only for others does it matter whether it is public.
    if refused.as_response_error().status_code() != StatusCode::NOT_FOUND {
        return Err(refused);
    }
    let here = SignedIn::from_request(&request, &mut nothing).await?;
    let (workspace, slug) = (request.match_info().query("workspace").to_owned(), request.match_info().query("project"));
    let (name, slug) = (workspace.clone(), slug.to_owned());
    let found = here.read(move |db| project::public_at(db, &name, &slug)).await.map_err(PageError::from)?;
    let Some(project) = found else { return Err(refused) };
    let id = project.id;
    let held = here.read(move |db| holdings::of(db, id)).await.map_err(PageError::from)?;
    let page = OverviewPage {
        page: here.page_without_tabs(&project.name, "A public project."),
        workspace,
        holds: holds(&held, None),
        project: &project,
        inside: None,
    };
    Ok(frame::html(StatusCode::OK, &page)?)
}

async fn of_member(inside: &InProject) -> Result<HttpResponse, PageError> {
    let (id, workspace, slug) = (inside.project.id, inside.place.workspace.id, inside.project.slug.clone());
    let made_at = inside.project.created_at;
    let this = Month::of(inside.act.now);
    let (held, latest, spent) = inside
        .read(move |db| {
            let spent = month::of_project(db, workspace, this, &slug, made_at)?;
            Ok::<_, DbError>((holdings::of(db, id)?, holdings::latest(db, id, LATEST)?, spent))
        })
        .await?;
    let zone = words::zone(&inside.account.time_zone);
    let base = links::project(inside.name(), &inside.project.slug);
    let of_members = Inside {
        latest: latest.into_iter().map(|one| line(one, inside, &base, &zone)).collect(),
        cpu: words::minutes(spent.cpu_minutes()),
        gpu: words::minutes(spent.gpu_minutes()),
        month: this.title(),
        keys: links::project_keys(&base),
    };
    let page = OverviewPage {
        page: inside.project_tab("", &inside.project.name, "What it holds, what came last, and what it used."),
        workspace: inside.name().to_owned(),
        holds: holds(&held, Some(&base)),
        project: &inside.project,
        inside: Some(of_members),
    };
    frame::html(StatusCode::OK, &page)
}

fn holds(held: &Holdings, base: Option<&str>) -> Vec<Held> {
    let line = |count, one, many, href: Option<String>| Held {
        count: words::number(count),
        what: words::plural(count, one, many),
        href,
    };
    let artifacts = base.map(links::project_artifacts);
    let mut all = vec![
        line(held.samples, "sample", "samples", base.map(links::project_data)),
        line(held.datasets, "dataset", "datasets", artifacts.clone()),
        line(held.models, "model", "models", artifacts),
    ];
    if let Some(base) = base {
        let keys = Some(links::project_keys(base));
        all.push(line(held.api_keys, "API key", "API keys", keys.clone()));
        all.push(line(held.hmac_keys, "HMAC key", "HMAC keys", keys));
    }
    all
}

fn line(one: Latest, inside: &InProject, base: &str, zone: &jiff::tz::TimeZone) -> Line {
    Line {
        href: links::sample(base, one.id),
        verdict: one.verdict.parse().map_or(None, samples::badge),
        size: words::file_size(one.size),
        at: words::relative(one.created_at, inside.act.now, zone),
        file_name: one.file_name,
        label: one.label,
        device: one.device_name,
    }
}
