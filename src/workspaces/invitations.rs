//! Invitations into an organization: bound to an address, good for 14 days, accepted once, by the invited person only.
//!
//! Rule: nobody becomes a member without accepting, whether or not the address has an account, and whoever invites
//! cannot tell which. An invitation that can be accepted holds a seat.

use std::time::Duration;

use diesel::prelude::*;

use super::WorkspaceError;
use super::creation::hold_active;
use super::members::{self as people, Seats};
use crate::access::action::ManageMembers;
use crate::access::{Permit, Role};
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, Token, TokenDigest, looks_like_token};
use crate::db::Db;
use crate::db::schema::{accounts, invitations, members, organizations, workspaces};
use crate::insert_if_new;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, InvitationId, WorkspaceId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days};
use crate::mail::{self, Letter, OrganizationNews};
use crate::regions::{Regions, directory};
use crate::sessions::account::Account;
use crate::sessions::throttle::{self, MAILS_TO_ADDRESS};
use diesel::QueryResult;

pub const LIFETIME: Duration = days(14);

/// One that can still be accepted, or ended not long ago.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    pub id: InvitationId,
    pub workspace_id: WorkspaceId,
    pub email: String,
    pub email_digest: String,
    pub role: Role,
    pub invited_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// An invitation as the invited person sees it.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub invitation: Invitation,
    /// The organization's word and what people call it.
    pub name: String,
    pub title: String,
}

/// What became of inviting one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    Yes,
    IsMember,
    NoSeat,
    /// The address had enough mails for now; inviting is no way to flood somebody.
    EnoughMails,
}

/// Does what sends this address a mail; `None` when it had enough by strangers' doing. Counted in the directory before
/// anything is written, so that many at once are no way around it, and given back when no mail went after all.
pub fn counted<T>(
    regions: &Regions,
    act: &Act,
    address: &EmailAddress,
    was_sent: impl FnOnce(&T) -> bool,
    send: impl FnOnce() -> Result<T, WorkspaceError>,
) -> Result<Option<T>, WorkspaceError> {
    let digest = directory::mailbox_digest(&act.keyring, address);
    let counted = regions.directory.write_now(|db| throttle::count(db, act, MAILS_TO_ADDRESS, &digest))?;
    if counted.is_err() {
        return Ok(None);
    }
    let done = send();
    if !done.as_ref().is_ok_and(was_sent) {
        regions.directory.write_now(|db| throttle::give_back(db, act, MAILS_TO_ADDRESS, &digest))?;
    }
    done.map(Some)
}

/// Invites an address and mails the link. An earlier invitation of the same address is replaced, its link dead.
pub fn invite(
    db: &mut Db,
    act: &Act,
    region: Region,
    permit: &Permit<ManageMembers>,
    address: &EmailAddress,
    role: Role,
    most: impl Fn(&str) -> Option<i64>,
) -> Result<Invited, WorkspaceError> {
    people::hold(db, permit.workspace)?;
    let actor = people::still(db, permit)?;
    people::may_act_on(actor, role)?;
    let digest = directory::address_digest(&act.keyring, address);
    if is_member(db, permit.workspace, &digest)? {
        return Ok(Invited::IsMember);
    }
    let seats = people::seats(db, permit.workspace, act.now, most)?;
    let earlier = of_address_in(db, permit.workspace, &digest)?;
    let holds_seat = earlier.as_ref().is_some_and(|earlier| earlier.expires_at > act.now);
    if !holds_seat && seats.is_full() {
        return Ok(Invited::NoSeat);
    }
    if let Some(earlier) = earlier {
        people::may_act_on(actor, earlier.role)?;
        diesel::delete(invitations::table.find(earlier.id)).execute(db)?;
    }
    let id: InvitationId = act.id();
    let (token, token_digest) = Token::mint(&act.chance, region.letter());
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(id),
            invitations::workspace_id.eq(permit.workspace),
            invitations::email.eq(address.as_str()),
            invitations::email_digest.eq(&digest),
            invitations::role.eq(role),
            invitations::token_digest.eq(token_digest),
            invitations::invited_by.eq(permit.actor),
            invitations::created_at.eq(act.now),
            invitations::expires_at.eq(act.now.plus(LIFETIME)),
        ))
        .execute(db)?;
    let event = OrganizationEvent::MemberInvited { invitation: id, role: role.as_str() };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Organization(event))?;
    mail_link(db, act, permit, address, role, token)?;
    Ok(Invited::Yes)
}

/// A new link for an invitation, good for another 14 days; the one before is dead. From now on it is this sender's.
/// `false` when it had ended and its seat is taken.
pub fn send_again(
    db: &mut Db,
    act: &Act,
    region: Region,
    permit: &Permit<ManageMembers>,
    id: InvitationId,
    most: impl Fn(&str) -> Option<i64>,
) -> Result<bool, WorkspaceError> {
    let (invitation, address) = manageable(db, permit, id)?;
    let seats = people::seats(db, permit.workspace, act.now, most)?;
    if invitation.expires_at <= act.now && seats.is_full() {
        return Ok(false);
    }
    let (token, token_digest) = Token::mint(&act.chance, region.letter());
    diesel::update(invitations::table.find(id))
        .set((
            invitations::token_digest.eq(token_digest),
            invitations::invited_by.eq(permit.actor),
            invitations::expires_at.eq(act.now.plus(LIFETIME)),
        ))
        .execute(db)?;
    let event = OrganizationEvent::InvitationSentAgain { invitation: id };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Organization(event))?;
    mail_link(db, act, permit, &address, invitation.role, token)?;
    Ok(true)
}

/// Takes an invitation back. Its seat is free, its link dead.
pub fn cancel(db: &mut Db, act: &Act, permit: &Permit<ManageMembers>, id: InvitationId) -> Result<(), WorkspaceError> {
    manageable(db, permit, id)?;
    diesel::delete(invitations::table.find(id)).execute(db)?;
    let event = OrganizationEvent::InvitationCancelled { invitation: id };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Organization(event))?;
    Ok(())
}

/// The organization's invitation, if whoever holds the permit may act on it.
fn manageable(
    db: &mut Db,
    permit: &Permit<ManageMembers>,
    id: InvitationId,
) -> Result<(Invitation, EmailAddress), WorkspaceError> {
    people::hold(db, permit.workspace)?;
    let actor = people::still(db, permit)?;
    let found = by_id(db, id)?.filter(|found| found.workspace_id == permit.workspace);
    let invitation = found.ok_or(WorkspaceError::NotThere)?;
    people::may_act_on(actor, invitation.role)?;
    let address = EmailAddress::parse(&invitation.email).map_err(|_| WorkspaceError::NotThere)?;
    Ok((invitation, address))
}

fn mail_link(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManageMembers>,
    to: &EmailAddress,
    role: Role,
    token: PlainToken,
) -> QueryResult<()> {
    let news = OrganizationNews::Invited {
        role: role.title().to_owned(),
        by: people::username_of(db, permit.actor)?,
        token: token.reveal(),
        expires_at: act.now.plus(LIFETIME),
    };
    let letter = Letter::Organization { name: people::name_of(db, permit.workspace)?, news };
    mail::queue(db, act, None, to, &letter).map(|_| ())
}

fn is_member(db: &mut Db, workspace: WorkspaceId, digest: &str) -> QueryResult<bool> {
    let same = members::table
        .inner_join(accounts::table)
        .filter(members::workspace_id.eq(workspace))
        .filter(accounts::email_digest.eq(digest));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

fn of_address_in(db: &mut Db, workspace: WorkspaceId, digest: &str) -> QueryResult<Option<Invitation>> {
    invitations::table
        .filter(invitations::workspace_id.eq(workspace))
        .filter(invitations::email_digest.eq(digest))
        .select(Invitation::as_select())
        .first(db)
        .optional()
}

pub fn by_id(db: &mut Db, id: InvitationId) -> QueryResult<Option<Invitation>> {
    invitations::table.find(id).select(Invitation::as_select()).first(db).optional()
}

/// Where the mail of an organization's invitation goes.
pub fn address_in(db: &mut Db, workspace: WorkspaceId, id: InvitationId) -> Result<EmailAddress, WorkspaceError> {
    let found = by_id(db, id)?.filter(|found| found.workspace_id == workspace);
    let address = found.and_then(|found| EmailAddress::parse(&found.email).ok());
    address.ok_or(WorkspaceError::NotThere)
}

/// Those of an organization, the newest first; ended ones stay a day, so that they can be sent again.
pub fn of_workspace(db: &mut Db, workspace: WorkspaceId, most: i64) -> QueryResult<Vec<Invitation>> {
    invitations::table
        .filter(invitations::workspace_id.eq(workspace))
        .order(invitations::id.desc())
        .select(Invitation::as_select())
        .limit(most)
        .load(db)
}

macro_rules! waiting {
    () => {
        invitations::table
            .inner_join(workspaces::table.inner_join(organizations::table))
            .filter(organizations::erase_at.is_null())
            .select((Invitation::as_select(), workspaces::name, organizations::title))
    };
}

fn seen((invitation, name, title): (Invitation, String, String)) -> Waiting {
    Waiting { invitation, name, title }
}

/// The invitation behind a link, if it can be accepted now.
pub fn by_token(db: &mut Db, now: Timestamp, token: &str) -> QueryResult<Option<Waiting>> {
    if !looks_like_token(token) {
        return Ok(None);
    }
    let found: Option<(Invitation, String, String)> = waiting!()
        .filter(invitations::token_digest.eq(TokenDigest::of(token)))
        .filter(invitations::expires_at.gt(now))
        .first(db)
        .optional()?;
    Ok(found.map(seen))
}

/// What waits for the answer of whoever has this address.
pub fn of_address(db: &mut Db, now: Timestamp, digest: &str) -> QueryResult<Vec<Waiting>> {
    let found: Vec<(Invitation, String, String)> = waiting!()
        .filter(invitations::email_digest.eq(digest))
        .filter(invitations::expires_at.gt(now))
        .order(invitations::id.desc())
        .load(db)?;
    Ok(found.into_iter().map(seen).collect())
}

/// What became of accepting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    Yes,
    /// The plan has fewer seats than it had when the invitation was sent.
    NoSeat,
}

/// The invited person joins. [`WorkspaceError::NotThere`] when it was used, taken back, has ended, or is another's.
pub fn accept(
    db: &mut Db,
    act: &Act,
    account: &Account,
    id: InvitationId,
    most: impl Fn(&str) -> Option<i64>,
) -> Result<Accepted, WorkspaceError> {
    hold_active(db, account.id)?;
    let found = own(db, act, account, id)?;
    let workspace = found.workspace_id;
    people::hold(db, workspace)?;
    let Seats { members, most, .. } = people::seats(db, workspace, act.now, most)?;
    if most.is_some_and(|most| members >= most) {
        return Ok(Accepted::NoSeat);
    }
    use_up(db, act, account, id)?;
    let new = (
        members::workspace_id.eq(workspace),
        members::account_id.eq(account.id),
        members::role.eq(found.role),
        members::is_away.eq(false),
        members::invited_by.eq(found.invited_by),
        members::joined_at.eq(act.now),
    );
    if insert_if_new!(db, members::table, &new)? == 0 {
        return Ok(Accepted::Yes);
    }
    let event = OrganizationEvent::MemberJoined { invitation: id, role: found.role.as_str() };
    activity::record_about(db, act, workspace, Some(account.id), account.id, &Event::Organization(event))?;
    let role = found.role.title().to_owned();
    let joined = OrganizationNews::Joined { who: account.username.to_string(), role };
    people::tell_all(db, act, workspace, &[Role::Owner], Some(account.id), &joined)?;
    Ok(Accepted::Yes)
}

/// The invited person does not want to.
pub fn decline(db: &mut Db, act: &Act, account: &Account, id: InvitationId) -> Result<(), WorkspaceError> {
    let found = own(db, act, account, id)?;
    people::hold_any(db, found.workspace_id)?;
    use_up(db, act, account, id)?;
    let event = OrganizationEvent::InvitationDeclined { invitation: id };
    activity::record(db, act, found.workspace_id, Some(account.id), &Event::Organization(event))?;
    Ok(())
}

/// The account's own, by the digest of its address.
fn own(db: &mut Db, act: &Act, account: &Account, id: InvitationId) -> Result<Invitation, WorkspaceError> {
    let found = by_id(db, id)?;
    let found = found.filter(|found| found.email_digest == account.email_digest && found.expires_at > act.now);
    found.ok_or(WorkspaceError::NotThere)
}

/// Once: of fifty at the same instant, one finds it.
fn use_up(db: &mut Db, act: &Act, account: &Account, id: InvitationId) -> Result<(), WorkspaceError> {
    let own = invitations::table
        .find(id)
        .filter(invitations::email_digest.eq(&account.email_digest))
        .filter(invitations::expires_at.gt(act.now));
    if diesel::delete(own).execute(db)? == 1 { Ok(()) } else { Err(WorkspaceError::NotThere) }
}

/// Forgets those that ended a day ago.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(invitations::table.filter(invitations::expires_at.lt(now.minus(days(1))))).execute(db)
}
