//! Browsers an account signed in from before: they are not locked out by a stranger's guesses, they need no "new
//! browser" mail, and they may be trusted to skip the one-time code for a while.

use std::time::Duration;

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, Token, TokenDigest};
use crate::db::Db;
use crate::db::schema::{devices, sessions};
use crate::insert_if_new;
use crate::kernel::id::{AccountId, DeviceId};
use crate::kernel::time::{Timestamp, days};
use diesel::QueryResult;

pub const TRUST: Duration = days(30);

/// A browser's token begins with this letter, which is no region's.
pub const LETTER: char = 'b';

/// A new token for a browser. The only copy goes into its cookie.
pub fn mint(act: &Act) -> (PlainToken, TokenDigest) {
    Token::mint(&act.chance, LETTER)
}

#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = devices)]
pub struct Device {
    pub id: DeviceId,
    pub account_id: AccountId,
    pub token_digest: TokenDigest,
    pub agent: String,
    pub address: String,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub trusted_until: Option<Timestamp>,
}

impl Device {
    pub fn is_trusted(&self, now: Timestamp) -> bool {
        self.trusted_until.is_some_and(|until| until > now)
    }
}

/// The browser with this token, if the account signed in from it before.
pub fn known(db: &mut Db, account: AccountId, digest: &TokenDigest) -> QueryResult<Option<Device>> {
    devices::table
        .filter(devices::account_id.eq(account))
        .filter(devices::token_digest.eq(digest))
        .select(Device::as_select())
        .first(db)
        .optional()
}

/// Notes a sign-in from this browser. `true` in the second place when it was not known before.
pub fn seen(db: &mut Db, act: &Act, account: AccountId, digest: &TokenDigest) -> QueryResult<(DeviceId, bool)> {
    let new = Device {
        id: act.id(),
        account_id: account,
        token_digest: digest.clone(),
        agent: act.origin.agent.clone(),
        address: act.origin.address_text(),
        first_seen_at: act.now,
        last_seen_at: act.now,
        trusted_until: None,
    };
    let is_new = insert_if_new!(db, devices::table, &new)? == 1;
    if is_new {
        return Ok((new.id, true));
    }
    let of_browser = devices::table.filter(devices::account_id.eq(account)).filter(devices::token_digest.eq(digest));
    diesel::update(of_browser)
        .set((
            devices::agent.eq(&act.origin.agent),
            devices::address.eq(act.origin.address_text()),
            devices::last_seen_at.eq(act.now),
        ))
        .execute(db)?;
    Ok((of_browser.select(devices::id).first(db)?, false))
}

/// The browser goes by a new token from here on, whoever signed in from it: what could do less under the old one shall
/// not do more.
pub fn rename(db: &mut Db, old: &TokenDigest, new: &TokenDigest) -> QueryResult<usize> {
    diesel::update(devices::table.filter(devices::token_digest.eq(old))).set(devices::token_digest.eq(new)).execute(db)
}

pub fn trust(db: &mut Db, act: &Act, device: DeviceId) -> QueryResult<()> {
    diesel::update(devices::table.find(device)).set(devices::trusted_until.eq(act.now.plus(TRUST))).execute(db)?;
    Ok(())
}

/// Browsers that may skip the one-time code now.
pub fn trusted(db: &mut Db, account: AccountId, now: Timestamp) -> QueryResult<Vec<Device>> {
    devices::table
        .filter(devices::account_id.eq(account))
        .filter(devices::trusted_until.gt(now))
        .order(devices::id.desc())
        .select(Device::as_select())
        .load(db)
}

/// Takes the trust from one browser of this account; `None` when it is not the account's.
pub fn distrust(db: &mut Db, account: AccountId, device: DeviceId) -> QueryResult<Option<Device>> {
    let found: Option<Device> = devices::table
        .find(device)
        .filter(devices::account_id.eq(account))
        .select(Device::as_select())
        .first(db)
        .optional()?;
    if found.is_some() {
        diesel::update(devices::table.find(device)).set(devices::trusted_until.eq(None::<Timestamp>)).execute(db)?;
    }
    Ok(found)
}

/// Takes the trust from all of them, as after a password reset.
pub fn distrust_all(db: &mut Db, account: AccountId) -> QueryResult<usize> {
    diesel::update(devices::table.filter(devices::account_id.eq(account)))
        .set(devices::trusted_until.eq(None::<Timestamp>))
        .execute(db)
}

/// Forgets browsers that were not seen for a year.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    let old: Vec<DeviceId> = devices::table
        .filter(devices::last_seen_at.lt(now.minus(days(365))))
        .filter(diesel::dsl::not(diesel::dsl::exists(
            sessions::table.filter(sessions::device_id.eq(devices::id.nullable())),
        )))
        .select(devices::id)
        .limit(500)
        .load(db)?;
    diesel::delete(devices::table.filter(devices::id.eq_any(&old))).execute(db)
}
