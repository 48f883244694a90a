//! Programs that ask to be signed in (RFC 8628), until somebody answers: nobody knows yet in which region that will be.
//!
//! Rule: both codes are kept as digests, and nothing here names whoever answered. The database decides who was first.

use std::time::Duration;

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::token::TokenDigest;
use crate::db::Db;
use crate::db::schema::device_requests;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, hours, minutes, seconds};
use crate::{insert_if_new, text_enum};
use diesel::QueryResult;

/// How long a program waits for its answer.
pub const LIFETIME: Duration = minutes(10);
/// Between two questions of a program, at first; each that comes too soon adds as much (RFC 8628, section 3.5).
pub const INTERVAL_SECONDS: i64 = 5;
/// Nobody is asked to wait longer than this.
const SLOWEST_SECONDS: i64 = 60;

text_enum! {
    pub enum State {
        Waiting = "waiting",
        Allowed = "allowed",
        Refused = "refused",
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = device_requests)]
pub struct DeviceRequest {
    /// Of the code that the program keeps.
    pub digest: TokenDigest,
    pub user_code_digest: String,
    /// What the program calls itself and its machine, and where it asked from: shown to whoever answers.
    pub agent: String,
    pub address: String,
    pub state: State,
    /// Of whoever allowed it.
    pub region: Option<Region>,
    pub interval_seconds: i64,
    pub polled_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whether a program's question is answered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    InTime,
    TooSoon,
}

/// `false`: another program waits with this very code for people.
pub fn add(db: &mut Db, act: &Act, digest: TokenDigest, user_code_digest: String) -> QueryResult<bool> {
    let new = DeviceRequest {
        digest,
        user_code_digest,
        agent: act.origin.agent.clone(),
        address: act.origin.address_text(),
        state: State::Waiting,
        region: None,
        interval_seconds: INTERVAL_SECONDS,
        polled_at: None,
        created_at: act.now,
        expires_at: act.now.plus(LIFETIME),
    };
    Ok(insert_if_new!(db, device_requests::table, &new)? == 1)
}

/// The one that waits with this code for people.
pub fn waiting(db: &mut Db, user_code_digest: &str, now: Timestamp) -> QueryResult<Option<DeviceRequest>> {
    device_requests::table
        .filter(device_requests::user_code_digest.eq(user_code_digest))
        .filter(device_requests::state.eq(State::Waiting))
        .filter(device_requests::expires_at.gt(now))
        .select(DeviceRequest::as_select())
        .first(db)
        .optional()
}

/// Whatever has become of it; gone an hour after it ended.
pub fn one(db: &mut Db, digest: &TokenDigest) -> QueryResult<Option<DeviceRequest>> {
    device_requests::table.find(digest.as_str()).select(DeviceRequest::as_select()).first(db).optional()
}

/// Answers it, once: in this region, or nowhere. Whether this was the answer that counts.
pub fn answer(db: &mut Db, digest: &TokenDigest, allowed_in: Option<Region>, now: Timestamp) -> QueryResult<bool> {
    let waiting = device_requests::table
        .find(digest.as_str())
        .filter(device_requests::state.eq(State::Waiting))
        .filter(device_requests::expires_at.gt(now));
    let state = if allowed_in.is_some() { State::Allowed } else { State::Refused };
    let answer = (device_requests::state.eq(state), device_requests::region.eq(allowed_in));
    Ok(diesel::update(waiting).set(answer).execute(db)? == 1)
}

/// Whether it asks again within a minute although it was told often to slow down.
pub fn is_hammering(request: &DeviceRequest, now: Timestamp) -> bool {
    let waited = request.polled_at.map_or(Duration::MAX, |at| now.since(at));
    request.interval_seconds >= SLOWEST_SECONDS && waited < seconds(SLOWEST_SECONDS.unsigned_abs())
}

/// Notes that the program asked. Of many questions at once, one is in time.
pub fn asked(db: &mut Db, request: &DeviceRequest, now: Timestamp) -> QueryResult<Turn> {
    let interval = seconds(u64::try_from(request.interval_seconds).unwrap_or(0));
    let due = device_requests::table
        .find(request.digest.as_str())
        .filter(device_requests::polled_at.is_null().or(device_requests::polled_at.le(now.minus(interval))));
    if diesel::update(due).set(device_requests::polled_at.eq(now)).execute(db)? == 1 {
        return Ok(Turn::InTime);
    }
    let slower = device_requests::interval_seconds + INTERVAL_SECONDS;
    diesel::update(device_requests::table.find(request.digest.as_str()))
        .set((device_requests::interval_seconds.eq(slower), device_requests::polled_at.eq(now)))
        .execute(db)?;
    Ok(Turn::TooSoon)
}

/// Forgets those that ended an hour ago.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let old = device_requests::table.filter(device_requests::expires_at.le(now.minus(hours(1))));
    diesel::delete(old).execute(db)
}
