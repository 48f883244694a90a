//! `POST /{workspace}/settings/members/invite`: asking people to join.
//!
//! Rule: each address stands for itself, as in the administration's invitations: those that can be invited are, the
//! others come back with their reasons.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::InOrganization;
use super::members::{self, Asked, InviteTyped};
use crate::access::action::ManageMembers;
use crate::access::{Permit, Role};
use crate::db::Db;
use crate::http::error::PageError;
use crate::http::field_errors::{FieldErrors, as_left};
use crate::http::form::Form;
use crate::http::page::{Flash, FlashKind};
use crate::http::words;
use crate::kernel::id::InvitationId;
use crate::pages::typed_addresses::{self, MOST_AT_ONCE, Refused};
use crate::pages::{blocking, frame, links};
use crate::workspaces::WorkspaceError;
use crate::workspaces::invitations::{self, Invited};

pub const DEED: &str = "change who is in an organization";

const NO_SEAT: &str = "No seat was left for it.";
const ENOUGH: &str = "It had enough mails for now. Try again in an hour.";

pub async fn submit(here: InOrganization, form: Form<InviteTyped>) -> Result<HttpResponse, PageError> {
    let permit = here.permit::<ManageMembers>()?;
    let typed = form.typed;
    if form.is_resumed {
        let errors = FieldErrors::whole(as_left("Nobody was invited yet."));
        return again(&here, typed, errors).await;
    }
    here.confirmed(DEED, &links::members(here.name()))?;
    let mut errors = FieldErrors::new();
    let words = typed_addresses::split(&typed.addresses);
    match words.len() {
        0 => errors.add("addresses", "Email addresses", "Enter the address of whoever is to join."),
        more if more > MOST_AT_ONCE => {
            let sentence = format!("Invite at most {MOST_AT_ONCE} at once. Nobody was invited yet.");
            errors.add("addresses", "Email addresses", sentence);
        }
        _ => {}
    }
    let role = typed.role.parse::<Role>().ok().filter(|role| permit.role.may_act_on(*role));
    if role.is_none() {
        errors.add("role", "Role", "Choose one of the roles.");
    }
    let (Some(role), true) = (role, errors.is_empty()) else { return again(&here, typed, errors).await };
    let mut refused = Vec::new();
    let addresses = typed_addresses::read(&words, &mut refused);
    let (site, act, region) = (here.site.clone(), here.act.clone(), here.region);
    let outcomes = blocking::run(move || {
        let store = site.regions.store(region).ok_or(WorkspaceError::NotThere)?;
        let mut outcomes = Vec::new();
        for address in addresses {
            let seats = |plan: &str| site.config.plans.of(plan).seats;
            let outcome = invitations::counted(
                &site.regions,
                &act,
                &address,
                |outcome| *outcome == Invited::Yes,
                || store.write_now(|db| invitations::invite(db, &act, region, &permit, &address, role, seats)),
            );
            outcomes.push((address.clone(), outcome?.unwrap_or(Invited::EnoughMails)));
        }
        Ok::<_, WorkspaceError>(outcomes)
    });
    let outcomes = outcomes.await??;
    here.site.wake.notify_one();
    let mut invited = 0;
    for (address, outcome) in &outcomes {
        match outcome {
            Invited::Yes => invited += 1,
            Invited::IsMember => refused.push(Refused::new(address.as_str(), "Is a member already.")),
            Invited::NoSeat => refused.push(Refused::new(address.as_str(), NO_SEAT)),
            Invited::EnoughMails => refused.push(Refused::new(address.as_str(), ENOUGH)),
        }
    }
    let sent = match invited {
        1 => "The invitation is on its way.".to_owned(),
        more => format!("{} are on their way.", words::count(more, "invitation", "invitations")),
    };
    if refused.is_empty() {
        return Ok(here.done(&links::members(here.name()), &sent));
    }
    let left = refused.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join("\n");
    let errors = FieldErrors::one("addresses", "Email addresses", "What is left here was not invited.");
    let typed = InviteTyped { addresses: left, ..typed };
    let mut page = members::page(&here, Asked::default(), typed, errors).await?;
    page.refused = refused;
    if invited > 0 {
        page.page.flash = Some(Flash { kind: FlashKind::Good, text: sent, undo: None });
    }
    frame::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn again(here: &InOrganization, typed: InviteTyped, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    let page = members::page(here, Asked::default(), typed, errors).await?;
    frame::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Sends an invitation again; `None` when its address had enough mails. One that does not go, because it is another
/// organization's or above whoever asks, uses up nothing of what its address may be sent.
pub async fn send_again(
    here: &InOrganization,
    permit: Permit<ManageMembers>,
    id: InvitationId,
) -> Result<Result<Option<bool>, WorkspaceError>, PageError> {
    let (site, act, region) = (here.site.clone(), here.act.clone(), here.region);
    let sent = blocking::run(move || {
        let store = site.regions.store(region).ok_or(WorkspaceError::NotThere)?;
        let address = store.read_now(|db| invitations::address_in(db, permit.workspace, id))?;
        let seats = |plan: &str| site.config.plans.of(plan).seats;
        let sends = |db: &mut Db| invitations::send_again(db, &act, region, &permit, id, seats);
        invitations::counted(&site.regions, &act, &address, |sent| *sent, || store.write_now(sends))
    });
    let sent = sent.await?;
    here.site.wake.notify_one();
    Ok(sent)
}
