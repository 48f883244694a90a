//! `/settings/organizations`: those you belong to, and the invitations that wait for your answer.
//!
//! Rule: whoever is invited answers here, with the account whose address was invited; nobody else sees the invitation.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::access::Role;
use crate::access::action::DeleteOrganization;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::flash;
use crate::http::form::Form;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::InvitationId;
use crate::lifecycle::organizations;
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::{frame, links};
use crate::workspaces::invitations::{self, Accepted, Waiting};
use crate::workspaces::membership::{self, Mine};
use crate::workspaces::{WorkspaceError, members, summary};

#[derive(Template)]
#[template(path = "pages/settings/organizations.html")]
struct OrganizationsPage {
    page: PageFrame,
    mine: Vec<Row>,
    waiting: Vec<Line>,
    closing: Vec<Closing>,
    suspended: Vec<Suspended>,
    email: String,
}

struct Row {
    face: Face,
    name: String,
    title: String,
    role: &'static str,
    members: String,
    plan: String,
    joined: When,
    link: String,
}

/// One that was deleted and can still be brought back, by its Owners.
struct Closing {
    name: String,
    title: String,
    erased: When,
    may_keep: bool,
}

/// One that an administrator shut.
struct Suspended {
    name: String,
    title: String,
    reason: String,
}

/// An invitation that waits.
struct Line {
    id: InvitationId,
    name: String,
    title: String,
    role: &'static str,
    sentence: &'static str,
    ends: When,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeedTyped {
    /// The button that was pressed.
    #[serde(rename = "do")]
    deed: String,
    invitation: String,
    organization: String,
}

/// `GET /settings/organizations`
pub async fn show(here: SignedIn) -> Result<HttpResponse, PageError> {
    let (digest, now) = (here.account.email_digest.clone(), here.act.now);
    let ids: Vec<_> = here.places.iter().map(|mine| mine.id).collect();
    let (heads, waiting) = here
        .read(move |db| Ok::<_, DbError>((summary::heads(db, &ids)?, invitations::of_address(db, now, &digest)?)))
        .await?;
    let count = |mine: &Mine| heads.get(&mine.id).map_or(0, |heads| heads.members);
    let open = here.places.iter().filter(|mine| mine.is_listed());
    let page = OrganizationsPage {
        page: here.page(
            "organizations",
            "Organizations",
            "Workspaces that you share with others. What you do in one belongs to all of its members.",
        ),
        mine: open.map(|mine| row(&here, mine, count(mine))).collect(),
        waiting: waiting.iter().map(|one| line(&here, one)).collect(),
        closing: here.places.iter().filter_map(|mine| closing(&here, mine)).collect(),
        suspended: here.places.iter().filter_map(suspended).collect(),
        email: here.account.email.clone(),
    };
    frame::html(StatusCode::OK, &page)
}

fn row(here: &SignedIn, mine: &Mine, members: i64) -> Row {
    Row {
        face: frame::face_of_organization(mine.id, &mine.name, &mine.title, mine.photo.as_deref()),
        name: mine.name.clone(),
        title: mine.title.clone(),
        role: mine.role.title(),
        members: words::number(members),
        plan: here.site.config.plans.of(&mine.plan).name.clone(),
        joined: words::day(mine.joined_at, &words::zone(&here.account.time_zone)),
        link: links::workspace(&mine.name),
    }
}

fn closing(here: &SignedIn, mine: &Mine) -> Option<Closing> {
    Some(Closing {
        name: mine.name.clone(),
        title: mine.title.clone(),
        erased: words::at(mine.erase_at?, &words::zone(&here.account.time_zone)),
        // What an administrator deleted, only an administrator brings back.
        may_keep: mine.role == Role::Owner && mine.suspended_because.is_none(),
    })
}

fn suspended(mine: &Mine) -> Option<Suspended> {
    let reason = mine.suspended_because.clone()?;
    Some(Suspended { name: mine.name.clone(), title: mine.title.clone(), reason })
}

fn line(here: &SignedIn, one: &Waiting) -> Line {
    let zone = words::zone(&here.account.time_zone);
    Line {
        id: one.invitation.id,
        name: one.name.clone(),
        title: one.title.clone(),
        role: one.invitation.role.title(),
        sentence: one.invitation.role.sentence(),
        ends: words::relative(one.invitation.expires_at, here.act.now, &zone).in_sentence(),
    }
}

/// `POST /settings/organizations`
pub async fn submit(here: SignedIn, form: Form<DeedTyped>) -> Result<HttpResponse, PageError> {
    if form.is_resumed {
        return Ok(super::press_again(&here, links::ORGANIZATIONS));
    }
    let typed = form.typed;
    match typed.deed.as_str() {
        "accept" => accept(&here, invitation(&typed)?).await,
        "decline" => decline(&here, invitation(&typed)?).await,
        "keep" => keep(&here, typed.organization).await,
        _ => Err(PageError::BadRequest("the button is not one of this page")),
    }
}

fn invitation(typed: &DeedTyped) -> Result<InvitationId, PageError> {
    typed.invitation.parse().map_err(|_| PageError::NotFound)
}

/// Joins, and leads into the organization.
pub async fn accept(here: &SignedIn, id: InvitationId) -> Result<HttpResponse, PageError> {
    let (act, account, plans) = (here.act.clone(), here.account.clone(), here.site.config.plans.clone());
    let accepted = here
        .write(move |db| {
            let found = invitations::by_id(db, id)?.ok_or(WorkspaceError::NotThere)?;
            let outcome = invitations::accept(db, &act, &account, id, |plan| plans.of(plan).seats)?;
            Ok::<_, WorkspaceError>((outcome, members::name_of(db, found.workspace_id)?))
        })
        .await;
    match accepted {
        Ok((Accepted::Yes, name)) => Ok(here.done(&links::workspace(&name), &format!("You are a member of {name}."))),
        Ok((Accepted::NoSeat, name)) => {
            let sentence = format!("{name} has no free seat. Ask whoever invited you to make room.");
            Ok(refused(here, &sentence))
        }
        Err(WorkspaceError::NotThere) => Ok(refused(here, GONE)),
        Err(error) => Err(error.into()),
    }
}

pub async fn decline(here: &SignedIn, id: InvitationId) -> Result<HttpResponse, PageError> {
    let (act, account) = (here.act.clone(), here.account.clone());
    match here.write(move |db| invitations::decline(db, &act, &account, id)).await {
        Ok(()) => Ok(here.done(links::ORGANIZATIONS, "Declined. Its link no longer works.")),
        Err(WorkspaceError::NotThere) => Ok(refused(here, GONE)),
        Err(error) => Err(error.into()),
    }
}

const GONE: &str = "That invitation was answered, taken back, or has ended.";

/// The list, which shows how things stand now.
fn refused(here: &SignedIn, sentence: &str) -> HttpResponse {
    flash::set(&here.cookie, FlashKind::Warn, sentence);
    Visitor::redirect(links::ORGANIZATIONS)
}

async fn keep(here: &SignedIn, name: String) -> Result<HttpResponse, PageError> {
    let (act, account, asked) = (here.act.clone(), here.account.id, name.clone());
    let kept = here.write(move |db| {
        let place = membership::at(db, &asked, account)?.ok_or(WorkspaceError::NotThere)?;
        let permit = place.membership.permit::<DeleteOrganization>()?;
        organizations::keep(db, &act, &permit)
    });
    match kept.await {
        Ok(()) => Ok(here.done(links::ORGANIZATIONS, &format!("{name} stays, as it was."))),
        Err(error) => Err(error.into()),
    }
}
