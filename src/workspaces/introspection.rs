//! Who is behind a session and where they belong, as the platform's other programs are told.
//!
//! Rule: what a page would refuse is not told as open: an organization that shuts somebody out for want of a second
//! factor is named among what is shut, never beside what is open.

use diesel::QueryResult;

use super::membership::{self, Entry, Mine};
use super::workspace::WorkspaceKind;
use crate::access::Role;
use crate::crypto::token::TokenDigest;
use crate::db::Db;
use crate::kernel::id::WorkspaceId;
use crate::kernel::time::Timestamp;
use crate::sessions::account::Account;
use crate::sessions::session::{self, Session, SessionKind};

/// Somebody whose session counts now.
pub struct Present {
    pub session: Session,
    pub account: Account,
    /// Those that are closing left out.
    organizations: Vec<Mine>,
}

/// A workspace as somebody is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    pub id: WorkspaceId,
    pub name: String,
    pub title: String,
    pub kind: WorkspaceKind,
    pub role: Role,
    /// Until a second factor is set up.
    pub is_shut: bool,
}

/// The answer for an unknown token, an ended session, one that is over by time, one of the other kind and one of an
/// account that may not be used: `None`, alike.
pub fn present(db: &mut Db, digest: &TokenDigest, kind: SessionKind, now: Timestamp) -> QueryResult<Option<Present>> {
    let found = session::live(db, digest, now)?.filter(|(session, _)| session.kind == kind);
    let Some((session, account)) = found else { return Ok(None) };
    let mut organizations = membership::organizations_of(db, account.id)?;
    organizations.retain(Mine::is_listed);
    Ok(Some(Present { session, account, organizations }))
}

impl Present {
    /// An administrator without a second factor gets no further than setting one up, here or elsewhere.
    pub fn must_set_up(&self) -> bool {
        self.account.is_administrator && !self.account.has_mfa
    }

    /// Their own workspace first, then organizations by name.
    pub fn workspaces(&self) -> Vec<Belonging> {
        let own = Belonging {
            id: self.account.id.personal_workspace(),
            name: self.account.username.to_string(),
            title: self.account.name.clone(),
            kind: WorkspaceKind::Personal,
            role: Role::Owner,
            is_shut: self.must_set_up(),
        };
        let others = self.organizations.iter().map(|one| Belonging {
            id: one.id,
            name: one.name.clone(),
            title: one.title.clone(),
            kind: WorkspaceKind::Organization,
            role: one.role,
            is_shut: self.must_set_up() || one.entry(self.account.has_mfa) != Entry::Open,
        });
        std::iter::once(own).chain(others).collect()
    }
}
