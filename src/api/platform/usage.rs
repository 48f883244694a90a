//! `POST /platform/v1/usage/events`: compute time comes in.
//!
//! What was burnt is a fact, whoever burnt it: a workspace that is suspended or closing is counted as any other until it
//! is erased. Whether a job may start is asked before it starts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use actix_web::HttpResponse;
use actix_web::web::{Data, Payload};
use serde::Serialize;

use super::bearer::Program;
use super::usage_events::{Batch, MOST_EVENTS, Reported};
use super::{Problem, body};
use crate::http::site::Site;
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::regions::directory;
use crate::regions::service_tokens::Allowed;
use crate::usage::event::{Event, Refusal};
use crate::usage::meter::{self, Outcome};

/// Holds a thousand events with every text at its longest.
const MOST_BYTES: usize = 2 * 1024 * 1024;

#[derive(Serialize)]
struct Answer {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<Rejected>,
}

/// `index` counts from 0 in the order of the call.
#[derive(Serialize)]
struct Rejected {
    index: usize,
    reason: String,
}

/// One transaction for each region. When one fails the others stay counted, and the same call again counts the rest.
pub async fn report(program: Program, body: Payload) -> Result<HttpResponse, Problem> {
    program.may(Allowed::Usage)?;
    let batch = read(body).await?;
    let mut rejected = BTreeMap::new();
    let mut reported = Vec::new();
    for (index, value) in batch.events.values.iter().enumerate() {
        match Reported::read(value) {
            Ok(event) => reported.push((index, event)),
            Err(reason) => _ = rejected.insert(index, reason),
        }
    }
    let (mut accepted, mut duplicates) = (0, 0);
    for (region, events) in by_region(&program.site, reported, &mut rejected).await? {
        let (indexes, events): (Vec<usize>, Vec<Event>) = events.into_iter().unzip();
        let outcomes = count(&program.site, region, events).await?;
        for (index, outcome) in indexes.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Accepted => accepted += 1,
                Outcome::Duplicate => duplicates += 1,
                Outcome::Rejected(refusal) => _ = rejected.insert(index, refusal.to_string()),
            }
        }
    }
    let rejected = rejected.into_iter().map(|(index, reason)| Rejected { index, reason }).collect();
    Ok(HttpResponse::Ok().json(Answer { accepted, duplicates, rejected }))
}

async fn read(payload: Payload) -> Result<Batch, Problem> {
    let batch: Batch = body::json(payload, MOST_BYTES, "an object with a list of events in it").await?;
    if batch.events.count > MOST_EVENTS {
        let count = batch.events.count;
        return Err(Problem::TooLarge(format!("Send at most {MOST_EVENTS} events in one call; these are {count}.")));
    }
    Ok(batch)
}

/// Looks all names up at once. A name that nobody has, or somebody in a region served elsewhere, is rejected.
async fn by_region(
    site: &Data<Site>,
    reported: Vec<(usize, Reported)>,
    rejected: &mut BTreeMap<usize, String>,
) -> Result<BTreeMap<Region, Vec<(usize, Event)>>, Problem> {
    // What cannot be a name is not asked for: a database may not even be able to hold it.
    let names: BTreeSet<String> =
        reported.iter().map(|(_, event)| &event.workspace).filter(|name| may_be_a_name(name)).cloned().collect();
    let names: Vec<String> = names.into_iter().collect();
    let owners = site.regions.directory.read(move |db| directory::workspaces(db, &names)).await?;
    let owners: HashMap<String, (WorkspaceId, Region)> =
        owners.into_iter().map(|(name, workspace, region)| (name, (workspace, region))).collect();
    let mut regions: BTreeMap<Region, Vec<(usize, Event)>> = BTreeMap::new();
    for (index, event) in reported {
        match owners.get(&event.workspace) {
            None => _ = rejected.insert(index, Refusal::UnknownWorkspace.to_string()),
            Some((_, region)) if site.regions.store(*region).is_none() => {
                rejected.insert(index, format!("the workspace's region {region} is served elsewhere"));
            }
            Some((workspace, region)) => {
                regions.entry(*region).or_default().push((index, event.of_workspace(*workspace)));
            }
        }
    }
    Ok(regions)
}

fn may_be_a_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

async fn count(site: &Data<Site>, region: Region, events: Vec<Event>) -> Result<Vec<Outcome>, Problem> {
    let Some(store) = site.regions.store(region) else { return Err(Problem::NotFound) };
    let (now, plans) = (site.clock.now(), site.config.plans.clone());
    Ok(store.write(move |db| meter::report(db, now, |plan| plans.gpu_weight(plan), &events)).await?)
}
