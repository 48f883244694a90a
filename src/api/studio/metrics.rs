//! `GET /v1/api/user/subscription/metrics`: the compute minutes of the month, as *Plans & Billing* counts them.

use actix_web::HttpResponse;
use serde::Serialize;

use super::Refusal;
use super::caller::Tool;
use super::shapes::date;
use crate::billing;
use crate::db::DbError;
use crate::kernel::month::Month;
use crate::usage::month;

/// Below so many minutes tools are told how many are left.
const FEW: i64 = 60;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    success: bool,
    metrics: Metrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    approaching_compute_limit_minutes_left: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "as the dialect calls them")]
struct Metrics {
    compute_minutes_cpu: i64,
    compute_minutes_gpu: i64,
    compute_minutes_total: i64,
    /// Null on a plan without a limit.
    compute_minutes_limit: Option<i64>,
    compute_reset_date: String,
}

pub async fn show(here: Tool) -> Result<HttpResponse, Refusal> {
    let (workspace, of) = (here.account.id.personal_workspace(), Month::of(here.act.now));
    let (plan, spent) = here
        .read(move |db| {
            let plan = billing::plan_of(db, workspace)?.unwrap_or_default();
            Ok::<_, DbError>((plan, month::month(db, workspace, of)?.total))
        })
        .await?;
    let plan = here.site.config.plans.of(&plan);
    let left = plan.minutes.map(|minutes| spent.minutes_left(plan.gpu_weight, minutes));
    Ok(HttpResponse::Ok().json(Answer {
        success: true,
        metrics: Metrics {
            compute_minutes_cpu: spent.cpu_minutes(),
            compute_minutes_gpu: spent.gpu_minutes(),
            compute_minutes_total: spent.counted_minutes(plan.gpu_weight),
            compute_minutes_limit: plan.minutes,
            compute_reset_date: date(of.next().starts_at()),
        },
        approaching_compute_limit_minutes_left: left.filter(|left| *left < FEW),
    }))
}
