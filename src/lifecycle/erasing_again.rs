//! What a restored backup brought back is erased again, as the log of erasures says.
//!
//! Rule: organizations first, then people. Nobody is told a second time; only who becomes the Owner of what a person
//! owned alone, because whoever followed them is not in the backup, hears of it. Safe to run any number of times.

use std::collections::BTreeMap;

use super::consequences::CountError;
use super::erasing::{self, Tombstone};
use super::erasures::{self, Erased, Erasure};
use super::{LifecycleError, closing, departures, held, organizations, steps};
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::schema::tombstones;
use crate::db::{Db, DbError, Store};
use crate::files::Files;
use crate::insert_if_new;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::regions::{Regions, directory};
use crate::workspaces::workspace;

/// How many were there again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    pub accounts: usize,
    pub organizations: usize,
    /// Of those, by their names, the ones that the log does not name: nobody could follow their erased Owner.
    pub ended: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    #[error("{0}")]
    Lifecycle(#[from] LifecycleError),
    #[error("{0}")]
    Outside(#[from] CountError),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

/// Erases what of `log` is there, in every region served here.
pub fn erase_again(regions: &Regions, files: &Files, act: &Act, log: &[Erasure]) -> Result<Again, AgainError> {
    let mut again = Again::default();
    for (region, store) in regions.served() {
        let of_region = |kind| log.iter().filter(move |one| one.region == region && one.kind == kind);
        for one in of_region(Erased::Organization) {
            let Ok(id) = one.id.parse() else { continue };
            if is_settled(regions, store, id)? {
                continue;
            }
            if organization(regions, files, act, (region, store), id, one.at)? {
                again.organizations += 1;
            }
        }
        for one in of_region(Erased::Account) {
            let Ok(id) = one.id.parse::<AccountId>() else { continue };
            if is_settled(regions, store, id.personal_workspace())? {
                continue;
            }
            for ended in ending(store, id)? {
                let name = store.read_now(|db| workspace::by_id(db, ended))?.map(|ended| ended.name);
                organization(regions, files, act, (region, store), ended, one.at)?;
                again.organizations += 1;
                again.ended.extend(name);
            }
            let is_there = store.write_now(|db| account_here(db, act, id, one.at))?;
            // The directory may know it when the region does not: it was copied later.
            erasing::erase_outside(regions, files, region, &as_of(act, one.at), id)?;
            again.accounts += usize::from(is_there);
        }
    }
    Ok(again)
}

/// Whether there is nothing to do: the log is long, and most of it was so when the backup was made.
fn is_settled(regions: &Regions, store: &Store, id: WorkspaceId) -> Result<bool, DbError> {
    let is_gone =
        |db: &mut Db| Ok::<_, DbError>(erasures::is_noted(db, id.as_str())? && workspace::by_id(db, id)?.is_none());
    Ok(store.read_now(is_gone)? && regions.directory.read_now(|db| directory::entries(db, id.as_person()))? == 0)
}

/// Names are held from the day of the erasure.
fn as_of(act: &Act, at: Timestamp) -> Act {
    Act { now: at, ..act.clone() }
}

fn organization(
    regions: &Regions,
    files: &Files,
    act: &Act,
    (region, store): (Region, &Store),
    id: WorkspaceId,
    at: Timestamp,
) -> Result<bool, AgainError> {
    let is_there = store.write_now(|db| {
        erasures::note(db, id.as_str(), Erased::Organization, at)?;
        if workspace::by_id(db, id)?.is_none() {
            return Ok::<_, DbError>(false);
        }
        let gone = steps::erase_organization(db, act, id)?;
        let event = OrganizationEvent::Erased { organization: id, counts: counts(&gone).into_iter().collect() };
        activity::record_instance(db, act, None, None, &Event::Organization(event))?;
        Ok(true)
    })?;
    organizations::erase_outside(regions, files, region, &as_of(act, at), id)?;
    Ok(is_there)
}

/// Organizations that cannot outlive the account: closing with it, or with nobody to follow.
fn ending(store: &Store, id: AccountId) -> Result<Vec<WorkspaceId>, DbError> {
    store.read_now(|db| {
        let mut ending = departures::ending_with(db, id)?;
        let orphans = departures::orphans(db, id)?;
        ending.extend(orphans.iter().filter(|orphan| orphan.heirs.is_empty()).map(|orphan| orphan.id));
        Ok(ending)
    })
}

/// The part in the region's database.
fn account_here(db: &mut Db, act: &Act, id: AccountId, at: Timestamp) -> Result<bool, LifecycleError> {
    erasures::note(db, id.as_str(), Erased::Account, at)?;
    let account = match held(db, id) {
        Ok(account) => account,
        Err(LifecycleError::NotThere) => return Ok(false),
        Err(error) => return Err(error),
    };
    for orphan in departures::orphans(db, id)? {
        if let Some((heir, ..)) = orphan.heirs.first() {
            departures::hand_over(db, act, orphan.id, *heir)?;
        }
    }
    let closed_at = closing::of_account(db, id)?.map_or(at, |closure| closure.requested_at);
    let counts = counts(&steps::erase_all(db, act, id)?);
    let tombstone = Tombstone {
        account_id: id,
        account_created_at: account.created_at,
        closed_at,
        erased_at: at,
        counts: serde_json::to_string(&counts).map_err(|error| DbError::SerializationError(Box::new(error)))?,
    };
    insert_if_new!(db, tombstones::table, &tombstone)?;
    activity::record_instance(db, act, None, Some(id), &Event::AccountErased { counts: counts.into_iter().collect() })?;
    Ok(true)
}

fn counts(gone: &[(&'static steps::Step, i64)]) -> BTreeMap<String, i64> {
    gone.iter().map(|(step, count)| (step.name.to_owned(), *count)).collect()
}
