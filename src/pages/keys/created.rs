//! `…/created`: the one page that ever shows an API key.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use askama::Template;

use super::here::KeysHere;
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::words::{self, When};
use crate::kernel::id::ApiKeyId;
use crate::pages::guards::Visitor;
use crate::pages::{frame, links};
use crate::projects::api_keys::{self, ApiKey};
use crate::sessions::shown_once;

#[derive(Template)]
#[template(path = "pages/keys/created.html")]
struct CreatedPage<'a> {
    page: PageFrame,
    here: &'a KeysHere,
    base: String,
    name: String,
    can: String,
    until: Option<When>,
    value: String,
    file_name: String,
    file_text: String,
    /// The name of the variable that holds the address of the server.
    commands: Vec<Command>,
}

struct Command {
    title: &'static str,
    text: String,
}

pub async fn show(here: KeysHere) -> Result<HttpResponse, PageError> {
    here.maker()?;
    // Asking for the headers alone must not use up the one look.
    if *here.request.method() == Method::HEAD {
        return Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").finish());
    }
    let base = here.place.path();
    let (act, session, this) = (here.act.clone(), here.session.id, links::key_created(&base));
    let shown = here.write(move |db| shown_once::take(db, &act, session, &this)).await?;
    let Some((id, value)) = shown.as_deref().and_then(|text| text.split_once('\n')) else {
        return Ok(Visitor::redirect(&base));
    };
    let id: ApiKeyId = id.parse().map_err(|_| PageError::NotFound)?;
    let (workspace, project) = (here.place.workspace, here.place.project_id());
    let key = here.read(move |db| api_keys::one(db, workspace, project, id)).await?.ok_or(PageError::NotFound)?;
    frame::html(StatusCode::OK, &page(&here, base, &key, value))
}

fn page<'a>(here: &'a KeysHere, base: String, key: &ApiKey, value: &str) -> CreatedPage<'a> {
    let zone = words::zone(&here.account.time_zone);
    let file_name = match &here.place.project {
        Some(project) => format!("{}.env", project.slug),
        None => format!("{}.env", here.place.workspace_name),
    };
    let made = words::day(key.created_at, &zone).text;
    let variables = variables(here, value);
    let file_text = format!("# {}, key \"{}\", made {made}\n{variables}", here.place.words(), key.name);
    CreatedPage {
        page: here.frame("API key created", "It is shown once."),
        here,
        base,
        name: key.name.clone(),
        can: api_keys::can(key.role, key.project_id),
        until: key.expires_at.map(|at| words::day(at, &zone)),
        value: value.to_owned(),
        commands: commands(here, &file_name),
        file_name,
        file_text,
    }
}

/// What the clients look for in their environment.
fn variables(here: &KeysHere, value: &str) -> String {
    let origin = here.site.public_origin();
    if here.project.is_some() {
        format!("EI_API_KEY={value}\nEI_API_ENDPOINT={origin}/v1\nEI_INGESTION_ENDPOINT={origin}\n")
    } else {
        format!("ULTRALYTICS_API_KEY={value}\nULTRALYTICS_PLATFORM_URL={origin}\n")
    }
}

fn commands(here: &KeysHere, file_name: &str) -> Vec<Command> {
    let load = Command { title: "Put it in the environment", text: format!("set -a; . ./{file_name}; set +a") };
    if here.project.is_none() {
        let ask = "curl -H \"Authorization: Bearer $ULTRALYTICS_API_KEY\" \\\n  \"$ULTRALYTICS_PLATFORM_URL/api/account/summary\"";
        return vec![load, Command { title: "Ask for your account", text: ask.to_owned() }];
    }
    let send =
        "curl -H \"x-api-key: $EI_API_KEY\" -F data=@sample.json \\\n  \"$EI_INGESTION_ENDPOINT/api/training/files\"";
    let python = "from edgeimpulse import data  # reads the environment\ndata.upload_directory(\"samples\", category=\"training\")";
    vec![
        load,
        Command { title: "Send a sample", text: send.to_owned() },
        Command { title: "From Python", text: python.to_owned() },
    ]
}
