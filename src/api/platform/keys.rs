//! `POST /platform/v1/keys/verify`: another program of the platform was shown a key and asks what it is worth.
//!
//! Rule: the answer is true of the moment it was asked for and is not to be kept (`Cache-Control: no-store`): a revocation
//! counts from the next question.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};

use super::bearer::Program;
use super::{Problem, body};
use crate::crypto::api_key;
use crate::kernel::id::{ApiKeyId, ProjectId, WorkspaceId};
use crate::kernel::region::Region;
use crate::projects::api_keys::{self, Refused, Verified};
use crate::projects::key_role::{KeyAction, KeyRole};
use crate::projects::rates::{Caller, Standing};
use crate::regions::service_tokens::Allowed;

const SHAPE: &str = "an object with the texts key and, if you like, action, address and agent";

#[derive(Deserialize)]
struct Asked {
    key: String,
    /// What the key's holder wants to do; without it `may` is left out.
    #[serde(default)]
    action: Option<String>,
    /// Where they are; needed for keys that name networks.
    #[serde(default)]
    address: Option<String>,
    /// What their program calls itself; shown as the key's last use.
    #[serde(default)]
    agent: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    valid: bool,
    key: Key<'a>,
    role: KeyRole,
    /// Null for a workspace key.
    project: Option<Project<'a>>,
    workspace: Workspace<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    may: Option<bool>,
    /// RFC 3339; null when it never does.
    expires: Option<String>,
    rate: Rate,
}

/// What the key may still do in the minute that runs, by whichever limit is reached first. The question counts as one
/// request of the key; whoever asks refuses what is `exceeded`.
#[derive(Serialize)]
struct Rate {
    limit: i64,
    remaining: i64,
    /// Seconds until all of it is there again.
    resets: u64,
    exceeded: bool,
}

#[derive(Serialize)]
struct Key<'a> {
    id: ApiKeyId,
    number: i64,
    name: &'a str,
}

#[derive(Serialize)]
struct Project<'a> {
    id: ProjectId,
    number: i64,
    slug: &'a str,
}

#[derive(Serialize)]
struct Workspace<'a> {
    id: WorkspaceId,
    name: &'a str,
}

/// All that is said of a key that is not let in.
#[derive(Serialize)]
struct Refusal {
    valid: bool,
    reason: &'static str,
}

/// Both answers are 200: the question was answered.
pub async fn verify(program: Program, payload: Payload) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Keys)?;
    let asked: Asked = body::json(payload, body::SMALL, SHAPE).await?;
    let action = parsed::<KeyAction>("action", asked.action.as_deref())?;
    let address = parsed::<IpAddr>("address", asked.address.as_deref())?;
    let (region, verified) = match look_up(&program, &asked.key, address).await? {
        Ok(found) => found,
        Err(refused) => {
            return Ok(HttpResponse::Ok().json(Refusal { valid: false, reason: refused.as_str() }));
        }
    };
    let now = program.site.clock.now();
    program.site.key_uses.note(region, &verified, now, address, asked.agent.as_deref().unwrap_or_default());
    let Some(store) = program.site.regions.store(region) else { return Err(Problem::NotFound) };
    let standing = program.site.rates.count(store, &Caller::of_key(region, &verified), now).await;
    Ok(HttpResponse::Ok().json(answer(&verified, action, &standing)))
}

async fn look_up(
    program: &Program,
    key: &str,
    address: Option<IpAddr>,
) -> Result<Result<(Region, Verified), Refused>, Problem> {
    let Some(parsed) = api_key::parse(key) else { return Ok(Err(Refused::Unknown)) };
    let Some(store) = program.site.regions.store(parsed.region) else { return Ok(Err(Refused::Unknown)) };
    let now = program.site.clock.now();
    let found = api_keys::verify_at(store, parsed.digest, address, now).await?;
    Ok(found.map(|verified| (parsed.region, verified)))
}

fn answer<'a>(verified: &'a Verified, action: Option<KeyAction>, standing: &Standing) -> Answer<'a> {
    let project = match (verified.project, verified.project_number, &verified.project_slug) {
        (Some(id), Some(number), Some(slug)) => Some(Project { id, number, slug }),
        _ => None,
    };
    Answer {
        valid: true,
        key: Key { id: verified.id, number: verified.number, name: &verified.name },
        role: verified.role,
        project,
        workspace: Workspace { id: verified.workspace, name: &verified.workspace_name },
        may: action.map(|action| verified.may(action)),
        expires: verified.expires_at.map(|at| at.to_string()),
        rate: Rate {
            limit: standing.tightest().map_or(0, |part| part.limit),
            remaining: standing.tightest().map_or(0, |part| part.remaining),
            resets: standing.resets_in(),
            exceeded: standing.is_over,
        },
    }
}

/// Absent and empty are the same. Repeats nothing of what was sent.
fn parsed<T: std::str::FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) if name == "action" => {
                let known: Vec<&str> = KeyAction::ALL.iter().map(|action| action.as_str()).collect();
                Err(Problem::Invalid(format!("action must be one of {}", known.join(", "))))
            }
            Err(_) => Err(Problem::Invalid(format!("{name} must be an IPv4 or IPv6 address"))),
        },
    }
}
