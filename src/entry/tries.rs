//! Which count a try belongs to.
//!
//! Rule: a browser that the account signed in from before has a count of its own, and so has each session, so that a
//! stranger's guesses cannot lock its owner out. The network's count is nobody's to reset.

use super::EntryError;
use crate::crypto::act::Act;
use crate::crypto::token::TokenDigest;
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, SessionId};
use crate::regions::Regions;
use crate::sessions::device;
use crate::sessions::throttle::{self, ACCOUNT, KNOWN_BROWSER, Limit, NETWORK};

/// A limit and whom it is counted for.
#[derive(Clone, Debug)]
pub struct Count {
    limit: Limit,
    who: String,
}

impl Count {
    /// For an account, asked in its region.
    pub fn of(db: &mut Db, account: AccountId, browser: &TokenDigest) -> Result<Self, DbError> {
        Ok(match device::known(db, account, browser)? {
            Some(_) => Self { limit: KNOWN_BROWSER, who: format!("{account}/{browser}") },
            None => Self::of_stranger(account),
        })
    }

    /// For somebody who is signed in and proves it once more, in a browser or by a tool.
    pub fn of_session(account: AccountId, session: SessionId) -> Self {
        Self { limit: KNOWN_BROWSER, who: format!("{account}/{session}") }
    }

    /// What browsers unknown to the account share.
    pub fn of_stranger(account: AccountId) -> Self {
        Self { limit: ACCOUNT, who: account.to_string() }
    }

    /// For a name or address that nobody has: it fills up like any other.
    pub fn of_nobody(login: &str) -> Self {
        Self { limit: ACCOUNT, who: login.chars().take(300).flat_map(char::to_lowercase).collect() }
    }

    /// Counts one try. `true` when there were too many: then even the right answer is refused.
    pub async fn one_more(&self, regions: &Regions, act: &Act) -> Result<bool, DbError> {
        let (count, act) = (self.clone(), act.clone());
        let counted = move |db: &mut Db| throttle::count(db, &act, count.limit, &count.who);
        Ok(regions.directory.write(counted).await?.is_err())
    }

    /// The same in one go for a second one, unless it is this very count. Whether each had too many.
    pub async fn one_more_of_both(
        &self,
        regions: &Regions,
        act: &Act,
        other: Option<Self>,
    ) -> Result<(bool, bool), DbError> {
        let (count, act) = (self.clone(), act.clone());
        let counted = move |db: &mut Db| {
            let is_over = throttle::count(db, &act, count.limit, &count.who)?.is_err();
            match other.as_ref().filter(|other| other.who != count.who) {
                Some(other) => Ok((is_over, throttle::count(db, &act, other.limit, &other.who)?.is_err())),
                None => Ok((is_over, is_over)),
            }
        };
        regions.directory.write::<_, DbError>(counted).await
    }

    /// Begins anew after a sign-in that went all the way.
    pub async fn forgive(&self, regions: &Regions, act: &Act) -> Result<(), DbError> {
        let (count, act) = (self.clone(), act.clone());
        regions.directory.write(move |db| throttle::forgive(db, &act, count.limit, &count.who)).await
    }
}

/// Counts one try of this network, against whatever account.
pub async fn of_network(regions: &Regions, act: &Act, limit: Limit) -> Result<(), EntryError> {
    let act = act.clone();
    let network = throttle::network(act.origin.address);
    let counted = move |db: &mut Db| throttle::count(db, &act, limit, &network);
    Ok(regions.directory.write(counted).await??)
}

/// The usual one: tries at passwords and codes.
pub async fn from_network(regions: &Regions, act: &Act) -> Result<(), EntryError> {
    of_network(regions, act, NETWORK).await
}
