//! `/{workspace}/settings/billing`: the month of an organization, by the code that shows one's own.

use actix_web::HttpResponse;

use super::InOrganization;
use crate::http::error::PageError;
use crate::http::form::Query;
use crate::pages::links;
use crate::pages::settings::billing::{self, Asked};
use crate::pages::settings::plan as plans;

pub async fn show(here: InOrganization, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let page = here.tab("billing", billing::TITLE, billing::SENTENCE);
    billing::draw(&here, page, here.place.workspace.id, &links::organization_billing(here.name()), &asked).await
}

pub async fn csv(here: InOrganization, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    billing::table(&here, here.place.workspace.id, here.name(), &asked).await
}

pub async fn plan(here: InOrganization) -> Result<HttpResponse, PageError> {
    let page = here.tab("billing", plans::TITLE, plans::SENTENCE);
    plans::draw(&here, page, here.place.workspace.id).await
}
