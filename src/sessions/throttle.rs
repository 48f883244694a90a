//! How often something may be tried, counted in the directory so that every replica and every way in shares one count.
//!
//! Rule: count first, then check the password. A good sign-in does not reset the network's count.

use std::net::IpAddr;
use std::time::Duration;

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::keyring::NamedKey;
use crate::db::Db;
use crate::db::dialect::count_up;
use crate::db::schema::throttles;
use crate::kernel::time::{Timestamp, hours, minutes};
use diesel::QueryResult;

/// What is limited: its name, how many within which time.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub name: &'static str,
    pub most: i64,
    pub within: Duration,
}

/// Wrong passwords and codes for one account, from browsers it does not know.
pub const ACCOUNT: Limit = Limit { name: "account", most: 10, within: minutes(15) };
/// The same from a browser the account signed in from before, or in a session that is open.
pub const KNOWN_BROWSER: Limit = Limit { name: "browser", most: 20, within: minutes(15) };
/// Tries of one network against all accounts. Generous: offices and schools share addresses.
pub const NETWORK: Limit = Limit { name: "network", most: 100, within: minutes(15) };
/// Accounts one network may begin.
pub const SIGN_UPS: Limit = Limit { name: "sign-ups", most: 20, within: hours(1) };
/// New passwords of one network that are judged: each takes as long as its guesser needs. Generous, as above.
pub const JUDGED: Limit = Limit { name: "judged", most: 100, within: minutes(15) };
/// Mails one address can be made to receive by strangers.
pub const MAILS_TO_ADDRESS: Limit = Limit { name: "mails", most: 5, within: hours(1) };

/// The same of links for a forgotten password.
pub const RESETS_TO_ADDRESS: Limit = Limit { name: "reset-mails", most: 5, within: hours(1) };

/// Programs one network may ask to have signed in.
pub const DEVICE_REQUESTS: Limit = Limit { name: "device-requests", most: 60, within: minutes(15) };
/// Codes of such programs that one person may type before one is right.
pub const USER_CODES: Limit = Limit { name: "user-codes", most: 10, within: minutes(15) };

/// Too many tries; when the next may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries")]
pub struct TooMany {
    pub retry_after: Duration,
}

/// Counts one try. `who` is hashed with a key of its own: no address or name is stored.
pub fn count(db: &mut Db, act: &Act, limit: Limit, who: &str) -> QueryResult<Result<(), TooMany>> {
    let key = key_of(act, limit, who);
    let ends = act.now.plus(limit.within);
    let count = count_up(db, &key, 1, act.now.as_micros(), ends.as_micros())?;
    if count <= limit.most {
        return Ok(Ok(()));
    }
    let ends_at: Timestamp = throttles::table.find(&key).select(throttles::window_ends_at).first(db)?;
    Ok(Err(TooMany { retry_after: ends_at.since(act.now) }))
}

/// Takes one try back that came to nothing, if its time has not ended meanwhile.
pub fn give_back(db: &mut Db, act: &Act, limit: Limit, who: &str) -> QueryResult<()> {
    let counted = throttles::table
        .find(key_of(act, limit, who))
        .filter(throttles::window_ends_at.gt(act.now))
        .filter(throttles::count.gt(0));
    diesel::update(counted).set(throttles::count.eq(throttles::count - 1)).execute(db)?;
    Ok(())
}

/// Starts the count anew, as after a good sign-in for the account itself.
pub fn forgive(db: &mut Db, act: &Act, limit: Limit, who: &str) -> QueryResult<()> {
    diesel::delete(throttles::table.find(key_of(act, limit, who))).execute(db)?;
    Ok(())
}

/// Counts that ended, for the sweeping job.
pub fn sweep(db: &mut Db, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(throttles::table.filter(throttles::window_ends_at.le(now))).execute(db)
}

/// IPv4 by address, IPv6 by /64: one customer usually holds a whole /64.
pub fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

fn key_of(act: &Act, limit: Limit, who: &str) -> String {
    act.keyring.mac_hex(NamedKey::Throttle, &[limit.name.as_bytes(), who.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_of_ipv6_is_one_network() {
        let one = network("2001:db8:1:2:3:4:5:6".parse().ok());
        let two = network("2001:db8:1:2:ffff::1".parse().ok());
        assert_eq!(one, two);
        assert_eq!(network("::ffff:192.0.2.1".parse().ok()), "192.0.2.1");
    }
}
