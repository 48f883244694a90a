//! `GET /api/storage`: what the workspace's projects hold, in bytes, against what its plan has room for.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::caller::Caller;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::kernel::id::ArtifactId;
use crate::kernel::region::Region;
use crate::projects::artifacts::ArtifactKind;
use crate::projects::storage::{self, Amount, Large};

/// Of the largest things.
const MOST: i64 = 10;
const BYTES_IN_GB: i64 = 1_000_000_000;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    details: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Storage {
    tier: String,
    usage: Usage,
    breakdown: Breakdown,
    region: Region,
    username: String,
    updated_at: String,
}

#[derive(Serialize)]
struct Usage {
    storage: Share,
}

/// In bytes. No limit is null, and then there is no share of it.
#[derive(Serialize)]
struct Share {
    current: i64,
    limit: Option<i64>,
    percent: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Breakdown {
    by_category: ByCategory,
    top_items: Vec<Item>,
}

#[derive(Serialize)]
struct ByCategory {
    datasets: Sum,
    models: Sum,
    exports: Sum,
    samples: Sum,
}

#[derive(Default, Serialize)]
struct Sum {
    bytes: i64,
    count: i64,
}

impl From<Amount> for Sum {
    fn from(Amount { bytes, count }: Amount) -> Self {
        Self { bytes, count }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(rename = "_id")]
    id: ArtifactId,
    name: String,
    size_bytes: i64,
    #[serde(rename = "type")]
    kind: ArtifactKind,
    parent_name: String,
    parent_slug: String,
}

impl Item {
    fn of(large: Large) -> Self {
        let Large { id, name, size, kind, project, slug } = large;
        Self { id, name, size_bytes: size, kind, parent_name: project, parent_slug: slug }
    }
}

pub async fn show(here: Caller, asked: Result<Query<Asked>, PageError>) -> Result<HttpResponse, Refusal> {
    let wants_details = asked?.0.details == "true";
    let id = here.id();
    let (held, largest) = here
        .read(move |db| {
            let largest = if wants_details { storage::largest(db, id, MOST)? } else { Vec::new() };
            Ok((storage::of_workspace(db, id)?, largest))
        })
        .await?;
    let room = here.site.config.plans.of(&here.workspace.plan).storage_gb;
    let limit = room.map(|gb| gb.saturating_mul(BYTES_IN_GB));
    let current = held.bytes();
    Ok(HttpResponse::Ok().json(Storage {
        tier: here.workspace.plan,
        usage: Usage { storage: Share { current, limit, percent: limit.map_or(0.0, |limit| percent(current, limit)) } },
        breakdown: Breakdown {
            by_category: ByCategory {
                datasets: held.datasets.into(),
                models: held.models.into(),
                exports: Sum::default(),
                samples: held.samples.into(),
            },
            top_items: largest.into_iter().map(Item::of).collect(),
        },
        region: here.region,
        username: here.workspace.name,
        updated_at: here.act.now.to_string(),
    }))
}

/// To two digits behind the point.
#[expect(clippy::cast_precision_loss, reason = "a share to two digits needs no more than 53 bits")]
fn percent(current: i64, limit: i64) -> f64 {
    let hundredths = i128::from(current) * 10_000 / i128::from(limit.max(1));
    hundredths as f64 / 100.0
}
