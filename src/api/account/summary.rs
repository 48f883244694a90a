//! `GET /api/account/summary`: the workspace in a few words and figures.

use actix_web::HttpResponse;
use serde::Serialize;

use super::Refusal;
use super::caller::Caller;
use crate::access::Role;
use crate::db::DbError;
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::projects::storage;
use crate::sessions::account;
use crate::workspaces::membership::{self, Mine};
use crate::workspaces::summary;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    username: String,
    name: String,
    account_type: &'static str,
    plan: String,
    credits_cents: i64,
    counts: Counts,
    teams: Vec<Team>,
}

#[derive(Serialize)]
struct Counts {
    projects: i64,
    datasets: i64,
    models: i64,
}

/// An organization that the person belongs to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Team {
    user_id: WorkspaceId,
    username: String,
    full_name: String,
    plan: String,
    region: Region,
    role: Role,
}

/// Until there is a wallet, nobody has any.
const NO_CREDIT: i64 = 0;

pub async fn show(here: Caller) -> Result<HttpResponse, Refusal> {
    let (id, person) = (here.id(), here.person());
    let (name, counts, teams) = here
        .read(move |db| {
            let counts = storage::of_workspace(db, id)?;
            let Some(person) = person else {
                return Ok((summary::open_title(db, id)?.unwrap_or_default(), counts, Vec::new()));
            };
            let name = account::by_id(db, person)?.map(|account| account.name);
            let teams = membership::organizations_of(db, person)?.into_iter().filter(Mine::is_listed);
            Ok::<_, DbError>((name.unwrap_or_default(), counts, teams.collect()))
        })
        .await?;
    let region = here.region;
    let team = |one: Mine| Team {
        user_id: one.id,
        username: one.name,
        full_name: one.title,
        plan: one.plan,
        region,
        role: one.role,
    };
    Ok(HttpResponse::Ok().json(Summary {
        username: here.workspace.name,
        name,
        account_type: account_type(person.is_some()),
        plan: here.workspace.plan,
        credits_cents: NO_CREDIT,
        counts: Counts { projects: counts.projects, datasets: counts.datasets.count, models: counts.models.count },
        teams: teams.into_iter().map(team).collect(),
    }))
}

pub fn account_type(is_person: bool) -> &'static str {
    if is_person { "personal" } else { "team" }
}
