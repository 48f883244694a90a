//! An environment outside of the platform's jobs: for somebody who may add secrets, or for a workspace's key while its
//! maker may.
//!
//! Rule: who may is read in the transaction that hands out, so that a demotion counts from the next fetch. What an
//! organization demands of its members and keys holds here too.

use diesel::QueryResult;

use super::environment::{self, Environment};
use super::uses::Whom;
use super::{SecretName, tokens::Granted};
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::crypto::act::Act;
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::network::Networks;
use crate::projects::project;
use crate::sessions::account::{self, Account, Status};
use crate::workspaces::membership::{self, Entry, Place};

/// Who asks, and for what.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The person, or whoever made the key.
    pub account: AccountId,
    /// What the key is called, where one asks.
    pub key: Option<String>,
    pub workspace: Workspace,
    /// The word of its address.
    pub project: Option<String>,
    /// Of all that may be had, these; empty is all.
    pub only: Vec<SecretName>,
    /// Shown in the access log.
    pub job: &'static str,
}

#[derive(Clone, Debug)]
pub enum Workspace {
    Id(WorkspaceId),
    /// The word of its address.
    Named(String),
}

#[derive(Debug, thiserror::Error)]
pub enum NotHanded {
    #[error("There is no such workspace, or you do not belong to it.")]
    NoWorkspace,
    #[error("Only Owners and Admins of an organization get its secrets outside of jobs.")]
    NotAllowed,
    #[error("Whoever made this key may not add secrets here any more.")]
    MakerMayNot,
    #[error("Administrators need an authenticator. Set it up first.")]
    AdministratorWithoutFactor,
    #[error("This organization requires multi-factor authentication. Set it up first.")]
    FactorWanted,
    #[error("This organization is suspended.")]
    Suspended,
    #[error("This organization lets keys and tools be used from its own networks only.")]
    Network,
    #[error("There is no project {0:?} in this workspace.")]
    NoProject(String),
    #[error("There is no secret {0} that may be had here.")]
    NoSecret(SecretName),
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Hands it out, recorded in each secret's access log. Nothing is recorded when anything that was asked for is not there.
pub fn fetch(db: &mut Db, act: &Act, asking: &Asking) -> Result<Environment, NotHanded> {
    let permit = permit(db, act, asking)?;
    let project_id = match &asking.project {
        None => None,
        Some(slug) => {
            let found = project::at(db, permit.workspace, slug)?;
            Some(found.ok_or_else(|| NotHanded::NoProject(slug.clone()))?.id)
        }
    };
    let job = asking.job.to_owned();
    let granted = Granted { workspace_id: permit.workspace, project_id, job, is_privileged: false };
    let whom = Whom { account_id: Some(permit.actor), key_name: asking.key.clone(), ..Whom::default() };
    environment::gather(db, act, &granted, &whom, &asking.only)?.map_err(NotHanded::NoSecret)
}

fn permit(db: &mut Db, act: &Act, asking: &Asking) -> Result<Permit<ChangeSecrets>, NotHanded> {
    let is_key = asking.key.is_some();
    let may_not = || if is_key { NotHanded::MakerMayNot } else { NotHanded::NotAllowed };
    let gone = || if is_key { NotHanded::MakerMayNot } else { NotHanded::NoWorkspace };
    let account = account::by_id(db, asking.account)?.filter(|account| account.status == Status::Active);
    let account = account.ok_or_else(may_not)?;
    if account.is_administrator && !account.has_mfa {
        return Err(NotHanded::AdministratorWithoutFactor);
    }
    let place = place(db, &asking.workspace, &account)?.ok_or_else(gone)?;
    match place.entry(account.has_mfa) {
        Entry::Open => {}
        Entry::Closing => return Err(gone()),
        Entry::Suspended(_) => return Err(NotHanded::Suspended),
        Entry::FactorWanted => return Err(NotHanded::FactorWanted),
    }
    let permit = place.membership.permit().map_err(|_| may_not())?;
    let networks = place.organization.map(|organization| organization.networks).unwrap_or_default();
    if !Networks::allow(&networks, act.origin.address) {
        return Err(NotHanded::Network);
    }
    Ok(permit)
}

fn place(db: &mut Db, workspace: &Workspace, account: &Account) -> QueryResult<Option<Place>> {
    match workspace {
        Workspace::Id(id) => membership::of(db, *id, account.id),
        Workspace::Named(name) => membership::at(db, name, account.id),
    }
}
