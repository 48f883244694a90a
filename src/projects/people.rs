//! Whom to tell when a key of a workspace changes, and what to call whoever made one.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::access::Role;
use crate::crypto::act::Act;
use crate::db::schema::{accounts, members};
use crate::db::{Db, in_parts};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::mail::{self, Letter};
use crate::workspaces::membership;
use diesel::QueryResult;

/// The names of these accounts, as far as they are still there.
pub fn names(db: &mut Db, of: impl IntoIterator<Item = AccountId>) -> QueryResult<HashMap<AccountId, String>> {
    let ids: Vec<AccountId> = of.into_iter().collect();
    let found: Vec<(AccountId, String)> = in_parts(&ids, |part| {
        accounts::table.filter(accounts::id.eq_any(part)).select((accounts::id, accounts::name)).load(db)
    })?;
    Ok(found.into_iter().collect())
}

/// Queues a mail to whoever did it and to the workspace's Owners; once to each.
pub fn tell_owners(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    actor: Option<AccountId>,
    letter: &Letter,
) -> QueryResult<()> {
    let mut all = in_charge(db, workspace, &[Role::Owner])?;
    all.extend(actor);
    tell(db, act, all, letter)
}

/// The same for what happens by itself, long after: whoever made it is told only while they still belong there.
pub fn remind_owners(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    maker: Option<AccountId>,
    letter: &Letter,
) -> QueryResult<()> {
    let maker = match maker {
        Some(account) => membership::role_of(db, workspace, account)?.map(|_| account),
        None => None,
    };
    // Of their own workspace nobody is a member; as its Owner they are told all the same.
    tell_owners(db, act, workspace, maker, letter)
}

/// Queues a mail to the workspace's Owners and Admins.
pub fn tell_admins(db: &mut Db, act: &Act, workspace: WorkspaceId, letter: &Letter) -> QueryResult<()> {
    let all = in_charge(db, workspace, &[Role::Owner, Role::Admin])?;
    tell(db, act, all, letter)
}

fn in_charge(db: &mut Db, workspace: WorkspaceId, roles: &[Role]) -> QueryResult<Vec<AccountId>> {
    let mut all: Vec<AccountId> = members::table
        .filter(members::workspace_id.eq(workspace))
        .filter(members::role.eq_any(roles))
        .filter(members::is_away.eq(false))
        .select(members::account_id)
        .load(db)?;
    // In a personal workspace nobody is a member; its owner bears its id.
    all.push(workspace.as_person());
    Ok(all)
}

pub(super) fn tell(db: &mut Db, act: &Act, mut all: Vec<AccountId>, letter: &Letter) -> QueryResult<()> {
    all.sort_unstable();
    all.dedup();
    let reachable: Vec<(AccountId, String)> = in_parts(&all, |part| {
        accounts::table
            .filter(accounts::id.eq_any(part))
            .filter(accounts::status.eq("active"))
            .order(accounts::id)
            .select((accounts::id, accounts::email))
            .load(db)
    })?;
    for (account, email) in reachable {
        // What was stored was parsed when it came in.
        if let Ok(address) = EmailAddress::parse(&email) {
            mail::queue(db, act, Some(account), &address, letter)?;
        }
    }
    Ok(())
}
