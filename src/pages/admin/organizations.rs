//! `/admin/organizations`: every organization of every region that is served here, the newest first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::form::Query;
use crate::http::page::{Choice, PageFrame, Pager};
use crate::http::words::{self, When};
use crate::kernel::id::WorkspaceId;
use crate::kernel::month::Month;
use crate::kernel::region::Region;
use crate::lifecycle::organization_list::{self, Listed, Row};
use crate::pages::guards::Administrator;
use crate::pages::{frame, links};
use crate::regions::Regions;

const ROWS: usize = 25;
/// No name is longer.
const MOST_TYPED: usize = 64;

#[derive(Template)]
#[template(path = "pages/admin/organizations.html")]
struct OrganizationsPage {
    page: PageFrame,
    asked: Asked,
    /// Empty where there is but one.
    regions: Vec<Choice>,
    rows: Vec<Line>,
    pager: Pager,
    csv: String,
}

struct Line {
    face: Face,
    href: String,
    title: String,
    name: String,
    region: Region,
    plan: String,
    members: String,
    minutes: String,
    created: When,
    badge: Option<(&'static str, &'static str)>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    region: String,
    before: String,
}

/// What was asked for, checked.
#[derive(Clone)]
pub(super) struct Wanted {
    beginning: String,
    region: Option<Region>,
    before: Option<WorkspaceId>,
}

impl Asked {
    pub(super) fn check(&self) -> Result<Wanted, PageError> {
        const STRANGE: PageError = PageError::BadRequest("the list cannot be told from its address");
        let chosen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Wanted {
            beginning: self.q.trim().to_lowercase().chars().take(MOST_TYPED).collect(),
            region: chosen(&self.region).map(|word| word.parse()).transpose().map_err(|_| STRANGE)?,
            before: chosen(&self.before).map(|id| id.parse()).transpose().map_err(|_| STRANGE)?,
        })
    }

    pub(super) fn href(&self) -> String {
        links::admin_organizations(&[("q", &self.q), ("region", &self.region), ("before", &self.before)])
    }
}

impl Wanted {
    pub(super) fn after(&self, before: Option<WorkspaceId>) -> Self {
        Self { before, ..self.clone() }
    }

    /// At most so many of all regions, the newest first, and where the next part begins.
    pub(super) async fn read(
        self,
        regions: &Regions,
        month: Month,
        rows: usize,
    ) -> Result<(Vec<(Region, Row)>, Option<WorkspaceId>), PageError> {
        let served = regions.served().filter(|(one, _)| self.region.is_none_or(|region| region == *one));
        let stores: Vec<_> = served.map(|(region, store)| (region, store.clone())).collect();
        let most = i64::try_from(rows).unwrap_or(i64::MAX).saturating_add(1);
        let mut found: Vec<(Region, Row)> = Vec::new();
        for (region, store) in stores {
            let (beginning, before) = (self.beginning.clone(), self.before);
            let part = store.read(move |db| organization_list::page(db, &beginning, before, month, most)).await?;
            found.extend(part.into_iter().map(|row| (region, row)));
        }
        // An id begins with the time at which it was made.
        found.sort_by_key(|(_, row)| std::cmp::Reverse(row.organization.id));
        let has_more = found.len() > rows;
        found.truncate(rows);
        let next = found.last().filter(|_| has_more).map(|(_, last)| last.organization.id);
        Ok((found, next))
    }
}

/// `GET /admin/organizations`
pub async fn show(here: Administrator, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let (wanted, month) = (asked.check()?, Month::of(here.act.now));
    let is_first = wanted.before.is_none();
    let (rows, next) = wanted.read(&here.site.regions, month, ROWS).await?;
    let at =
        |before: &str| links::admin_organizations(&[("q", &asked.q), ("region", &asked.region), ("before", before)]);
    let pager = Pager {
        words: words::count(i64::try_from(rows.len()).unwrap_or(0), "organization here", "organizations here"),
        previous: (!is_first).then(|| at("")),
        next: next.map(|next| at(next.as_str())),
    };
    let sentence = format!("Every organization on this instance, with the compute minutes of {}.", month.title());
    let page = OrganizationsPage {
        page: here.admin_page("organizations", "Organizations", &sentence),
        regions: super::accounts::regions(&here.site.config),
        rows: rows.iter().map(|(region, row)| line(&here, *region, row)).collect(),
        pager,
        csv: links::csv(links::ADMIN_ORGANIZATIONS, &[("q", &asked.q), ("region", &asked.region)]),
        asked,
    };
    frame::html(StatusCode::OK, &page)
}

fn line(here: &Administrator, region: Region, row: &Row) -> Line {
    let (one, plans) = (&row.organization, &here.site.config.plans);
    Line {
        face: face(one),
        href: links::admin_organization(region, one.id),
        title: one.title.clone(),
        name: one.name.clone(),
        region,
        plan: plans.of(&one.plan).name.clone(),
        members: words::number(row.members),
        minutes: words::number(row.spent.counted_minutes(plans.gpu_weight(&one.plan))),
        created: words::day(one.created_at, &words::zone(&here.account.time_zone)),
        badge: badge(one),
    }
}

/// The picture of one that nobody can enter is shown to nobody.
pub(super) fn face(one: &Listed) -> Face {
    let photo = one.photo.as_deref().filter(|_| one.is_open());
    frame::face_of_organization(one.id, &one.name, &one.title, photo)
}

/// What stands beside the name; nothing for one that is open.
pub(super) const fn badge(one: &Listed) -> Option<(&'static str, &'static str)> {
    match (one.erase_at, one.suspended_at) {
        (Some(_), _) => Some(("warn", "Closing")),
        (None, Some(_)) => Some(("danger", "Suspended")),
        (None, None) => None,
    }
}
