//! Counts a batch of events. Whatever is retried, raced or sent twice, an event counts once.
//!
//! Four statements for a batch of any size, and one more for each workspace in it: workspaces are locked, events are
//! inserted, those that were there already are compared, sums by day, month and project are added to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::event::{Event, Refusal};
use super::month::Spent;
use super::{Kind, rank, store};
use crate::db::{Db, DbError};
use crate::kernel::id::WorkspaceId;
use crate::kernel::month::{Month, day_number};
use crate::kernel::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Counted now.
    Accepted,
    /// Counted before; nothing changed.
    Duplicate,
    Rejected(Refusal),
}

/// Source and id.
type Key<'a> = (&'a str, &'a str);

/// Counts the events of one region, inside the caller's transaction: once that is committed, what is `Accepted` is safe.
/// The outcomes are in the order of the batch. `gpu_weight` tells what a GPU second of a plan counts.
pub fn report(
    db: &mut Db,
    now: Timestamp,
    gpu_weight: impl Fn(&str) -> i64,
    batch: &[Event],
) -> Result<Vec<Outcome>, DbError> {
    let mut refused: Vec<Option<Refusal>> = batch.iter().map(|event| event.check(now).err()).collect();
    let workspaces = lock_workspaces(db, batch, &refused)?;
    for (event, refusal) in batch.iter().zip(&mut refused) {
        if refusal.is_none() && !workspaces.contains_key(&event.workspace) {
            *refusal = Some(Refusal::UnknownWorkspace);
        }
    }

    let first_of_key = first_of_each_key(batch, &refused);
    let new = insert_new(db, &first_of_key, batch, now)?;
    let stored = stored_before(db, &first_of_key, &new)?;
    add_sums(db, &new.iter().map(|&index| &batch[index]).collect::<Vec<_>>(), &workspaces, gpu_weight)?;

    let outcome = |index: usize, event: &Event| {
        let key: Key<'_> = (&event.source, &event.id);
        let counted = match (first_of_key.get(&key), stored.get(&(event.source.clone(), event.id.clone()))) {
            (Some(first), _) if *first == index && new.contains(first) => return Outcome::Accepted,
            (Some(first), _) if new.contains(first) => &batch[*first],
            (_, Some(stored)) => stored,
            // Between inserting and reading, erasing the account took the event away. It counts for nobody any more.
            _ => return Outcome::Rejected(Refusal::UnknownWorkspace),
        };
        if counted == event { Outcome::Duplicate } else { Outcome::Rejected(Refusal::Differs) }
    };
    Ok(batch
        .iter()
        .zip(&refused)
        .enumerate()
        .map(|(index, (event, refusal))| refusal.map_or_else(|| outcome(index, event), Outcome::Rejected))
        .collect())
}

fn lock_workspaces(
    db: &mut Db,
    batch: &[Event],
    refused: &[Option<Refusal>],
) -> Result<HashMap<WorkspaceId, store::Metered>, DbError> {
    let ids: BTreeSet<WorkspaceId> =
        batch.iter().zip(refused).filter(|(_, refusal)| refusal.is_none()).map(|(event, _)| event.workspace).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = store::lock_workspaces(db, &ids.into_iter().collect::<Vec<_>>())?;
    Ok(found.into_iter().map(|workspace| (workspace.id, workspace)).collect())
}

/// Where each key first occurs among what was not refused, in the order of the keys: the order in which every batch
/// inserts, so that two never wait for each other in a circle.
fn first_of_each_key<'a>(batch: &'a [Event], refused: &[Option<Refusal>]) -> BTreeMap<Key<'a>, usize> {
    let mut first = BTreeMap::new();
    for (index, event) in batch.iter().enumerate() {
        if refused[index].is_none() {
            first.entry((event.source.as_str(), event.id.as_str())).or_insert(index);
        }
    }
    first
}

fn insert_new(
    db: &mut Db,
    first_of_key: &BTreeMap<Key<'_>, usize>,
    batch: &[Event],
    now: Timestamp,
) -> Result<HashSet<usize>, DbError> {
    let candidates: Vec<&Event> = first_of_key.values().map(|&index| &batch[index]).collect();
    let new = store::insert_new(db, &candidates, now)?;
    Ok(new.iter().filter_map(|(source, id)| first_of_key.get(&(source.as_str(), id.as_str())).copied()).collect())
}

/// What the keys that were not new stand for.
fn stored_before(
    db: &mut Db,
    first_of_key: &BTreeMap<Key<'_>, usize>,
    new: &HashSet<usize>,
) -> Result<HashMap<(String, String), Event>, DbError> {
    let mut by_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (&(source, id), index) in first_of_key {
        if !new.contains(index) {
            by_source.entry(source).or_default().push(id);
        }
    }
    let mut stored = HashMap::new();
    for (source, ids) in by_source {
        let found = store::stored(db, source, &ids)?;
        stored.extend(found.into_iter().map(|event| ((event.source.clone(), event.id.clone()), event)));
    }
    Ok(stored)
}

fn add_sums(
    db: &mut Db,
    new: &[&Event],
    workspaces: &HashMap<WorkspaceId, store::Metered>,
    gpu_weight: impl Fn(&str) -> i64,
) -> Result<(), DbError> {
    let mut days: BTreeMap<(WorkspaceId, i64, Kind), i64> = BTreeMap::new();
    let mut months: BTreeMap<(WorkspaceId, i64), Spent> = BTreeMap::new();
    let mut projects: BTreeMap<(WorkspaceId, i64, &str), Spent> = BTreeMap::new();
    for event in new {
        let month = Month::of(event.ended_at).index();
        *days.entry((event.workspace, day_number(event.ended_at), event.kind)).or_default() += event.seconds;
        months.entry((event.workspace, month)).or_default().add(event.kind, event.seconds);
        if !event.project.is_empty() {
            projects.entry((event.workspace, month, &event.project)).or_default().add(event.kind, event.seconds);
        }
    }
    store::add_days(db, &days)?;
    let totals = store::add_months(db, &months)?;
    store::add_projects(db, &projects)?;
    raise_ranks(db, &totals, workspaces, gpu_weight)
}

/// A late event of an earlier month changes that month's sums, but not where the workspace stands now.
fn raise_ranks(
    db: &mut Db,
    totals: &[(WorkspaceId, i64, Spent)],
    workspaces: &HashMap<WorkspaceId, store::Metered>,
    gpu_weight: impl Fn(&str) -> i64,
) -> Result<(), DbError> {
    let mut ranks: BTreeMap<WorkspaceId, i64> = BTreeMap::new();
    for (id, month, spent) in totals {
        let (Some(workspace), Some(month)) = (workspaces.get(id), Month::from_index(*month)) else { continue };
        if month.index() >= rank::month_index(workspace.minutes_rank) {
            let next = rank::of(month, spent.counted_seconds(gpu_weight(&workspace.plan)));
            let rank = ranks.entry(*id).or_insert(next);
            *rank = next.max(*rank);
        }
    }
    for (id, rank) in ranks {
        store::set_rank(db, id, rank)?;
    }
    Ok(())
}
