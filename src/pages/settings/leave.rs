//! `/settings/organizations/{workspace}/leave`: what hangs on oneself there, then going.
//!
//! Rule: nobody is held: whom a policy keeps out may go as well. Only the last Owner hands over first, and is told how
//! before anything is pressed. Where an organization is closing or suspended nobody comes or goes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::access::Role;
use crate::db::{Db, DbError};
use crate::http::error::PageError;
use crate::http::form::Form;
use crate::http::page::PageFrame;
use crate::lifecycle::members;
use crate::lifecycle::what_breaks::{self, Reader};
use crate::pages::goes::{self, Goes};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::{frame, links};
use crate::workspaces::WorkspaceError;
use crate::workspaces::membership::{self, Mine};
use crate::workspaces::workspace;

#[derive(Template)]
#[template(path = "pages/settings/leave.html")]
struct LeavePage {
    page: PageFrame,
    name: String,
    breaks: Vec<Goes>,
    /// Stays until somebody else is an Owner.
    is_last_owner: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Nothing {}

pub async fn show(here: SignedIn, name: Path<String>) -> Result<HttpResponse, PageError> {
    let mine = find(&here, &name)?;
    let (workspace, account, now) = (mine.id, here.account.id, here.act.now);
    let is_owner = mine.role == Role::Owner;
    let read = move |db: &mut Db| {
        let lines = what_breaks::count(db, workspace, account, now, Reader::Oneself)?;
        Ok::<_, DbError>((lines, is_owner && workspace::owners(db, workspace)? == 1))
    };
    let (lines, is_last_owner) = here.read(read).await?;
    let sentence = "You lose what your role lets you see and do there. You can be invited again.";
    let page = LeavePage {
        page: here.page("organizations", &format!("Leave {}", mine.title), sentence),
        name: mine.name.clone(),
        breaks: goes::breaks(lines),
        is_last_owner,
    };
    frame::html(StatusCode::OK, &page)
}

fn find<'a>(here: &'a SignedIn, name: &str) -> Result<&'a Mine, PageError> {
    here.places.iter().find(|mine| mine.name == name && mine.is_listed()).ok_or(PageError::NotFound)
}

pub async fn submit(here: SignedIn, name: Path<String>, form: Form<Nothing>) -> Result<HttpResponse, PageError> {
    let (workspace, name) = (find(&here, &name)?.id, name.into_inner());
    if form.is_resumed {
        return Ok(super::press_again(&here, &links::leave(&name)));
    }
    let (act, account) = (here.act.clone(), here.account.id);
    let left = here.write(move |db| {
        let place = membership::of(db, workspace, account)?.ok_or(WorkspaceError::NotThere)?;
        members::leave(db, &act, &place.membership)
    });
    match left.await {
        Ok(()) => Ok(here.done(links::ORGANIZATIONS, &format!("You left {name}."))),
        // Somebody else was the other Owner when the page was drawn; it says now what to do first.
        Err(WorkspaceError::LastOwner) => Ok(Visitor::redirect(&links::leave(&name))),
        Err(error) => Err(error.into()),
    }
}
