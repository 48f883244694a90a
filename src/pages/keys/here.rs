//! Whose keys an address is about: a project's, an organization's, or one's own workspace's.
//!
//! Rule: a project's keys may be looked at by all its members; a workspace's only by those who may manage them.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::access::action::{EditProjects, ManageKeys, ManageWorkspaceKeys};
use crate::access::{Membership, Role};
use crate::crypto::api_key::Prefix;
use crate::http::error::PageError;
use crate::http::page::PageFrame;
use crate::http::tabs;
use crate::kernel::id::{ApiKeyId, ProjectId};
use crate::pages::guards::SignedIn;
use crate::pages::places::{InProject, InWorkspace};
use crate::projects::api_keys::{self, ApiKey, KeyError, Maker, Stamp};
use crate::projects::hmac_keys::HmacKeyError;
use crate::projects::place::{InPlace, Place};
use crate::projects::project::Project;

pub struct KeysHere {
    pub here: SignedIn,
    pub place: Place,
    pub project: Option<Project>,
    membership: Membership,
}

impl Deref for KeysHere {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.here
    }
}

impl FromRequest for KeysHere {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = request.match_info();
        if path.get("project").is_some() {
            let inside = InProject::from_request(request, payload);
            return Box::pin(async move { Ok(Self::of_project(inside.await?)) });
        }
        if path.get("workspace").is_some() {
            let inside = InWorkspace::from_request(request, payload);
            return Box::pin(async move { Ok(Self::of_workspace(inside.await?)?) });
        }
        let here = SignedIn::from_request(request, payload);
        Box::pin(async move { Ok(Self::of_person(here.await?)) })
    }
}

impl KeysHere {
    fn of_project(inside: InProject) -> Self {
        let InProject { inside, project } = inside;
        let InWorkspace { here, place } = inside;
        let in_place = InPlace { id: project.id, slug: project.slug.clone(), name: project.name.clone() };
        let place_of_keys = Place {
            workspace: place.workspace.id,
            workspace_name: place.workspace.name,
            is_personal: place.organization.is_none(),
            project: Some(in_place),
        };
        Self { here, place: place_of_keys, project: Some(project), membership: place.membership }
    }

    fn of_workspace(inside: InWorkspace) -> Result<Self, PageError> {
        inside.permit::<ManageWorkspaceKeys>()?;
        let InWorkspace { here, place } = inside;
        let place_of_keys = Place {
            workspace: place.workspace.id,
            workspace_name: place.workspace.name,
            is_personal: place.organization.is_none(),
            project: None,
        };
        Ok(Self { here, place: place_of_keys, project: None, membership: place.membership })
    }

    fn of_person(here: SignedIn) -> Self {
        let workspace = here.account.id.personal_workspace();
        let place =
            Place { workspace, workspace_name: here.account.username.to_string(), is_personal: true, project: None };
        let membership = Membership { workspace, account: here.account.id, role: Role::Owner };
        Self { here, place, project: None, membership }
    }

    /// The right to make and change keys here, or the refusal.
    pub fn maker(&self) -> Result<Maker, PageError> {
        match &self.project {
            Some(project) => {
                let permit = self.membership.permit::<ManageKeys>()?;
                Maker::in_project(&permit, project).ok_or(PageError::NotFound)
            }
            None => Ok(Maker::in_workspace(&self.membership.permit::<ManageWorkspaceKeys>()?)),
        }
    }

    /// For pages that leave out what the caller may not do.
    pub fn may_manage(&self) -> Option<Maker> {
        self.maker().ok()
    }

    pub fn signing_permit(&self) -> Result<crate::access::Permit<ManageKeys>, PageError> {
        Ok(self.membership.permit::<ManageKeys>()?)
    }

    /// The project whose HMAC keys these are. A workspace has none.
    pub fn project_id(&self) -> Result<ProjectId, PageError> {
        self.place.project_id().ok_or(PageError::NotFound)
    }

    /// What a new key here begins with.
    pub fn stamp(&self) -> Stamp {
        let config = &self.site.config;
        let prefix: &Prefix =
            if self.project.is_some() { &config.project_key_prefix } else { &config.workspace_key_prefix };
        Stamp { prefix: prefix.clone(), region: self.region }
    }

    pub fn frame(&self, title: &str, description: &str) -> PageFrame {
        match &self.place.project {
            Some(project) => {
                let workspace = &self.place.workspace_name;
                let may_edit = self.membership.may::<EditProjects>();
                let tabs = tabs::project(workspace, &project.slug, "keys", may_edit);
                self.here.project_page(workspace, tabs, title, description)
            }
            None if self.place.is_personal => self.here.page("api-keys", title, description),
            None => {
                let name = &self.place.workspace_name;
                self.here.shared_page(name, &self.membership, "api-keys", title, description)
            }
        }
    }

    /// The key of this address, if it is one of these.
    pub async fn key(&self) -> Result<ApiKey, PageError> {
        let id: ApiKeyId = self.request.match_info().query("key").parse().map_err(|_| PageError::NotFound)?;
        let (workspace, project) = (self.place.workspace, self.place.project_id());
        let key = self.here.read(move |db| api_keys::one(db, workspace, project, id)).await?;
        key.ok_or(PageError::NotFound)
    }

    /// The key, for somebody who may change it.
    pub async fn key_to_change(&self) -> Result<(ApiKey, Maker), PageError> {
        let maker = self.maker()?;
        let key = self.key().await?;
        if maker.may(key.role) { Ok((key, maker)) } else { Err(KeyError::AboveRights.into()) }
    }
}

impl From<KeyError> for PageError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Gone | KeyError::WasRotated => Self::NotFound,
            KeyError::TooMany => Self::Forbidden("there are as many API keys here as there may be"),
            KeyError::AboveRights | KeyError::TooLong(_) => Self::NotAllowed("manage keys above your own rights"),
            KeyError::Database(error) => error.into(),
        }
    }
}

impl From<HmacKeyError> for PageError {
    fn from(error: HmacKeyError) -> Self {
        match error {
            HmacKeyError::Gone => Self::NotFound,
            HmacKeyError::TooMany => Self::Forbidden("a project has a limited number of HMAC keys"),
            HmacKeyError::Database(error) => error.into(),
            error @ HmacKeyError::Unreadable(..) => Self::Internal(error.to_string()),
        }
    }
}
