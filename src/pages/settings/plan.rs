//! `/settings/billing/plan`: the plan in full, beside the others of this instance.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::plan_words;
use crate::billing::{self, Plan};
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::kernel::id::WorkspaceId;
use crate::pages::frame;
use crate::pages::guards::SignedIn;

/// Credit is not among them: it is shown once it can be spent.
#[derive(Template)]
#[template(path = "pages/settings/plan.html")]
struct PlanPage {
    page: PageFrame,
    plans: Vec<PlanCard>,
}

struct PlanCard {
    id: String,
    name: String,
    description: String,
    is_current: bool,
    facts: Vec<(&'static str, String)>,
    features: Vec<String>,
}

/// `GET /settings/billing/plan`
pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    let page = here.page("billing", TITLE, SENTENCE);
    draw(&here, page, here.account.id.personal_workspace()).await
}

pub const TITLE: &str = "Plan details";
pub const SENTENCE: &str = "What your plan holds, and what the other plans of this site hold.";

/// The plan of any workspace that the caller may see.
pub async fn draw(here: &SignedIn, page: PageFrame, workspace: WorkspaceId) -> Result<HttpResponse, PageError> {
    let id = here.read(move |db| billing::plan_of(db, workspace)).await?.unwrap_or_default();
    let plans = &here.site.config.plans;
    let current = plans.of(&id);
    let others = plans.all().filter(|plan| plan.id != current.id);
    let page = PlanPage {
        page,
        plans: std::iter::once(current).chain(others).map(|plan| PlanCard::new(plan, current)).collect(),
    };
    frame::html(StatusCode::OK, &page)
}

impl PlanCard {
    fn new(plan: &Plan, current: &Plan) -> Self {
        Self {
            id: format!("plan-{}", plan.id),
            name: plan.name.clone(),
            description: plan.description.clone(),
            is_current: plan.id == current.id,
            facts: vec![
                ("Price", plan_words::price(plan)),
                ("Compute minutes", plan_words::minutes(plan)),
                ("Weight", plan_words::gpu_weight(plan.gpu_weight)),
                ("Seats", plan_words::limit(plan.seats, "")),
                ("Storage", plan_words::limit(plan.storage_gb, " GB")),
                ("Models", plan_words::limit(plan.models, "")),
            ],
            features: plan.features.clone(),
        }
    }
}
