//! `/{workspace}/settings/policies`: what an organization demands of its members and of its keys.
//!
//! Rule: before a second factor is required the page names who would be shut out.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::InOrganization;
use crate::access::action::ManagePolicies;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::http::words;
use crate::kernel::network::Networks;
use crate::pages::{frame, links};
use crate::workspaces::organization::{self, Policies, Saved};
use crate::workspaces::people;

const DEED: &str = "change policies";
/// Named one by one; the rest is counted.
const MOST_NAMED: i64 = 50;
/// Ten years.
const MOST_DAYS: i64 = 3_650;

#[derive(Template)]
#[template(path = "pages/workspace/policies.html")]
struct PoliciesPage {
    page: PageFrame,
    errors: FieldErrors,
    typed: PoliciesTyped,
    link: String,
    /// Members without a second factor.
    without: Vec<Named>,
    count: String,
    more: Option<String>,
    is_oneself: bool,
}

struct Named {
    name: String,
    username: String,
    link: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PoliciesTyped {
    requires_mfa: String,
    key_days: String,
    networks: String,
    revision: String,
}

pub async fn show(here: InOrganization) -> Result<HttpResponse, PageError> {
    here.permit::<ManagePolicies>()?;
    let typed = typed(&here);
    draw(&here, StatusCode::OK, typed, FieldErrors::new()).await
}

/// As they are stored.
fn typed(here: &InOrganization) -> PoliciesTyped {
    let now = &here.organization;
    PoliciesTyped {
        requires_mfa: if now.requires_mfa { "yes".to_owned() } else { String::new() },
        key_days: now.key_days.map(|days| days.to_string()).unwrap_or_default(),
        networks: now.networks.clone(),
        revision: now.revision.to_string(),
    }
}

pub async fn save(here: InOrganization, form: Form<PoliciesTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit::<ManagePolicies>()?;
    let link = links::policies(here.name());
    let typed = form.typed;
    let (policies, mut errors) = check(&typed);
    if form.is_resumed {
        errors.add("", "", as_left("Nothing was saved yet."));
    }
    let (Some(policies), true) = (policies, errors.is_empty()) else {
        return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    here.confirmed(DEED, &link)?;
    let (act, revision) = (here.act.clone(), typed.revision.parse().unwrap_or(-1));
    match here.write(move |db| organization::save_policies(db, &act, &permit, revision, &policies)).await? {
        Saved::Yes => Ok(here.done(&link, "Saved. It holds from everybody's next request on.")),
        Saved::Conflict => {
            let sentence = "Somebody changed the policies meanwhile. Load the page anew to see what they are now.";
            draw(&here, StatusCode::CONFLICT, typed, FieldErrors::whole(sentence)).await
        }
    }
}

fn check(typed: &PoliciesTyped) -> (Option<Policies>, FieldErrors) {
    let mut errors = FieldErrors::new();
    let key_days = match typed.key_days.trim() {
        "" => Some(None),
        text => match text.parse::<i64>() {
            Ok(days) if (1..=MOST_DAYS).contains(&days) => Some(Some(days)),
            _ => {
                let sentence = format!("Enter a number of days from 1 to {}, or nothing.", words::number(MOST_DAYS));
                errors.add("key_days", "Longest lifetime of keys", sentence);
                None
            }
        },
    };
    let networks = errors.keep("networks", "Networks", Networks::parse(&typed.networks));
    let policies = key_days.zip(networks).map(|(key_days, networks)| Policies {
        requires_mfa: !typed.requires_mfa.is_empty(),
        key_days,
        networks: networks.to_string(),
    });
    (policies, errors)
}

async fn draw(
    here: &InOrganization,
    status: StatusCode,
    typed: PoliciesTyped,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let organization = here.organization.clone();
    let (count, named) = here.read(move |db| people::without_mfa(db, &organization, MOST_NAMED)).await?;
    let more = count - i64::try_from(named.len()).unwrap_or(0);
    let frame = here.tab("policies", "Policies", "What everybody here must keep to.");
    let page = PoliciesPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        typed,
        link: links::policies(here.name()),
        is_oneself: !here.account.has_mfa,
        without: named
            .into_iter()
            .map(|one| Named { link: links::member(here.name(), one.id), name: one.name, username: one.username })
            .collect(),
        count: words::count(count, "member", "members"),
        more: (more > 0).then(|| words::number(more)),
    };
    frame::html(status, &page)
}
