//! Whose secrets an address is about: an organization's, or those of one's own workspace.
//!
//! Rule: names are for those who may see them; all else asks for [`SecretsHere::permit`] first.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;

use crate::access::action::{ChangeSecrets, SeeSecrets};
use crate::access::{Membership, Permit, Role};
use crate::http::body::{Body, ROOMY};
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::page::{FlashKind, PageFrame};
use crate::kernel::id::{SecretId, WorkspaceId};
use crate::pages::guards::{SignedIn, Visitor};
use crate::pages::links;
use crate::pages::places::InWorkspace;
use crate::secrets::{Secret, SecretError, secret};

pub struct SecretsHere {
    pub here: SignedIn,
    pub workspace: WorkspaceId,
    /// The page of the list.
    pub base: String,
    /// The organization's name in its addresses.
    pub organization: Option<String>,
    membership: Membership,
}

impl Deref for SecretsHere {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.here
    }
}

impl FromRequest for SecretsHere {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if *request.method() == Method::POST && request.path().ends_with("/settings/secrets/paste") {
            // Before anybody asks for the body: whoever is first says how much it may hold.
            Body::up_to(request, payload, ROOMY);
        }
        if request.match_info().get("workspace").is_some() {
            let inside = InWorkspace::from_request(request, payload);
            return Box::pin(async move { Ok(Self::of_workspace(inside.await?)?) });
        }
        let here = SignedIn::from_request(request, payload);
        Box::pin(async move { Ok(Self::of_person(here.await?)) })
    }
}

impl SecretsHere {
    fn of_workspace(inside: InWorkspace) -> Result<Self, PageError> {
        inside.permit::<SeeSecrets>()?;
        let InWorkspace { here, place } = inside;
        let organization = place.organization.is_some().then_some(place.workspace.name);
        Ok(Self {
            here,
            workspace: place.workspace.id,
            base: links::secrets(organization.as_deref()),
            organization,
            membership: place.membership,
        })
    }

    fn of_person(here: SignedIn) -> Self {
        let workspace = here.account.id.personal_workspace();
        let membership = Membership { workspace, account: here.account.id, role: Role::Owner };
        Self { here, workspace, base: links::secrets(None), organization: None, membership }
    }

    /// The right to add and change, or the refusal.
    pub fn permit(&self) -> Result<Permit<ChangeSecrets>, PageError> {
        Ok(self.membership.permit()?)
    }

    /// For pages that leave out what the caller may not do.
    pub fn may_change(&self) -> bool {
        self.membership.may::<ChangeSecrets>()
    }

    pub fn may<A: crate::access::action::Action>(&self) -> bool {
        self.membership.may::<A>()
    }

    /// Whose they are, as it completes "jobs of …".
    pub fn whose(&self) -> &str {
        self.organization.as_deref().unwrap_or("your own workspace")
    }

    pub fn frame(&self, title: &str, description: &str) -> PageFrame {
        match &self.organization {
            Some(name) => self.here.shared_page(name, &self.membership, "secrets", title, description),
            None => self.here.page("secrets", title, description),
        }
    }

    /// The secret of this address, for somebody who may change it.
    pub async fn secret(&self) -> Result<(Secret, Permit<ChangeSecrets>), PageError> {
        let permit = self.permit()?;
        let id: SecretId = self.request.match_info().query("secret").parse().map_err(|_| PageError::NotFound)?;
        let workspace = self.workspace;
        let found = self.here.read(move |db| secret::one(db, workspace, id)).await?;
        Ok((found.ok_or(PageError::NotFound)?, permit))
    }

    /// What to say after something that decides what jobs get: of a secret that has ended they get nothing.
    pub fn done_for_jobs(&self, secret: &Secret, jobs_get: String, done: &str) -> String {
        if secret.has_expired(self.act.now) {
            format!("{done} It has ended: give it a new last day.")
        } else {
            jobs_get
        }
    }

    /// For a form of one button that came back after signing in again.
    pub fn again(&self, back: &str) -> HttpResponse {
        self.refused(
            back,
            "You were signed out meanwhile, so nothing was done. Press it once more if you still want to.",
        )
    }

    /// Back to a page, which says why nothing was done.
    pub fn refused(&self, back: &str, sentence: &str) -> HttpResponse {
        flash::set(&self.cookie, FlashKind::Warn, sentence);
        Visitor::redirect(back)
    }
}

impl From<SecretError> for PageError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Gone => Self::NotFound,
            SecretError::Taken => Self::Forbidden("a secret of this name is there already"),
            SecretError::TooMany => Self::Forbidden("there are as many secrets here as there may be"),
            SecretError::TooManyDeleted => {
                Self::Forbidden("there are as many secrets here, with those deleted, as there may be")
            }
            SecretError::Unreadable => Self::Forbidden("what is stored of this secret cannot be read"),
            SecretError::TooLarge(_) => Self::Forbidden("the secrets here hold as much as they may"),
            SecretError::Leaked => Self::Forbidden("this version is marked as leaked"),
            SecretError::Unfinished => Self::Forbidden("not all of the leak drill is done"),
            SecretError::Database(error) => error.into(),
        }
    }
}
