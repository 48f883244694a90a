//! Changing who is in an organization, with what hangs on a role: the keys that somebody made there, and
//! the invitations that they sent.
//!
//! Rule: whoever loses a right loses in the same transaction the keys that they could no longer make and the invitations
//! that they could no longer send, and Owners and Admins are told. Pages and programs come here for every change of a role, and never change one themselves.

use super::LifecycleError;
use crate::access::action::{ManageMembers, ManageOwners};
use crate::access::{Membership, Permit, Role};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::projects::api_keys;
use crate::workspaces::{WorkspaceError, members, senders};
use diesel::QueryResult;

/// Gives a member another role. `false` when it is theirs already.
pub fn change_role(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageMembers>,
    member: AccountId,
    to: Role,
) -> Result<bool, WorkspaceError> {
    members::change_role(db, act, permit, member, to, &hanging(act))
}

/// Hands the organization over: the member becomes an Owner, whoever hands over an Admin.
pub fn transfer(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageOwners>,
    member: AccountId,
) -> Result<(), WorkspaceError> {
    members::transfer(db, act, permit, member, &hanging(act))
}

/// Removes a member, here or away. Nobody removes themselves; they leave.
pub fn remove(db: &mut Db, act: &Act, permit: &Permit<ManageMembers>, member: AccountId) -> Result<(), WorkspaceError> {
    members::remove(db, act, permit, member, &hanging(act))
}

/// Whoever wants to go goes, unless they are the last Owner.
pub fn leave(db: &mut Db, act: &Act, who: &Membership) -> Result<(), WorkspaceError> {
    members::leave(db, act, who, &hanging(act))
}

fn hanging(act: &Act) -> impl Fn(&mut Db, WorkspaceId, AccountId, Option<Role>) -> QueryResult<()> {
    move |db, workspace, account, role| {
        api_keys::maker_changed(db, act, workspace, account, role)?;
        senders::sender_changed(db, act, workspace, account, role)
    }
}

/// The account of a member is closed: for now they may nothing.
pub(super) fn went_away(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<(), LifecycleError> {
    Ok(hanging(act)(db, workspace, account, None)?)
}

/// The account is open again: the keys that its closing disabled, and that nobody has touched since, are let in as before.
/// Invitations stay cancelled: their seats may be taken, and whoever wants to sends them again.
pub(super) fn came_back(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    account: AccountId,
    closed_at: Timestamp,
) -> Result<(), LifecycleError> {
    api_keys::maker_came_back(db, act, workspace, account, closed_at)?;
    Ok(())
}
