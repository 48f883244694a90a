//! Invitations whose sender may no longer send them.
//!
//! Rule: an invitation is as good as the right of whoever sent it. Who loses that right, by a lower role, by going or with
//! their account, takes back what still waits, in the same transaction; its seat is free, and the Owners are told.

use diesel::prelude::*;

use super::members as people;
use crate::access::Role;
use crate::access::action::{Action, ManageMembers};
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::invitations;
use crate::kernel::id::{AccountId, InvitationId, WorkspaceId};
use crate::mail::OrganizationNews;
use diesel::QueryResult;

/// Call this in the transaction in which somebody's role changes, or goes (`None`), with the organization held: what they
/// could no longer send is cancelled. Those that ended stay for their day; whoever sends one again is its sender.
pub fn sender_changed(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    account: AccountId,
    role: Option<Role>,
) -> QueryResult<()> {
    let sent: Vec<(InvitationId, String, Role)> = invitations::table
        .filter(invitations::workspace_id.eq(workspace))
        .filter(invitations::invited_by.eq(account))
        .filter(invitations::expires_at.gt(act.now))
        .order(invitations::id)
        .select((invitations::id, invitations::email, invitations::role))
        .load(db)?;
    let mut addresses = Vec::new();
    for (id, address, invited_as) in sent {
        if role.is_some_and(|role| may_send(role, invited_as)) {
            continue;
        }
        diesel::delete(invitations::table.find(id)).execute(db)?;
        let event = OrganizationEvent::InvitationCancelled { invitation: id };
        activity::record(db, act, workspace, None, &Event::Organization(event))?;
        addresses.push(address);
    }
    if addresses.is_empty() {
        return Ok(());
    }
    let news = OrganizationNews::InvitationsCancelled { sender: people::username_of(db, account)?, addresses };
    people::tell_all(db, act, workspace, &[Role::Owner, Role::Admin], Some(account), &news)
}

fn may_send(role: Role, invited_as: Role) -> bool {
    ManageMembers::ALLOWED.contains(&role) && role.may_act_on(invited_as)
}
