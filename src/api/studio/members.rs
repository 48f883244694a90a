//! `/v1/api/organizations/{organization}/members`: who is asked to join, who goes, and with which role.
//!
//! Rule: nobody is added without accepting: to add is to invite. The dialect knows three roles; `admin` given to an
//! Owner changes nothing, and an Owner is made on the members page alone.

use actix_web::HttpResponse;
use actix_web::web::{self, Payload};
use serde::Deserialize;

use super::Refusal;
use super::places::InOrganization;
use super::shapes::DONE;
use crate::access::action::ManageMembers;
use crate::access::{Permit, Role};
use crate::api::platform::body;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, InvitationId};
use crate::lifecycle::members;
use crate::workspaces::WorkspaceError;
use crate::workspaces::invitations::{self, Invited};
use crate::workspaces::{membership, numbers};

const ADD_SHAPE: &str = "an object with the texts usernameOrEmail and role (admin, member, guest)";
const INVITE_SHAPE: &str = "an object with the texts email and role (admin, member, guest)";
const REMOVE_SHAPE: &str = "an object with the whole number id";
const ROLE_SHAPE: &str = "an object with the text role (admin, member, guest)";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Add {
    username_or_email: String,
    role: String,
}

#[derive(Deserialize)]
struct Invite {
    email: String,
    role: String,
}

#[derive(Deserialize)]
struct Remove {
    id: i64,
}

#[derive(Deserialize)]
struct ChangeRole {
    role: String,
}

impl InOrganization {
    fn manage(&self) -> Result<Permit<ManageMembers>, Refusal> {
        let permit = self.place.membership.permit::<ManageMembers>()?;
        if self.place.organization.is_none() {
            return Err(Refusal::Failed("This is your own workspace: nobody else can be in it.".to_owned()));
        }
        self.tool.fresh()?;
        Ok(permit)
    }
}

/// `POST …/add`: by address only. A username would tell its owner's address to whoever reads the list of invitations.
pub async fn add(here: InOrganization, payload: Payload) -> Result<HttpResponse, Refusal> {
    let permit = here.manage()?;
    let asked: Add = body::json(payload, body::SMALL, ADD_SHAPE).await?;
    if !asked.username_or_email.contains('@') {
        return Err(Refusal::of_field("usernameOrEmail", "Invite people by their email address."));
    }
    send(&here, permit, "usernameOrEmail", &asked.username_or_email, &asked.role).await
}

/// `POST …/invite`
pub async fn invite(here: InOrganization, payload: Payload) -> Result<HttpResponse, Refusal> {
    let permit = here.manage()?;
    let asked: Invite = body::json(payload, body::SMALL, INVITE_SHAPE).await?;
    send(&here, permit, "email", &asked.email, &asked.role).await
}

async fn send(
    here: &InOrganization,
    permit: Permit<ManageMembers>,
    field: &'static str,
    address: &str,
    role: &str,
) -> Result<HttpResponse, Refusal> {
    let address = EmailAddress::parse(address).map_err(|error| Refusal::of_field(field, error))?;
    let role = role_of(role)?;
    let (site, act, region) = (here.tool.site.clone(), here.tool.act.clone(), here.tool.region);
    let outcome = web::block(move || {
        let store = site.regions.store(region).ok_or(WorkspaceError::NotThere)?;
        let seats = |plan: &str| site.config.plans.of(plan).seats;
        let outcome = invitations::counted(
            &site.regions,
            &act,
            &address,
            |outcome| *outcome == Invited::Yes,
            || store.write_now(|db| invitations::invite(db, &act, region, &permit, &address, role, seats)),
        );
        Ok(outcome?.unwrap_or(Invited::EnoughMails))
    });
    let outcome: Result<Invited, WorkspaceError> =
        outcome.await.map_err(|_| Refusal::Unavailable("the server is stopping".to_owned()))?;
    here.tool.site.wake.notify_one();
    let refused = match outcome? {
        Invited::Yes => return Ok(HttpResponse::Ok().json(DONE)),
        Invited::IsMember => "This person is a member already.",
        Invited::NoSeat => "No seat is left.",
        Invited::EnoughMails => "This address had enough mails for now. Try again in an hour.",
    };
    Err(Refusal::Failed(refused.to_owned()))
}

/// `POST …/remove`: a member goes, or an invitation is taken back.
pub async fn remove(here: InOrganization, payload: Payload) -> Result<HttpResponse, Refusal> {
    let permit = here.manage()?;
    let asked: Remove = body::json(payload, body::SMALL, REMOVE_SHAPE).await?;
    let act = here.tool.act.clone();
    here.tool
        .write(move |db| {
            let id = numbers::whose(db, asked.id)?.ok_or(WorkspaceError::NotThere)?;
            let invitation = id.parse::<InvitationId>().map_err(|_| WorkspaceError::NotThere)?;
            if invitations::by_id(db, invitation)?.is_some() {
                return invitations::cancel(db, &act, &permit, invitation);
            }
            let member = id.parse::<AccountId>().map_err(|_| WorkspaceError::NotThere)?;
            members::remove(db, &act, &permit, member)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DONE))
}

/// `POST …/{member}/role`
pub async fn change_role(here: InOrganization, payload: Payload) -> Result<HttpResponse, Refusal> {
    let permit = here.manage()?;
    let asked: ChangeRole = body::json(payload, body::SMALL, ROLE_SHAPE).await?;
    let role = role_of(&asked.role)?;
    let member: AccountId = here.tool.id_of(here.tool.number_in_path("member")?).await?;
    let act = here.tool.act.clone();
    here.tool
        .write(move |db| {
            let is_owner = membership::role_of(db, permit.workspace, member)? == Some(Role::Owner);
            if is_owner && role == Role::Admin {
                return Ok(false);
            }
            members::change_role(db, &act, &permit, member, role)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DONE))
}

fn role_of(word: &str) -> Result<Role, Refusal> {
    match word {
        "admin" => Ok(Role::Admin),
        "member" => Ok(Role::Editor),
        "guest" => Ok(Role::Viewer),
        _ => Err(Refusal::of_field("role", "This must be admin, member or guest.")),
    }
}
