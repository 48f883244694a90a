//! Changing who is in an organization, and as what.
//!
//! Rule: every change takes hold of the organization first and reads the actor's role once more under it, so that two
//! people who demote each other come one after the other. The database refuses what would leave no Owner. What hangs on
//! a role is looked after in the same transaction, by whoever calls: `lifecycle::members` does, for pages and programs.

use diesel::prelude::*;

use super::workspace::Organization;
use super::{WorkspaceError, membership};
use crate::access::action::{Action, ManageMembers, ManageOwners};
use crate::access::{Membership, NotAllowed, Permit, Role};
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{accounts, members, organizations, workspaces};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use crate::load_to_change;
use crate::mail::{Letter, OrganizationNews};
use crate::sessions::account::{self, Status};
use crate::sessions::credential;
use diesel::QueryResult;

/// Mails to the people of an organization stop here; a hundred Owners are a mistake of their own.
const MOST_TOLD: i64 = 50;

/// What hangs on a role: told whose it is and what it became, `None` when they went. This room cannot see it.
pub type Hanging<'a> = &'a dyn Fn(&mut Db, WorkspaceId, AccountId, Option<Role>) -> QueryResult<()>;

/// The organization, kept from changing until this transaction ends. One that is closing or suspended changes no more.
pub fn hold(db: &mut Db, workspace: WorkspaceId) -> Result<Organization, WorkspaceError> {
    let organization = hold_any(db, workspace)?;
    if organization.is_closing() || organization.is_suspended() {
        Err(WorkspaceError::NotThere)
    } else {
        Ok(organization)
    }
}

/// The same also when it is closing.
pub fn hold_any(db: &mut Db, workspace: WorkspaceId) -> Result<Organization, WorkspaceError> {
    let own = organizations::table.filter(organizations::workspace_id.eq(workspace));
    let rows: Vec<Organization> = load_to_change!(db, own.select(Organization::as_select()))?;
    rows.into_iter().next().ok_or(WorkspaceError::NotThere)
}

/// The permit's holder as they are now. A permit is as old as the request that asked for it.
pub(super) fn still<A: Action>(db: &mut Db, permit: &Permit<A>) -> Result<Role, WorkspaceError> {
    let role = membership::role_of(db, permit.workspace, permit.actor)?;
    role.filter(|role| A::ALLOWED.contains(role)).ok_or(NotAllowed(A::WORDS).into())
}

/// Nobody acts on a peer or a superior, Owners excepted.
pub(super) fn may_act_on(actor: Role, other: Role) -> Result<(), WorkspaceError> {
    if actor.may_act_on(other) { Ok(()) } else { Err(NotAllowed(ManageOwners::WORDS).into()) }
}

/// Gives a member another role. `false` when it is theirs already.
pub fn change_role(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageMembers>,
    member: AccountId,
    to: Role,
    hanging: Hanging<'_>,
) -> Result<bool, WorkspaceError> {
    hold(db, permit.workspace)?;
    let actor = still(db, permit)?;
    let from = membership::role_of(db, permit.workspace, member)?.ok_or(WorkspaceError::NotThere)?;
    may_act_on(actor, from)?;
    may_act_on(actor, to)?;
    if from == to {
        return Ok(false);
    }
    set_role(db, act, permit.workspace, permit.actor, member, from, to)?;
    hanging(db, permit.workspace, member, Some(to))?;
    Ok(true)
}

fn set_role(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    actor: AccountId,
    member: AccountId,
    from: Role,
    to: Role,
) -> Result<(), WorkspaceError> {
    diesel::update(members::table.find((workspace, member))).set(members::role.eq(to)).execute(db)?;
    let event = OrganizationEvent::RoleChanged { from: from.as_str(), to: to.as_str() };
    activity::record_about(db, act, workspace, Some(actor), member, &Event::Organization(event))?;
    if actor != member {
        let by = username_of(db, actor)?;
        let (from, to) = (from.title().to_owned(), to.title().to_owned());
        tell(db, act, workspace, member, OrganizationNews::RoleChanged { from, to, by })?;
    }
    Ok(())
}

/// Hands the organization over: the member becomes an Owner, whoever hands over an Admin.
pub fn transfer(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageOwners>,
    member: AccountId,
    hanging: Hanging<'_>,
) -> Result<(), WorkspaceError> {
    hold(db, permit.workspace)?;
    still(db, permit)?;
    let from = membership::role_of(db, permit.workspace, member)?.ok_or(WorkspaceError::NotThere)?;
    if member == permit.actor {
        return Err(WorkspaceError::LastOwner);
    }
    if from != Role::Owner {
        set_role(db, act, permit.workspace, permit.actor, member, from, Role::Owner)?;
    }
    set_role(db, act, permit.workspace, permit.actor, permit.actor, Role::Owner, Role::Admin)?;
    Ok(hanging(db, permit.workspace, permit.actor, Some(Role::Admin))?)
}

/// Removes a member, here or away. Nobody removes themselves; they leave.
pub fn remove(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageMembers>,
    member: AccountId,
    hanging: Hanging<'_>,
) -> Result<(), WorkspaceError> {
    hold(db, permit.workspace)?;
    let actor = still(db, permit)?;
    let row = members::table.find((permit.workspace, member));
    let role: Option<Role> = row.select(members::role).first(db).optional()?;
    let role = role.filter(|_| member != permit.actor).ok_or(WorkspaceError::NotThere)?;
    may_act_on(actor, role)?;
    diesel::delete(row).execute(db)?;
    let event = OrganizationEvent::MemberRemoved { role: role.as_str() };
    activity::record_about(db, act, permit.workspace, Some(permit.actor), member, &Event::Organization(event))?;
    let by = username_of(db, permit.actor)?;
    tell(db, act, permit.workspace, member, OrganizationNews::Removed { by })?;
    Ok(hanging(db, permit.workspace, member, None)?)
}

/// Whoever wants to go goes, unless they are the last Owner.
pub fn leave(db: &mut Db, act: &Act, who: &Membership, hanging: Hanging<'_>) -> Result<(), WorkspaceError> {
    hold(db, who.workspace)?;
    let role = membership::role_of(db, who.workspace, who.account)?.ok_or(WorkspaceError::NotThere)?;
    diesel::delete(members::table.find((who.workspace, who.account))).execute(db)?;
    let event = OrganizationEvent::MemberLeft { role: role.as_str() };
    activity::record_about(db, act, who.workspace, Some(who.account), who.account, &Event::Organization(event))?;
    let left = OrganizationNews::Left { who: username_of(db, who.account)? };
    tell_all(db, act, who.workspace, &[Role::Owner], None, &left)?;
    Ok(hanging(db, who.workspace, who.account, None)?)
}

/// The words an organization and an account are addressed by.
pub fn name_of(db: &mut Db, workspace: WorkspaceId) -> QueryResult<String> {
    workspaces::table.find(workspace).select(workspaces::name).first(db)
}

pub fn username_of(db: &mut Db, account: AccountId) -> QueryResult<String> {
    accounts::table.find(account).select(accounts::username).first(db)
}

/// Writes to one person about an organization. Nobody is told whose account is closing or suspended.
pub fn tell(db: &mut Db, act: &Act, workspace: WorkspaceId, to: AccountId, news: OrganizationNews) -> QueryResult<()> {
    let Some(account) = account::by_id(db, to)?.filter(|account| account.status == Status::Active) else {
        return Ok(());
    };
    let letter = Letter::Organization { name: name_of(db, workspace)?, news };
    credential::tell(db, act, &account, &letter)
}

/// Writes to everybody with one of these roles, but for one.
pub fn tell_all(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    roles: &[Role],
    but: Option<AccountId>,
    news: &OrganizationNews,
) -> QueryResult<()> {
    let told: Vec<AccountId> = members::table
        .filter(members::workspace_id.eq(workspace))
        .filter(members::role.eq_any(roles))
        .filter(members::is_away.eq(false))
        .order((members::joined_at, members::account_id))
        .select(members::account_id)
        .limit(MOST_TOLD)
        .load(db)?;
    for one in told.into_iter().filter(|one| Some(*one) != but) {
        tell(db, act, workspace, one, news.clone())?;
    }
    Ok(())
}

/// Members beyond so many are counted only where a plan has more seats.
const COUNTED: i64 = 1_000;

/// How many seats are taken: by members, those who may come back too, and by invitations that can be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Never fewer than `most` where there are as many.
    pub members: i64,
    /// There are more members than were counted.
    pub is_more: bool,
    pub invitations: i64,
    /// `None`: as many as one likes.
    pub most: Option<i64>,
}

impl Seats {
    pub fn taken(self) -> i64 {
        self.members + self.invitations
    }

    pub fn is_full(self) -> bool {
        self.most.is_some_and(|most| self.taken() >= most)
    }
}

/// Counts them, as far as anybody wants to know. `most` knows how many a plan has.
pub fn seats(
    db: &mut Db,
    workspace: WorkspaceId,
    now: Timestamp,
    most: impl Fn(&str) -> Option<i64>,
) -> QueryResult<Seats> {
    use crate::db::schema::invitations;
    let plan: String = workspaces::table.find(workspace).select(workspaces::plan).first(db)?;
    let most = most(&plan);
    let enough = most.unwrap_or(0).max(COUNTED);
    let own = members::table.filter(members::workspace_id.eq(workspace));
    let beyond = own.order(members::account_id).offset(enough).limit(1).select(members::account_id);
    let is_more = beyond.load::<AccountId>(db)?.pop().is_some();
    let members = if is_more { enough } else { own.count().get_result(db)? };
    let invitations = invitations::table
        .filter(invitations::workspace_id.eq(workspace))
        .filter(invitations::expires_at.gt(now))
        .count()
        .get_result(db)?;
    Ok(Seats { members, is_more, invitations, most })
}
