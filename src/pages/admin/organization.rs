//! `/admin/organizations/{region}/{id}`: one organization: who owns it, what it holds, suspending it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::organizations::{badge, face};
use super::target;
use crate::access::Role;
use crate::db::{Db, DbError, Store};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::lifecycle::organization_list::{self, Listed};
use crate::lifecycle::{organization_deeds, organizations};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::{Administrator, Visitor};
use crate::pages::{frame, links};
use crate::usage::month;
use crate::workspaces::WorkspaceError;
use crate::workspaces::people::{self, Person};

const MONTHS: i64 = 12;
const OWNERS: i64 = 20;

/// An organization that a page of the administration is about.
pub(super) struct Found {
    pub region: Region,
    pub store: Store,
    pub organization: Listed,
}

impl Found {
    pub fn link(&self) -> String {
        links::admin_organization(self.region, self.organization.id)
    }

    /// Back to its page, which shows how things stand now.
    pub fn refused(&self, here: &Administrator) -> HttpResponse {
        flash::set(&here.cookie, FlashKind::Warn, "Nothing was done: somebody changed it meanwhile.");
        Visitor::redirect(&self.link())
    }
}

#[derive(Template)]
#[template(path = "pages/admin/organization.html")]
struct OrganizationPage {
    page: PageFrame,
    link: String,
    delete: String,
    username: String,
    title: String,
    face: Face,
    region: &'static str,
    plan: String,
    created: When,
    badge: Option<(&'static str, &'static str)>,
    /// Since when, and why.
    suspended: Option<(When, String)>,
    erased: Option<When>,
    owners: Vec<Owner>,
    holds: Vec<Goes>,
    months: Vec<(String, String)>,
    typed: DeedTyped,
    errors: FieldErrors,
}

struct Owner {
    name: String,
    username: String,
    link: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeedTyped {
    /// The button that was pressed.
    #[serde(rename = "do")]
    deed: String,
    reason: String,
}

/// `{region}/{id}` as they stand in the address.
pub type Address = Path<(String, String)>;

pub(super) async fn find(here: &Administrator, address: Address) -> Result<Found, PageError> {
    let (region, id) = address.into_inner();
    let (region, store) = target::served(here, &region)?;
    let id: WorkspaceId = id.parse().map_err(|_| PageError::NotFound)?;
    let organization = store.read(move |db| organization_list::one(db, id)).await?.ok_or(PageError::NotFound)?;
    Ok(Found { region, store, organization })
}

pub async fn show(here: Administrator, address: Address) -> Result<HttpResponse, PageError> {
    let found = find(&here, address).await?;
    draw(&here, found, StatusCode::OK, DeedTyped::default(), FieldErrors::new()).await
}

async fn draw(
    here: &Administrator,
    found: Found,
    status: StatusCode,
    typed: DeedTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let id = found.organization.id;
    let read = move |db: &mut Db| {
        let asked = people::Asked { role: Some(Role::Owner), most: OWNERS, ..people::Asked::default() };
        let owners = people::list(db, id, &asked)?;
        let holds = organizations::consequences(db, id)?;
        Ok::<_, DbError>((owners, holds, month::months_with_usage(db, id, MONTHS)?))
    };
    let (owners, holds, months) = found.store.read(read).await?;
    let (plans, zone) = (&here.site.config.plans, words::zone(&here.account.time_zone));
    let (link, region, one) = (found.link(), found.region, found.organization);
    let weight = plans.gpu_weight(&one.plan);
    let owner = |person: Person| Owner {
        link: links::admin_account(region, person.id),
        name: if person.name.is_empty() { person.username.clone() } else { person.name },
        username: person.username,
    };
    let page = here.admin_page("organizations", &one.title, "One organization: who owns it and what it holds.");
    let page = OrganizationPage {
        page: PageFrame { has_error: !errors.is_empty(), ..page },
        link,
        delete: links::admin_organization_delete(region, id),
        region: region.title(),
        plan: plans.of(&one.plan).name.clone(),
        created: words::day(one.created_at, &zone),
        badge: badge(&one),
        face: face(&one),
        suspended: one.suspended_at.map(|at| (words::day(at, &zone), one.suspended_because.unwrap_or_default())),
        erased: one.erase_at.map(|at| words::at(at, &zone)),
        owners: owners.into_iter().map(owner).collect(),
        holds: goes::goes(&holds),
        months: months
            .into_iter()
            .map(|(month, spent)| (month.title(), words::number(spent.counted_minutes(weight))))
            .collect(),
        username: one.name,
        title: one.title,
        typed,
        errors,
    };
    frame::html(status, &page)
}

/// `POST /admin/organizations/{region}/{id}`
pub async fn submit(here: Administrator, address: Address, form: Form<DeedTyped>) -> Result<HttpResponse, PageError> {
    let found = find(&here, address).await?;
    let typed = form.typed;
    let is_suspending = match typed.deed.as_str() {
        "suspend" => true,
        "reinstate" => false,
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    let mut errors = FieldErrors::new();
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was done yet."));
    }
    let reason = goes::reason(&mut errors, &typed.reason);
    let Some(reason) = reason.filter(|_| errors.is_empty()) else {
        return draw(&here, found, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    here.confirmed("suspend or reinstate an organization", &found.link())?;
    let (act, by, id) = (here.act.clone(), here.account.id, found.organization.id);
    let done = found.store.write(move |db| {
        let change = if is_suspending { organization_deeds::suspend } else { organization_deeds::reinstate };
        change(db, &act, by, id, &reason)
    });
    match done.await {
        Ok(()) => {
            here.site.wake.notify_one();
            let sentence = if is_suspending {
                "Suspended. Nobody can enter it, its keys are refused, and its Owners and Admins were told."
            } else {
                "Open again. Its Owners and Admins were told."
            };
            Ok(here.done(&found.link(), sentence))
        }
        Err(WorkspaceError::NotThere) => Ok(found.refused(&here)),
        Err(error) => Err(error.into()),
    }
}
