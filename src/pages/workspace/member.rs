//! `/{workspace}/settings/members/{account}`: one member: their role, what hangs on them, removing them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::InOrganization;
use super::invite::DEED;
use crate::access::Role;
use crate::access::action::{ManageMembers, ManageOwners};
use crate::db::{Db, DbError};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::field_errors::FieldErrors;
use crate::http::form::Form;
use crate::http::page::{Choice, PageFrame};
use crate::http::words::{self, When};
use crate::kernel::id::AccountId;
use crate::lifecycle::members;
use crate::lifecycle::what_breaks::{self, Reader};
use crate::pages::goes::{self, Goes};
use crate::pages::settings::press_again;
use crate::pages::{frame, links};
use crate::workspaces::WorkspaceError;
use crate::workspaces::people::{self, Person};

#[derive(Template)]
#[template(path = "pages/workspace/member.html")]
struct MemberPage {
    page: PageFrame,
    errors: FieldErrors,
    list: String,
    link: String,
    name: String,
    username: String,
    face: Face,
    role: &'static str,
    is_away: bool,
    is_oneself: bool,
    joined: When,
    seen: When,
    /// `None`: not this reader's business.
    mfa: Option<&'static str>,
    /// Empty: the reader may not change it.
    gives: Vec<Choice>,
    chosen: String,
    may_remove: bool,
    may_transfer: bool,
    breaks: Vec<Goes>,
    keys: Vec<KeyLine>,
}

/// A key that stops when they go.
struct KeyLine {
    name: String,
    recognised_by: String,
    /// The project it is of, or the organization as a whole.
    of: String,
    last_used: Option<When>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MemberTyped {
    #[serde(rename = "do")]
    deed: String,
    role: String,
}

/// `(workspace, account)` as they stand in the address.
type Address = Path<(String, String)>;

pub async fn show(here: InOrganization, address: Address) -> Result<HttpResponse, PageError> {
    let member = find(&here, &address).await?;
    draw(&here, StatusCode::OK, member, FieldErrors::new()).await
}

async fn find(here: &InOrganization, address: &Address) -> Result<Person, PageError> {
    let id: AccountId = address.1.parse().map_err(|_| PageError::NotFound)?;
    let workspace = here.place.workspace.id;
    here.read(move |db| people::one(db, workspace, id)).await?.ok_or(PageError::NotFound)
}

async fn draw(
    here: &InOrganization,
    status: StatusCode,
    member: Person,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (workspace, id) = (here.place.workspace.id, member.id);
    let now = here.act.now;
    let read = move |db: &mut Db| {
        let lines = what_breaks::count(db, workspace, id, now, Reader::Another)?;
        Ok::<_, DbError>((lines, what_breaks::keys(db, workspace, id, now)?))
    };
    let (lines, keys) = here.read(read).await?;
    let own = here.membership();
    let is_oneself = member.id == here.account.id;
    let may_act = own.may::<ManageMembers>() && own.role.may_act_on(member.role);
    let zone = words::zone(&here.account.time_zone);
    let photo = member.photo.as_deref().map(|version| links::photo(member.id.personal_workspace(), version, 128));
    let frame = here.tab("members", &member.name, "One of the members, and what hangs on them.");
    let page = MemberPage {
        page: PageFrame { has_error: !errors.is_empty(), ..frame },
        errors,
        list: links::members(here.name()),
        link: links::member(here.name(), member.id),
        face: Face::of(&member.name, &member.username, photo),
        role: member.role.title(),
        is_away: member.is_away,
        is_oneself,
        joined: words::day(member.joined_at, &zone),
        seen: words::relative(member.last_seen_at, now, &zone),
        mfa: own.may::<ManageMembers>().then_some(if member.has_mfa { "On" } else { "Off" }),
        gives: if may_act && !member.is_away { super::members::choices(own.role) } else { Vec::new() },
        chosen: member.role.to_string(),
        may_remove: may_act && !is_oneself,
        may_transfer: own.may::<ManageOwners>() && !is_oneself && !member.is_away,
        breaks: goes::breaks(lines),
        keys: keys
            .into_iter()
            .map(|key| KeyLine {
                recognised_by: format!("{}…{}", key.prefix, key.last_four),
                name: key.name,
                of: key.project.unwrap_or_else(|| here.name().to_owned()),
                last_used: key.last_used_at.map(|at| words::relative(at, now, &zone).in_sentence()),
            })
            .collect(),
        name: member.name,
        username: member.username,
    };
    frame::html(status, &page)
}

/// `POST /{workspace}/settings/members/{account}`
pub async fn submit(
    here: InOrganization,
    address: Address,
    form: Form<MemberTyped>,
) -> Result<HttpResponse, PageError> {
    let member = find(&here, &address).await?;
    let link = links::member(here.name(), member.id);
    if form.is_resumed {
        return Ok(press_again(&here, &link));
    }
    let permit = here.permit::<ManageMembers>()?;
    here.confirmed(DEED, &link)?;
    let (act, id) = (here.act.clone(), member.id);
    let list = links::members(here.name());
    let (outcome, to, sentence) = match form.typed.deed.as_str() {
        "role" => {
            let Ok(role) = form.typed.role.parse::<Role>() else {
                let errors = FieldErrors::one("role", "Role", "Choose one of the roles.");
                return draw(&here, StatusCode::UNPROCESSABLE_ENTITY, member, errors).await;
            };
            let changed = here.write(move |db| members::change_role(db, &act, &permit, id, role)).await;
            let to = if member.id == here.account.id { &list } else { &link };
            (changed.map(|_| ()), to, format!("{} is {} now.", member.username, role.title()))
        }
        "remove" => {
            let removed = here.write(move |db| members::remove(db, &act, &permit, id)).await;
            (removed, &list, format!("{} is no longer a member, and was told.", member.username))
        }
        "transfer" => {
            let owners = here.permit::<ManageOwners>()?;
            let handed = here.write(move |db| members::transfer(db, &act, &owners, id)).await;
            (handed, &list, format!("{} is an Owner now, and you are an Admin.", member.username))
        }
        _ => return Err(PageError::BadRequest("the button is not one of this page")),
    };
    match outcome {
        Ok(()) => Ok(here.done(to, &sentence)),
        Err(WorkspaceError::LastOwner) => {
            let sentence = "An organization always has an Owner. Make somebody else one first.";
            draw(&here, StatusCode::UNPROCESSABLE_ENTITY, member, FieldErrors::one("role", "Role", sentence)).await
        }
        Err(error) => Err(error.into()),
    }
}
