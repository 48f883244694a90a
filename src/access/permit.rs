//! Proof that somebody may do something, made from their role and from nothing else.

use std::marker::PhantomData;

use super::Role;
use super::action::Action;
use crate::kernel::id::{AccountId, WorkspaceId};

/// An account in a workspace with a role, as the database said for this request. Its store alone makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub workspace: WorkspaceId,
    pub account: AccountId,
    pub role: Role,
}

/// Proof that `actor` was allowed `A` in `workspace`. Only [`Membership::permit`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Permit<A> {
    pub actor: AccountId,
    pub workspace: WorkspaceId,
    /// The role that allowed it: it also bounds whom it may be used on.
    pub role: Role,
    action: PhantomData<A>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("you may not {0}")]
pub struct NotAllowed(pub &'static str);

impl Membership {
    pub fn may<A: Action>(&self) -> bool {
        A::ALLOWED.contains(&self.role)
    }

    pub fn permit<A: Action>(&self) -> Result<Permit<A>, NotAllowed> {
        if !self.may::<A>() {
            return Err(NotAllowed(A::WORDS));
        }
        Ok(Permit { actor: self.account, workspace: self.workspace, role: self.role, action: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::action::{MATRIX, ManageKeys, ManagePolicies};
    use crate::kernel::id::Id;
    use crate::kernel::time::Timestamp;

    #[test]
    fn a_permit_comes_from_the_matrix_alone() {
        let account = AccountId::from_parts(Timestamp::from_seconds(1_795_000_000), [1; 10]);
        let member = |role| Membership { workspace: account.personal_workspace(), account, role };
        assert!(member(Role::Editor).permit::<ManageKeys>().is_ok());
        let refused = member(Role::Viewer).permit::<ManageKeys>().map(|_| ());
        assert_eq!(refused, Err(NotAllowed("manage keys")));
        assert!(!member(Role::Admin).may::<ManagePolicies>());
    }

    #[test]
    fn an_owner_may_everything() {
        assert!(MATRIX.iter().all(|(_, allowed)| allowed.contains(&Role::Owner)));
    }
}
