//! Proves that no event was edited, removed, moved or cut off.

use std::fmt;

use diesel::prelude::*;

use super::chain::{Chain, Head, Row, head, personal_digest};
use crate::crypto::keyring::Keyring;
use crate::db::Db;
use crate::db::schema::{activity_events, activity_heads};

const PAGE: i64 = 500;
/// How often a chain that changes while it is read is read again.
const LOOKS: usize = 5;

/// What is wrong with a chain, and from where on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub chain: String,
    /// The first event that is not as it was recorded.
    pub sequence: i64,
    pub trouble: Trouble,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An event that should be here is not.
    Missing,
    /// An event, or its place, is not what its link says.
    Changed,
    /// The personal part is neither what was recorded nor erased whole.
    PersonalChanged,
    /// Events after the end that the head names.
    BeyondHead,
    /// There are events but no head.
    NoHead,
    /// The head names another last link, or was not written by this program.
    HeadForged,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.trouble {
            Trouble::Missing => "is missing",
            Trouble::Changed => "was changed or moved",
            Trouble::PersonalChanged => "had its personal part changed",
            Trouble::BeyondHead => "stands after the chain's end",
            Trouble::NoHead => "has no chain's end after it",
            Trouble::HeadForged => "is not the end that was recorded",
        };
        write!(f, "activity of {}: event {} {what}", self.chain, self.sequence)
    }
}

/// Checks one chain; nothing when it is whole. Reads in pages, so it takes the same memory for a million events.
pub fn verify(db: &mut Db, keyring: &Keyring, chain: &Chain) -> QueryResult<Option<Broken>> {
    verify_named(db, keyring, chain.as_str())
}

/// Checks every chain of this region. Returns how many there are, and what is wrong with those that are not whole.
pub fn verify_all(db: &mut Db, keyring: &Keyring) -> QueryResult<(usize, Vec<Broken>)> {
    let mut broken = Vec::new();
    let (mut count, mut after) = (0, String::new());
    loop {
        let chains: Vec<String> = activity_heads::table
            .filter(activity_heads::workspace_id.gt(&after))
            .order(activity_heads::workspace_id)
            .select(activity_heads::workspace_id)
            .limit(PAGE)
            .load(db)?;
        let Some(last) = chains.last() else { break };
        after.clone_from(last);
        for chain in &chains {
            count += 1;
            broken.extend(verify_named(db, keyring, chain)?);
        }
    }
    for (chain, sequence) in headless(db)? {
        count += 1;
        broken.push(Broken { chain, sequence, trouble: Trouble::NoHead });
    }
    Ok((count, broken))
}

/// A chain may grow, or go with its owner, while it is read. Then what looked broken is looked at again.
fn verify_named(db: &mut Db, keyring: &Keyring, chain: &str) -> QueryResult<Option<Broken>> {
    let mut found = None;
    for _ in 0..LOOKS {
        let before = head(db, chain)?;
        found = walk(db, keyring, chain, before.as_ref())?;
        if found.is_none() || head(db, chain)? == before {
            break;
        }
    }
    Ok(found)
}

fn walk(db: &mut Db, keyring: &Keyring, chain: &str, head: Option<&Head>) -> QueryResult<Option<Broken>> {
    let broken = |sequence, trouble| Ok(Some(Broken { chain: chain.to_owned(), sequence, trouble }));
    let (mut last, mut link) = (0, String::new());
    loop {
        let page: Vec<Row> = activity_events::table
            .filter(activity_events::workspace_id.eq(chain))
            .filter(activity_events::sequence.gt(last))
            .order(activity_events::sequence)
            .select(Row::as_select())
            .limit(PAGE)
            .load(db)?;
        if page.is_empty() {
            break;
        }
        for row in page {
            if head.is_some_and(|head| row.sequence > head.sequence) {
                return broken(row.sequence, Trouble::BeyondHead);
            }
            if row.sequence != last + 1 {
                return broken(last + 1, Trouble::Missing);
            }
            if row.link != row.link_after(&link) {
                return broken(row.sequence, Trouble::Changed);
            }
            let is_as_recorded = match (&row.salt, &row.personal) {
                (Some(salt), Some(personal)) => personal_digest(salt, personal) == row.personal_digest,
                (None, None) => true,
                _ => false,
            };
            if !is_as_recorded {
                return broken(row.sequence, Trouble::PersonalChanged);
            }
            last = row.sequence;
            link = row.link;
        }
    }
    match head {
        None if last == 0 => Ok(None),
        None => broken(last, Trouble::NoHead),
        Some(head) if last < head.sequence => broken(last + 1, Trouble::Missing),
        Some(head) if head.link != link || !head.is_authentic(keyring) => broken(last, Trouble::HeadForged),
        Some(_) => Ok(None),
    }
}

/// Chains that have events but no head, each with its last event.
fn headless(db: &mut Db) -> QueryResult<Vec<(String, i64)>> {
    let heads = activity_heads::table.filter(activity_heads::workspace_id.eq(activity_events::workspace_id));
    activity_events::table
        .filter(diesel::dsl::not(diesel::dsl::exists(heads)))
        .group_by(activity_events::workspace_id)
        .select((activity_events::workspace_id, diesel::dsl::max(activity_events::sequence).assume_not_null()))
        .order(activity_events::workspace_id)
        .limit(PAGE)
        .load(db)
}
