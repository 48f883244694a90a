//! `/settings/billing`: the plan, and the compute minutes of a month against its allowance.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::plan_words;
use super::usage_card::{self, UsageCard};
use crate::billing::{self, Plan};
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::page::{Choice, PageFrame};
use crate::http::table_file;
use crate::http::words::{self, When};
use crate::kernel::id::WorkspaceId;
use crate::kernel::month::Month;
use crate::pages::frame;
use crate::pages::guards::SignedIn;
use crate::pages::links;
use crate::usage::csv;
use crate::usage::month::{self, MonthUsage};

/// Two years to choose from; older months are reached by their address.
const MOST_MONTHS: i64 = 24;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Empty is this month.
    pub month: String,
}

#[derive(Template)]
#[template(path = "pages/settings/billing.html")]
struct BillingPage {
    page: PageFrame,
    plan_name: String,
    plan_sentence: String,
    plan_minutes: String,
    next_period: When,
    month: String,
    months: Vec<Choice>,
    usage: UsageCard,
    /// The address of this page, for whichever workspace.
    at: String,
    csv: String,
}

/// `GET /settings/billing`
pub async fn show(here: SignedIn, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let page = here.page("billing", TITLE, SENTENCE);
    draw(&here, page, here.account.id.personal_workspace(), links::BILLING, &asked).await
}

pub const TITLE: &str = "Plans & Billing";
pub const SENTENCE: &str = "What your workspace may use, what it has used, and what is left.";

/// The month of any workspace that the caller may see; `at` is the page's own address.
pub async fn draw(
    here: &SignedIn,
    page: PageFrame,
    workspace: WorkspaceId,
    at: &str,
    asked: &Asked,
) -> Result<HttpResponse, PageError> {
    let this_month = Month::of(here.act.now);
    let month = wanted(asked, this_month)?;
    let plans = here.site.config.plans.clone();
    let (plan, usage, projects, used) = here
        .read(move |db| {
            let plan = plans.of(&billing::plan_of(db, workspace)?.unwrap_or_default()).clone();
            let usage = month::month(db, workspace, month)?;
            let projects = month::by_project(db, workspace, month, plan.gpu_weight)?;
            let used = month::months_with_usage(db, workspace, MOST_MONTHS)?;
            Ok::<_, DbError>((plan, usage, projects, used))
        })
        .await?;
    let used: Vec<Month> = used.into_iter().map(|(month, _)| month).collect();
    let page = BillingPage {
        page,
        plan_name: plan.name.clone(),
        plan_sentence: plan_words::sentence(&plan),
        plan_minutes: plan_words::minutes(&plan),
        next_period: words::day(this_month.next().starts_at(), &TimeZone::UTC),
        month: month.to_string(),
        months: choices(month, this_month, used),
        usage: UsageCard::new(&usage, projects, &plan, here.act.now),
        csv: links::usage_csv(at, month),
        at: at.to_owned(),
    };
    frame::html(StatusCode::OK, &page)
}

/// `GET /settings/billing/usage.csv`: the same days for a spreadsheet.
pub async fn csv(here: SignedIn, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    table(&here, here.account.id.personal_workspace(), here.account.username.as_str(), &asked).await
}

/// The days of any workspace that the caller may see; `name` goes into the file's.
pub async fn table(
    here: &SignedIn,
    workspace: WorkspaceId,
    name: &str,
    asked: &Asked,
) -> Result<HttpResponse, PageError> {
    let month = wanted(asked, Month::of(here.act.now))?;
    let (plan, usage) = read_month(here, workspace, month).await?;
    let text = csv::of_month(&usage, plan.gpu_weight, usage_card::days_so_far(month, here.act.now));
    Ok(table_file::named(&format!("minutes-{name}-{month}.csv")).body(text))
}

async fn read_month(here: &SignedIn, workspace: WorkspaceId, month: Month) -> Result<(Plan, MonthUsage), PageError> {
    let plans = here.site.config.plans.clone();
    let read = here.read(move |db| {
        let plan = plans.of(&billing::plan_of(db, workspace)?.unwrap_or_default()).clone();
        Ok::<_, DbError>((plan, month::month(db, workspace, month)?))
    });
    Ok(read.await?)
}

fn wanted(asked: &Asked, now: Month) -> Result<Month, PageError> {
    if asked.month.is_empty() {
        return Ok(now);
    }
    let month = asked.month.parse().map_err(PageError::BadRequest)?;
    // There is nothing to say yet about a month to come.
    if month > now { Err(PageError::NotFound) } else { Ok(month) }
}

/// This month, those with any use, and the one that is shown; newest first.
fn choices(shown: Month, now: Month, used: Vec<Month>) -> Vec<Choice> {
    let mut months: Vec<Month> = used.into_iter().chain([now, shown]).filter(|month| *month <= now).collect();
    months.sort_unstable();
    months.dedup();
    months.into_iter().rev().map(|month| Choice::new(month.to_string(), month.title())).collect()
}

#[cfg(test)]
mod tests;
