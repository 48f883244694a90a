//! Sessions: opened by signing in, named by a token whose digest is stored, ended by deleting the row.
//!
//! Rule: nobody but [`live`] says who is signed in, or [`named`] with [`Session::is_live`], from the rows alone.

use std::time::Duration;

use diesel::prelude::*;

use super::account::{Account, Status};
use super::approval;
use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, Token, TokenDigest};
use crate::db::schema::{accounts, sessions, shown_once};
use crate::db::{Db, change_in_parts};
use crate::kernel::id::{AccountId, DeviceId, SessionId};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days, hours, minutes};
use crate::{on_each, text_enum};
use diesel::QueryResult;

/// Absolute, whatever is done meanwhile (ASVS V7.3.2).
pub const LIFETIME: Duration = hours(12);
pub const REMEMBERED_LIFETIME: Duration = days(30);
/// How long a confirmed identity opens what changes a credential.
pub const STEP_UP: Duration = minutes(10);
/// How long the administration may lie idle before it asks again.
pub const ADMINISTRATION_IDLE: Duration = hours(1);

text_enum! {
    /// What a session opens: nothing of what another kind does.
    pub enum SessionKind {
        /// Pages.
        Browser = "browser",
        /// The studio dialect.
        Tool = "tool",
        /// The environment call, for a program that was allowed with a code.
        Program = "program",
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub id: SessionId,
    pub account_id: AccountId,
    pub kind: SessionKind,
    pub device_id: Option<DeviceId>,
    pub agent: String,
    pub address: String,
    /// JSON: what the browser is to be told next. Nothing that anything is decided by.
    pub state: String,
    pub is_remembered: bool,
    pub has_second_factor: bool,
    /// When the person last proved to be the owner.
    pub confirmed_at: Timestamp,
    /// When an administrator last used the administration in this session.
    pub administered_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Session {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at > now
    }

    /// Within ten minutes of a sign-in or step-up of this account. Where there is a second factor it must have been given:
    /// what may skip it to sign in may not turn it off.
    pub fn is_confirmed(&self, account: &Account, now: Timestamp) -> bool {
        let has_factor = self.has_second_factor || !account.has_mfa;
        has_factor && now.since(self.confirmed_at) < STEP_UP
    }
}

/// What is decided before a session opens.
pub struct NewSession {
    pub account: AccountId,
    pub kind: SessionKind,
    pub device: Option<DeviceId>,
    pub is_remembered: bool,
    pub has_second_factor: bool,
}

#[derive(Insertable)]
#[diesel(table_name = sessions)]
struct NewRow<'a> {
    id: SessionId,
    account_id: AccountId,
    token_digest: TokenDigest,
    kind: SessionKind,
    device_id: Option<DeviceId>,
    agent: &'a str,
    address: String,
    state: &'a str,
    is_remembered: bool,
    has_second_factor: bool,
    confirmed_at: Timestamp,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
}

/// Opens a session and hands out the only copy of its token.
pub fn open(db: &mut Db, act: &Act, region: Region, new: &NewSession) -> QueryResult<(SessionId, PlainToken)> {
    let (token, token_digest) = Token::mint(&act.chance, region.letter());
    let id = act.id();
    let lifetime = if new.is_remembered { REMEMBERED_LIFETIME } else { LIFETIME };
    diesel::insert_into(sessions::table)
        .values(&NewRow {
            id,
            account_id: new.account,
            token_digest,
            kind: new.kind,
            device_id: new.device,
            agent: &act.origin.agent,
            address: act.origin.address_text(),
            state: "{}",
            is_remembered: new.is_remembered,
            has_second_factor: new.has_second_factor,
            confirmed_at: act.now,
            created_at: act.now,
            last_seen_at: act.now,
            expires_at: act.now.plus(lifetime),
        })
        .execute(db)?;
    Ok((id, token))
}

/// The session a token names and the account behind it, if both may be used now. One query.
pub fn live(db: &mut Db, digest: &TokenDigest, now: Timestamp) -> QueryResult<Option<(Session, Account)>> {
    Ok(named(db, digest)?.filter(|(session, _)| session.is_live(now)))
}

/// The same at any time: whether it [has ended](Session::is_live) is still to be asked.
pub fn named(db: &mut Db, digest: &TokenDigest) -> QueryResult<Option<(Session, Account)>> {
    on_each!(db, |c| sessions::table
        .inner_join(accounts::table)
        .filter(sessions::token_digest.eq(digest))
        .filter(accounts::status.eq(Status::Active))
        .select((Session::as_select(), Account::as_select()))
        .first(c))
    .optional()
}

/// The account's sessions that still count, the most recently used first.
pub fn of_account(db: &mut Db, account: AccountId, now: Timestamp) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::expires_at.gt(now))
        .order((sessions::last_seen_at.desc(), sessions::id.desc()))
        .select(Session::as_select())
        .load(db)
}

/// Gives the session a new token at a change of privilege (ASVS V7.2.4). The old one is dead at once.
pub fn renew(db: &mut Db, act: &Act, region: Region, session: SessionId) -> QueryResult<PlainToken> {
    let (token, digest) = Token::mint(&act.chance, region.letter());
    diesel::update(sessions::table.find(session)).set(sessions::token_digest.eq(digest)).execute(db)?;
    Ok(token)
}

/// The person proved to be the owner just now.
pub fn confirm(db: &mut Db, act: &Act, session: SessionId, has_second_factor: bool) -> QueryResult<()> {
    diesel::update(sessions::table.find(session))
        .set((sessions::confirmed_at.eq(act.now), sessions::has_second_factor.eq(has_second_factor)))
        .execute(db)?;
    Ok(())
}

/// Nobody proved anything in this session itself: what asks for that asks at once.
pub fn unconfirm(db: &mut Db, act: &Act, session: SessionId) -> QueryResult<()> {
    let before = act.now.minus(STEP_UP);
    diesel::update(sessions::table.find(session)).set(sessions::confirmed_at.eq(before)).execute(db)?;
    Ok(())
}

/// There is no second factor any more that this session could have been opened with.
pub fn forget_factor(db: &mut Db, session: SessionId) -> QueryResult<()> {
    diesel::update(sessions::table.find(session)).set(sessions::has_second_factor.eq(false)).execute(db)?;
    Ok(())
}

/// The administration was opened, or used again.
pub fn administered(db: &mut Db, session: SessionId, at: Timestamp) -> QueryResult<()> {
    diesel::update(sessions::table.find(session)).set(sessions::administered_at.eq(at)).execute(db)?;
    Ok(())
}

/// Ends one session of this account; `None` when it is not the account's, or was ended before.
pub fn end(db: &mut Db, account: AccountId, session: SessionId) -> QueryResult<Option<Session>> {
    let found =
        sessions::table.find(session).filter(sessions::account_id.eq(account)).select(Session::as_select()).first(db);
    let found = found.optional()?;
    if found.is_some() {
        // What it allowed to sign in goes with it.
        approval::withdraw_all(db, account)?;
        diesel::delete(shown_once::table.find(session)).execute(db)?;
        diesel::delete(sessions::table.find(session)).execute(db)?;
    }
    Ok(found)
}

pub fn is_there(db: &mut Db, account: AccountId, session: SessionId) -> QueryResult<bool> {
    let found = sessions::table.find(session).filter(sessions::account_id.eq(account));
    Ok(found.count().get_result::<i64>(db)? == 1)
}

/// Ends every session of the account but `keep`; how many that were.
pub fn end_others(db: &mut Db, account: AccountId, keep: Option<SessionId>) -> QueryResult<usize> {
    // What was allowed to become one does not. First, so that none becomes one after the others were counted.
    approval::withdraw_all(db, account)?;
    let ids: Vec<SessionId> = sessions::table.filter(sessions::account_id.eq(account)).select(sessions::id).load(db)?;
    let ids: Vec<SessionId> = ids.into_iter().filter(|id| Some(*id) != keep).collect();
    change_in_parts(&ids, |part| {
        diesel::delete(shown_once::table.filter(shown_once::session_id.eq_any(part))).execute(db)?;
        diesel::delete(sessions::table.filter(sessions::id.eq_any(part))).execute(db)
    })
}

/// Keeps what the browser is to be told next; whether the session is remembered. `None` when it is gone: it is not
/// revived.
pub fn keep_state(db: &mut Db, digest: &TokenDigest, state: &str) -> QueryResult<Option<bool>> {
    let of_browser = sessions::table.filter(sessions::token_digest.eq(digest));
    diesel::update(of_browser).set(sessions::state.eq(state)).execute(db)?;
    of_browser.select(sessions::is_remembered).first(db).optional()
}

/// Accounts that have sessions, in the order of their ids, those after `after`.
pub fn holders(db: &mut Db, after: Option<AccountId>, most: i64) -> QueryResult<Vec<AccountId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    sessions::table
        .select(sessions::account_id)
        .filter(sessions::account_id.gt(after))
        .distinct()
        .order(sessions::account_id)
        .limit(most)
        .load(db)
}

/// Removes sessions that ended by time, a few at once; how many were removed.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let over: Vec<SessionId> =
        sessions::table.filter(sessions::expires_at.le(now)).select(sessions::id).limit(500).load(db)?;
    diesel::delete(shown_once::table.filter(shown_once::session_id.eq_any(&over))).execute(db)?;
    diesel::delete(sessions::table.filter(sessions::id.eq_any(&over))).execute(db)
}
