//! Guards of pages inside a workspace or a project: they load it, with what the caller is in it, or answer 404.
//!
//! Rule: whoever is not a member cannot tell a workspace from a name that nobody has. The role is the one in the
//! database now; what it allows is asked with [`InWorkspace::permit`].

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::guards::SignedIn;
use super::{frame, links};
use crate::access::action::Action;
use crate::access::{Membership, Permit};
use crate::http::error::PageError;
use crate::http::face::Face;
use crate::http::flash;
use crate::http::page::FlashKind;
use crate::kernel::names::RESERVED_NAMES;
use crate::projects::project::{self, Project};
use crate::workspaces::membership::{self, Entry, Place};
use crate::workspaces::workspace::Organization;

/// Somebody in a workspace they belong to, named by the first word of the address.
pub struct InWorkspace {
    pub here: SignedIn,
    pub place: Place,
}

/// The same in one of its projects, named by the second word.
pub struct InProject {
    pub inside: InWorkspace,
    pub project: Project,
}

impl Deref for InWorkspace {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.here
    }
}

impl Deref for InProject {
    type Target = InWorkspace;
    fn deref(&self) -> &InWorkspace {
        &self.inside
    }
}

impl InWorkspace {
    pub fn membership(&self) -> &Membership {
        &self.place.membership
    }

    pub fn permit<A: Action>(&self) -> Result<Permit<A>, PageError> {
        Ok(self.place.membership.permit()?)
    }

    pub fn name(&self) -> &str {
        &self.place.workspace.name
    }

    pub fn face(&self) -> Face {
        match &self.place.organization {
            Some(Organization { workspace_id, title, photo, .. }) => {
                frame::face_of_organization(*workspace_id, self.name(), title, photo.as_deref())
            }
            None => frame::face_of(&self.here.account),
        }
    }

    /// As people call it.
    pub fn title(&self) -> &str {
        match &self.place.organization {
            Some(organization) => &organization.title,
            None => &self.here.account.name,
        }
    }
}

impl FromRequest for InWorkspace {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let name = request.match_info().query("workspace").to_owned();
        // What cannot be a workspace is no reason to ask anybody to sign in.
        if !may_be_a_name(&name) {
            return Box::pin(std::future::ready(Err(PageError::NotFound.into())));
        }
        let here = SignedIn::from_request(request, payload);
        Box::pin(async move {
            let here = here.await?;
            let account = here.account.id;
            let place = here.store.glance(move |db| membership::at(db, &name, account)).await;
            let place = place.map_err(PageError::from)?.ok_or(PageError::NotFound)?;
            let inside = Self { here, place };
            let title = inside.title();
            let (sentence, way_on) = match inside.place.entry(inside.here.account.has_mfa) {
                Entry::Open => return Ok(inside),
                Entry::Closing => return Err(PageError::NotFound.into()),
                Entry::Suspended(reason) => {
                    (format!("{title} is suspended, and nobody can enter it: {reason}"), links::ORGANIZATIONS)
                }
                Entry::FactorWanted => {
                    (format!("{title} requires multi-factor authentication. Set it up to go on."), links::MFA)
                }
            };
            flash::set(&inside.here.cookie, FlashKind::Warn, &sentence);
            Err(PageError::SeeOther(way_on.to_owned()).into())
        })
    }
}

impl FromRequest for InProject {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let slug = request.match_info().query("project").to_owned();
        let inside = InWorkspace::from_request(request, payload);
        Box::pin(async move {
            let inside = inside.await?;
            let workspace = inside.place.workspace.id;
            let project = inside.here.store.glance(move |db| project::at(db, workspace, &slug)).await;
            let project = project.map_err(PageError::from)?.ok_or(PageError::NotFound)?;
            Ok(Self { inside, project })
        })
    }
}

fn may_be_a_name(text: &str) -> bool {
    text.len() <= 64
        && !RESERVED_NAMES.contains(&text)
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
