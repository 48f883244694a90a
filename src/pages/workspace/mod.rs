//! What stands below `/{workspace}`: its home, and for organizations their settings, one file for each tab.
//!
//! Rule: [`InOrganization`] and [`InWorkspace`](super::places::InWorkspace) have loaded the workspace with what the caller is in it. A page hides what
//! their role may not do, and the permit that it asks for refuses it.

pub mod billing;
pub mod delete;
pub mod home;
pub mod invite;
pub mod member;
pub mod members;
pub mod policies;
pub mod profile;

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::guards::Visitor;
use super::links;
use super::places::InWorkspace;
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::page::{FlashKind, PageFrame};
use crate::http::tabs;
use crate::workspaces::WorkspaceError;
use crate::workspaces::workspace::Organization;

/// Somebody in an organization. Personal workspaces have their settings at `/settings`.
pub struct InOrganization {
    pub inside: InWorkspace,
    pub organization: Organization,
}

impl Deref for InOrganization {
    type Target = InWorkspace;
    fn deref(&self) -> &InWorkspace {
        &self.inside
    }
}

impl FromRequest for InOrganization {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let inside = InWorkspace::from_request(request, payload);
        Box::pin(async move {
            let inside = inside.await?;
            let organization = inside.place.organization.clone().ok_or(PageError::NotFound)?;
            Ok(Self { inside, organization })
        })
    }
}

impl InOrganization {
    /// The frame of one of its tabs; `tab` is the word of its address.
    pub fn tab(&self, tab: &str, title: &str, description: &str) -> PageFrame {
        self.framed_in(Some(tabs::organization(self.name(), tab, self.membership())), title, description)
    }

    /// Back to a page of it, which shows how things stand now.
    pub fn refused(&self, to: &str, sentence: &str) -> HttpResponse {
        flash::set(&self.cookie, FlashKind::Warn, sentence);
        Visitor::redirect(to)
    }
}

/// `GET /{workspace}/settings`
pub async fn settings(inside: InWorkspace) -> HttpResponse {
    match inside.place.organization {
        Some(_) => Visitor::redirect(&links::organization_profile(inside.name())),
        None => Visitor::redirect(links::ACCOUNT),
    }
}

/// For pages that have no better words for it.
impl From<WorkspaceError> for PageError {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::NotThere => Self::NotFound,
            WorkspaceError::LastOwner => Self::Forbidden("an organization always has an Owner"),
            WorkspaceError::NotAllowed(error) => error.into(),
            WorkspaceError::Database(error) => error.into(),
        }
    }
}
