//! `/platform/v1/environment-tokens` and `/platform/v1/environment`: how a job gets its secrets, and whoever may add some.
//!
//! Rule: the platform asks for a token with its own, the job fetches with that one alone, once. The answer is the only
//! way a value leaves, is not to be kept by anything between, and was written down before it was given.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::bearer::{Program, token};
use super::requester::{self, ByHand, Requester};
use super::{Problem, artifacts, body};
use crate::crypto::act::Act;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::origin;
use crate::http::site::Site;
use crate::http::wiped::Wiped;
use crate::kernel::time::minutes;
use crate::projects::project;
use crate::regions::directory;
use crate::regions::service_tokens::Allowed;
use crate::secrets::by_hand::{self, Asking, NotHanded, Workspace};
use crate::secrets::environment::{self, Asker, Environment, Granted, PROJECT_KEY};
use crate::secrets::{SecretName, SecretValue, dotenv};

const SHAPE: &str =
    "an object with the texts workspace and job and, if you like, the text project, privileged and minutes";
const PROPOSED: u64 = 10;
const LONGEST: u64 = 60;

#[derive(Deserialize)]
struct Asked {
    /// The workspace's name and the project's, as in their addresses.
    workspace: String,
    #[serde(default)]
    project: Option<String>,
    /// As the platform calls it; shown in the access log.
    job: String,
    /// Whether it also gets the project's development key.
    #[serde(default)]
    privileged: bool,
    /// How long the token is good for.
    #[serde(default)]
    minutes: Option<u64>,
}

#[derive(Serialize)]
struct Issued {
    token: String,
    expires_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// `json`, which is also what an absent one means, or `env`.
    format: String,
    // By hand only: a job's token says all of these.
    workspace: String,
    project: String,
    /// Names, comma-separated; empty is all.
    only: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    workspace: &'a str,
    project: Option<&'a str>,
    job: &'a str,
    variables: BTreeMap<&'a str, &'a str>,
    /// What the job may have and did not get.
    left_out: Vec<LeftOut<'a>>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    name: &'a str,
    reason: &'static str,
}

/// `POST /platform/v1/environment-tokens`
pub async fn issue(program: Program, payload: Payload) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Jobs)?;
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let job = artifacts::text("job", &asked.job, 200)?;
    let valid_for = valid_for(asked.minutes)?;
    if asked.privileged && asked.project.is_none() {
        return Err(Problem::Invalid("privileged: name the project whose development key the job gets".to_owned()));
    }
    let slug = asked.project.filter(|slug| !slug.is_empty());
    if asked.workspace.len() > 64 || !artifacts::is_word(&asked.workspace) {
        return Err(Problem::NotFound);
    }
    if slug.as_ref().is_some_and(|slug| !artifacts::is_word(slug)) {
        return Err(Problem::NotFound);
    }
    let names = vec![asked.workspace];
    let found = program.site.regions.directory.read(move |db| directory::workspaces(db, &names)).await?;
    let (_, workspace, region) = found.into_iter().next().ok_or(Problem::NotFound)?;
    let (act, is_privileged) = (artifacts::act(&program), asked.privileged);
    let program_asking = Asker { id: program.id, name: program.name.clone() };
    let issued = artifacts::store(&program, region)?
        .write(move |db| {
            let project_id = match &slug {
                Some(slug) => match project::at(db, workspace, slug)? {
                    Some(project) => Some(project.id),
                    None => return Ok::<_, DbError>(None),
                },
                None => None,
            };
            let granted = Granted { workspace_id: workspace, project_id, job: job.clone(), is_privileged };
            environment::issue_to(db, &act, region, &granted, valid_for, Some(&program_asking))
        })
        .await?;
    let (token, expires_at) = issued.ok_or(Problem::NotFound)?;
    let issued = Issued { token: token.reveal(), expires_at: expires_at.to_string() };
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(issued))
}

fn valid_for(asked: Option<u64>) -> Result<Duration, Problem> {
    match asked.unwrap_or(PROPOSED) {
        asked @ 1..=LONGEST => Ok(minutes(asked)),
        _ => Err(Problem::Invalid(format!("minutes must be 1 to {LONGEST}"))),
    }
}

/// `GET /platform/v1/environment`, with the job's token, a workspace's key or a tool's token.
pub async fn fetch(request: HttpRequest, wanted: Result<Query<Wanted>, PageError>) -> Result<HttpResponse, Problem> {
    let wanted = wanted.map_err(|error| Problem::Invalid(error.to_string()))?.0;
    let is_env = match wanted.format.as_str() {
        "" | "json" => false,
        "env" => true,
        _ => return Err(Problem::Invalid("format must be json or env".to_owned())),
    };
    let site = request.app_data::<Data<Site>>().ok_or(Problem::NotFound)?;
    let token = token(&request).ok_or(Problem::NoJobToken)?;
    let act = site.act(origin::of(&request, site.config.trusted_proxies));
    let fetched = match requester::of(&request, site, &act, token).await? {
        Requester::Job { .. } if wanted.is_narrow() => {
            return Err(Problem::Invalid("a job's token says its workspace and project itself".to_owned()));
        }
        Requester::Job { store, digest } => {
            store.write(move |db| environment::fetch(db, &act, &digest)).await?.ok_or(Problem::SpentToken)?
        }
        Requester::ByHand(who) => by_hand(who, act, &wanted).await?,
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    let (kind, body) =
        if is_env { ("text/plain; charset=utf-8", as_file(fetched)) } else { ("application/json", as_json(fetched)?) };
    Ok(response.content_type(kind).body(body.into_body()))
}

impl Wanted {
    fn is_narrow(&self) -> bool {
        [&self.workspace, &self.project, &self.only].iter().any(|text| !text.is_empty())
    }

    fn only(&self) -> Result<Vec<SecretName>, Problem> {
        let names = self.only.split(',').filter(|name| !name.is_empty());
        names.map(|name| SecretName::parse(name).map_err(|error| Problem::Invalid(format!("only: {error}")))).collect()
    }
}

async fn by_hand(who: ByHand, act: Act, wanted: &Wanted) -> Result<Environment, Problem> {
    let word = |what, text: &str| match text {
        "" => Ok(None),
        text if text.len() <= 64 && artifacts::is_word(text) => Ok(Some(text.to_owned())),
        _ => Err(Problem::NotThere(format!("There is no such {what}."))),
    };
    let (named, project) = (word("workspace", &wanted.workspace)?, word("project", &wanted.project)?);
    let workspace = match (&who.key, named) {
        (Some((_, _, own)), Some(named)) if *own != named => {
            return Err(Problem::Forbidden(format!("This key belongs to the workspace {own}.")));
        }
        (Some((_, id, _)), _) => Workspace::Id(*id),
        (None, Some(named)) => Workspace::Named(named),
        (None, None) => Workspace::Id(who.account.personal_workspace()),
    };
    let is_ours = act.origin.agent.starts_with("keystead/");
    let asking = Asking {
        account: who.account,
        key: who.key.map(|(name, ..)| name),
        workspace,
        project,
        only: wanted.only()?,
        job: if is_ours { "keystead run" } else { "environment call" },
    };
    Ok(who.store.write(move |db| by_hand::fetch(db, &act, &asking)).await?)
}

impl From<NotHanded> for Problem {
    fn from(error: NotHanded) -> Self {
        match error {
            NotHanded::Database(error) => Self::Unavailable(error),
            NotHanded::NoWorkspace | NotHanded::NoProject(_) => Self::NotThere(error.to_string()),
            NotHanded::NoSecret(_) => Self::Invalid(error.to_string()),
            _ => Self::Forbidden(error.to_string()),
        }
    }
}

/// About what the answer takes, so that it is rarely moved while it grows.
fn room(fetched: &Environment) -> usize {
    let long = |(name, value): &(SecretName, SecretValue)| name.as_str().len() + value.expose().len() * 9 / 8 + 16;
    512 + fetched.variables.iter().map(long).sum::<usize>()
}

fn as_json(fetched: Environment) -> Result<Wiped, Problem> {
    let mut body = Wiped::with_room_for(room(&fetched));
    let key = fetched.project_key.map(|key| Zeroizing::new(key.reveal()));
    let mut variables: BTreeMap<&str, &str> =
        fetched.variables.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    variables.extend(key.as_ref().map(|key| (PROJECT_KEY, key.as_str())));
    let left_out =
        fetched.left_out.iter().map(|(name, why)| LeftOut { name: name.as_str(), reason: why.as_str() }).collect();
    let project = fetched.project.as_deref();
    let answer = Answer { workspace: &fetched.workspace, project, job: &fetched.job, variables, left_out };
    serde_json::to_writer(&mut body, &answer)
        .map_err(|error| Problem::Unavailable(DbError::SerializationError(error.into())))?;
    Ok(body)
}

fn as_file(fetched: Environment) -> Wiped {
    let mut text = Wiped::with_room_for(room(&fetched));
    for (name, why) in &fetched.left_out {
        for part in ["# ", name.as_str(), " is left out: ", why.as_str(), "\n"] {
            text.push(part.as_bytes());
        }
    }
    for (name, value) in &fetched.variables {
        dotenv::write(name.as_str(), value.expose(), &mut |part| text.push(part.as_bytes()));
    }
    if let Some(key) = fetched.project_key {
        dotenv::write(PROJECT_KEY, &Zeroizing::new(key.reveal()), &mut |part| text.push(part.as_bytes()));
    }
    text
}
