//! The project or organization that a call names by number, loaded with what the caller is in it, or 404.
//!
//! Rule: what the caller may not see is answered like what is not there. What a role or a key's role allows is asked
//! with the permits and makers below, as pages ask.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::Refusal;
use super::caller::{Caller, Here, Tool};
use crate::access::action::{Action, ManageKeys};
use crate::access::{NotAllowed, Permit};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::projects::api_keys::{Maker, Verified};
use crate::projects::key_role::KeyAction;
use crate::projects::project::{self, Project};
use crate::workspaces::membership::{self, Entry, Place};

pub struct InProject {
    pub by: By,
    pub project: Project,
}

/// With what somebody came into a project.
pub enum By {
    Member { tool: Box<Tool>, place: Box<Place> },
    Key { here: Here, key: Box<Verified> },
}

/// A person in one of their workspaces.
pub struct InOrganization {
    pub tool: Tool,
    pub place: Place,
}

impl InProject {
    pub fn here(&self) -> &Here {
        match &self.by {
            By::Member { tool, .. } => &tool.here,
            By::Key { here, .. } => here,
        }
    }

    /// The person, when it is one.
    pub fn member(&self) -> Option<AccountId> {
        match &self.by {
            By::Member { tool, .. } => Some(tool.account.id),
            By::Key { .. } => None,
        }
    }

    /// As [`Tool::fresh`]. A key has no owner at hand who could log in: its role says what it may.
    pub fn fresh(&self) -> Result<(), Refusal> {
        match &self.by {
            By::Member { tool, .. } => tool.fresh(),
            By::Key { .. } => Ok(()),
        }
    }

    pub fn permit<A: Action>(&self) -> Result<Permit<A>, Refusal> {
        match &self.by {
            By::Member { place, .. } => Ok(place.membership.permit()?),
            By::Key { .. } => Err(NotAllowed(A::WORDS).into()),
        }
    }

    /// For a key: whether its role does this. A member's role is asked with a permit.
    pub fn key_may(&self, action: KeyAction, words: &'static str) -> Result<(), Refusal> {
        match &self.by {
            By::Key { key, .. } if !key.may(action) => Err(Refusal::NotAllowed(words)),
            _ => Ok(()),
        }
    }

    /// The right to make and change keys here.
    pub fn maker(&self) -> Result<Maker, Refusal> {
        match &self.by {
            By::Member { place, .. } => {
                let permit = place.membership.permit::<ManageKeys>()?;
                Maker::in_project(&permit, &self.project).ok_or(Refusal::NotFound)
            }
            By::Key { key, .. } => Maker::by_key(key).ok_or(Refusal::NotAllowed(ManageKeys::WORDS)),
        }
    }
}

impl Tool {
    /// One of the person's workspaces.
    pub async fn place(&self, workspace: WorkspaceId) -> Result<Place, Refusal> {
        let account = self.account.id;
        let place = self.store.glance(move |db| membership::of(db, workspace, account)).await?;
        let place = place.ok_or(Refusal::NotFound)?;
        match place.entry(self.account.has_mfa) {
            Entry::Open => Ok(place),
            Entry::Closing => Err(Refusal::NotFound),
            Entry::Suspended(_) => Err(Refusal::Forbidden("This organization is suspended.".to_owned())),
            Entry::FactorWanted => {
                let text = "This organization requires multi-factor authentication. Set it up to go on.";
                Err(Refusal::Forbidden(text.to_owned()))
            }
        }
    }
}

async fn project_of(request: &HttpRequest, caller: Caller) -> Result<InProject, Refusal> {
    let number: i64 = request.match_info().query("project").parse().map_err(|_| Refusal::NotFound)?;
    match caller {
        Caller::Key(caller) => {
            let project = caller.here.store.glance(move |db| project::by_number(db, number)).await?;
            let project = project.filter(|project| caller.key.project == Some(project.id)).ok_or(Refusal::NotFound)?;
            Ok(InProject { by: By::Key { here: caller.here, key: Box::new(caller.key) }, project })
        }
        Caller::Tool(tool) => {
            let project = tool.store.glance(move |db| project::by_number(db, number)).await?;
            let project = project.ok_or(Refusal::NotFound)?;
            let place = Box::new(tool.place(project.workspace_id).await?);
            Ok(InProject { by: By::Member { tool, place }, project })
        }
    }
}

impl FromRequest for InProject {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, caller) = (request.clone(), Caller::from_request(request, payload));
        Box::pin(async move { project_of(&request, caller.await?).await })
    }
}

impl FromRequest for InOrganization {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        Box::pin(async move {
            // To a project's key no organization exists, and tools tell kinds of keys by these very words.
            let Caller::Tool(tool) = caller.await? else { return Err(Refusal::InvalidKey) };
            let number = tool.number_in_path("organization")?;
            let workspace: WorkspaceId = tool.id_of(number).await?;
            let place = tool.place(workspace).await?;
            Ok(Self { tool: *tool, place })
        })
    }
}
