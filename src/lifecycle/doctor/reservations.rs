//! From the directory back to a region: nothing is held there for an account that is not.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use super::{DoctorError, Notes, PAGE, Patient, UNDER_WAY};
use crate::accounts::creation::{self, Removed};
use crate::db::schema::{accounts, addresses, names, tombstones};
use crate::db::{Db, Store};
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::lifecycle::erasing;
use crate::regions::directory::{self, AddressRow, Hold, NameKind, NameRow};
use crate::sessions::account::Status;

/// What the directory says of one owner.
struct Entry {
    state: Hold,
    held_until: Option<Timestamp>,
    created_at: Timestamp,
    name: Option<String>,
    digest: Option<String>,
}

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    let directory = &patient.regions.directory;
    let mut after = String::new();
    loop {
        let page: Vec<NameRow> = directory.read_now(|db| {
            let rows = names::table
                .filter(names::kind.eq(NameKind::Account))
                .filter(names::region.eq(region))
                .filter(names::name.gt(&after));
            rows.order(names::name).limit(PAGE).select(NameRow::as_select()).load(db)
        })?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.name);
        let entries = page.into_iter().map(|row| {
            let NameRow { name, owner_id, state, held_until, created_at, .. } = row;
            (owner_id, Entry { state, held_until, created_at, name: Some(name), digest: None })
        });
        look_at_all(patient, region, store, notes, entries.collect())?;
    }
    after.clear();
    loop {
        let page: Vec<AddressRow> = directory.read_now(|db| {
            let rows = addresses::table.filter(addresses::region.eq(region)).filter(addresses::digest.gt(&after));
            rows.order(addresses::digest).limit(PAGE).select(AddressRow::as_select()).load(db)
        })?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.digest);
        let entries = page.into_iter().map(|row| {
            let AddressRow { digest, account_id, state, held_until, created_at, .. } = row;
            (account_id, Entry { state, held_until, created_at, name: None, digest: Some(digest) })
        });
        look_at_all(patient, region, store, notes, entries.collect())?;
    }
}

type Known = HashMap<AccountId, (String, String, Status)>;

fn known(db: &mut Db, ids: &[AccountId]) -> QueryResult<(Known, Vec<AccountId>)> {
    let rows: Vec<(AccountId, String, String, Status)> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .select((accounts::id, accounts::username, accounts::email_digest, accounts::status))
        .load(db)?;
    let erased =
        tombstones::table.filter(tombstones::account_id.eq_any(ids)).select(tombstones::account_id).load(db)?;
    Ok((rows.into_iter().map(|(id, name, digest, status)| (id, (name, digest, status))).collect(), erased))
}

fn look_at_all(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
    entries: Vec<(AccountId, Entry)>,
) -> Result<(), DoctorError> {
    let ids: Vec<AccountId> = entries.iter().map(|(id, _)| *id).collect();
    let (known, erased) = store.read_now(|db| known(db, &ids))?;
    // Of several entries of one owner, the first that is wrong is enough: they are settled together.
    let mut wrong: BTreeMap<AccountId, Entry> = BTreeMap::new();
    for (id, entry) in entries {
        let is_right = match (known.get(&id), entry.state) {
            (Some((name, digest, _)), Hold::Taken) => {
                entry.name.as_ref().is_none_or(|held| held == name)
                    && entry.digest.as_ref().is_none_or(|held| held == digest)
            }
            (None, Hold::Taken) => entry.created_at.plus(UNDER_WAY) > patient.act.now,
            // Confirmed accounts whose entry is only held are named by the other check.
            (Some((.., status)), Hold::Held) if *status != Status::Unconfirmed => true,
            (_, Hold::Held) => {
                entry.held_until.is_none_or(|until| until.plus(crate::kernel::time::hours(2)) > patient.act.now)
            }
        };
        if !is_right {
            wrong.entry(id).or_insert(entry);
        }
    }
    for (id, entry) in wrong {
        settle(patient, region, store, notes, id, &entry, known.contains_key(&id), erased.contains(&id))?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "what is known of one entry")]
fn settle(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
    id: AccountId,
    entry: &Entry,
    is_there: bool,
    is_erased: bool,
) -> Result<(), DoctorError> {
    let Patient { regions, files, act, .. } = patient;
    let kind = if entry.name.is_some() { "a name" } else { "an address" };
    match entry.state {
        Hold::Held => {
            let what = format!("the directory holds {kind} for sign-up {id}, which lapsed long ago");
            notes.mend(what, || {
                let removed = store.write_now(|db| creation::remove_unconfirmed(db, id))?;
                regions.directory.write_now(|db| match removed {
                    Removed::Gone => directory::release(db, id),
                    Removed::Stays => directory::confirm(db, id).map(|_| ()),
                })?;
                Ok(())
            })
        }
        Hold::Taken if is_erased => {
            let what = format!("the erasure of account {id} is half done: the directory has {kind} of it");
            notes.mend(what, || Ok(erasing::erase_outside(regions, files, region, act, id)?))
        }
        Hold::Taken => {
            let why = if is_there { "which has another" } else { "which is not there" };
            let what = format!("the directory has {kind} of account {id}, {why}");
            notes.mend(what, || Ok(regions.directory.write_now(|db| remove(db, entry))?))
        }
    }
}

fn remove(db: &mut Db, entry: &Entry) -> QueryResult<()> {
    if let Some(name) = &entry.name {
        diesel::delete(names::table.find(name)).execute(db)?;
    }
    if let Some(digest) = &entry.digest {
        diesel::delete(addresses::table.find(digest)).execute(db)?;
    }
    Ok(())
}
