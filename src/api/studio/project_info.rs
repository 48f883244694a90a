//! `GET /v1/api/{project}`: one project with what it holds, who sent that, and the compute time it used.
//!
//! Rule: a number is the one that pages show. What is not known here, such as how long samples last, is left out.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Refusal;
use super::places::{By, InProject};
use super::shapes::{Project, date};
use crate::access::action::See;
use crate::billing;
use crate::db::DbError;
use crate::kernel::month::Month;
use crate::projects::holdings::{self, Device};
use crate::usage::month;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    success: bool,
    project: Project,
    /// Kept for `devkeys`, which asks for a person's own token.
    development_keys: Map<String, Value>,
    impulse: Impulse,
    devices: Vec<Sender>,
    data_summary: Summary,
    data_summary_per_category: PerCategory,
    compute_time: ComputeTime,
    collaborators: [(); 0],
    experiments: [(); 0],
    latency_devices: [(); 0],
    notifications: [(); 0],
    studio_url: String,
    show_create_first_impulse: bool,
    has_new_training_data: bool,
    in_pretrained_model_flow: bool,
}

/// Impulses are the platform's, not this server's.
#[derive(Default, Serialize)]
struct Impulse {
    created: bool,
    configured: bool,
    complete: bool,
}

/// A device. Nothing here is connected to one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sender {
    id: i64,
    device_id: String,
    name: String,
    device_type: String,
    created: String,
    last_seen: String,
    sensors: [(); 0],
    #[serde(rename = "remote_mgmt_connected")]
    is_connected: bool,
    remote_mgmt_mode: &'static str,
    supports_snapshot_streaming: bool,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    labels: Vec<String>,
    total_labels: usize,
    data_count: i64,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PerCategory {
    training: Summary,
    testing: Summary,
    anomaly: Summary,
    validation: Summary,
    post_processing: Summary,
}

/// In milliseconds, a GPU's counted by the weight of the plan.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComputeTime {
    period_start_date: String,
    period_end_date: String,
    /// By this project.
    time_used_ms: i64,
    /// To the whole workspace. Left out on a plan without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_left_ms: Option<i64>,
}

/// Every key of the project may, and every member.
pub async fn show(here: InProject) -> Result<HttpResponse, Refusal> {
    if let By::Member { place, .. } = &here.by {
        place.membership.permit::<See>()?;
    }
    let id = here.project.id;
    let held = move |db: &mut _| {
        Ok::<_, DbError>((holdings::of(db, id)?, holdings::by_label(db, id)?, holdings::devices(db, id)?))
    };
    let (all, by_label, devices) = here.here().read(held).await?;
    let (mut data_summary, data_summary_per_category) = summed(by_label);
    // Labels are listed up to a limit, files are counted to the last.
    data_summary.data_count = all.samples;
    Ok(HttpResponse::Ok().json(Info {
        success: true,
        project: here.here().project(here.project.clone()).await?,
        development_keys: Map::new(),
        impulse: Impulse::default(),
        devices: devices.into_iter().map(Sender::of).collect(),
        data_summary,
        data_summary_per_category,
        compute_time: compute_time(&here).await?,
        collaborators: [],
        experiments: [],
        latency_devices: [],
        notifications: [],
        studio_url: here.here().site.public_origin(),
        show_create_first_impulse: false,
        has_new_training_data: false,
        in_pretrained_model_flow: false,
    }))
}

impl Sender {
    fn of(device: Device) -> Self {
        Self {
            id: device.number,
            device_id: device.name.clone(),
            name: device.name,
            device_type: device.kind,
            created: date(device.first_at),
            last_seen: date(device.last_at),
            sensors: [],
            is_connected: false,
            remote_mgmt_mode: "disconnected",
            supports_snapshot_streaming: false,
        }
    }
}

/// Of category, label and count: all of them, and each category by itself.
fn summed(by_label: Vec<(String, String, i64)>) -> (Summary, PerCategory) {
    let (mut all, mut each) = (Summary::default(), PerCategory::default());
    for (category, label, count) in by_label {
        let of_category = match category.as_str() {
            "testing" => &mut each.testing,
            "anomaly" => &mut each.anomaly,
            _ => &mut each.training,
        };
        for summary in [of_category, &mut all] {
            summary.data_count += count;
            if !summary.labels.contains(&label) {
                summary.labels.push(label.clone());
                summary.total_labels += 1;
            }
        }
    }
    (all, each)
}

/// Of the calendar month, as *Plans & Billing* counts it.
async fn compute_time(here: &InProject) -> Result<ComputeTime, Refusal> {
    let (workspace, slug, made_at) = (here.project.workspace_id, here.project.slug.clone(), here.project.created_at);
    let this = Month::of(here.here().act.now);
    let found = here.here().read(move |db| {
        let plan = billing::plan_of(db, workspace)?.unwrap_or_default();
        let of_project = month::of_project(db, workspace, this, &slug, made_at)?;
        Ok::<_, DbError>((plan, of_project, month::month(db, workspace, this)?.total))
    });
    let (plan, of_project, of_all) = found.await?;
    let plan = here.here().site.config.plans.of(&plan);
    let milliseconds = |seconds: i64| seconds.saturating_mul(1_000);
    let left = plan.minutes.map(|minutes| minutes.saturating_mul(60) - of_all.counted_seconds(plan.gpu_weight));
    Ok(ComputeTime {
        period_start_date: date(this.starts_at()),
        period_end_date: date(this.next().starts_at()),
        time_used_ms: milliseconds(of_project.counted_seconds(plan.gpu_weight)),
        time_left_ms: left.map(|seconds| milliseconds(seconds.max(0))),
    })
}
