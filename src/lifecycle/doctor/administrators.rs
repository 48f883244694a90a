//! The directory decides who is an administrator; the region's own mark only shows the way.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{DoctorError, Notes, Patient};
use crate::db::Store;
use crate::db::schema::accounts;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::regions::administrators;

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    let entitled = patient.regions.directory.read_now(administrators::all)?;
    let entitled: BTreeSet<AccountId> =
        entitled.into_iter().filter(|one| one.region == region).map(|one| one.account_id).collect();
    let marked: Vec<AccountId> = store
        .read_now(|db| accounts::table.filter(accounts::is_administrator.eq(true)).select(accounts::id).load(db))?;
    let marked: BTreeSet<AccountId> = marked.into_iter().collect();
    for id in marked.difference(&entitled) {
        let what = format!("account {id} is marked as an administrator and is none");
        notes.mend(what, || mark(store, *id, false).map(|_| ()))?;
    }
    for id in entitled.difference(&marked) {
        let is_there: bool =
            store.read_now(|db| diesel::select(diesel::dsl::exists(accounts::table.find(id))).get_result(db))?;
        if is_there {
            let what = format!("account {id} is an administrator and is not marked as one");
            notes.mend(what, || mark(store, *id, true).map(|_| ()))?;
        } else {
            notes.by_hand(format!("administrator {id} has no account"));
        }
    }
    Ok(())
}

fn mark(store: &Store, id: AccountId, is_one: bool) -> QueryResult<usize> {
    store
        .write_now(|db| diesel::update(accounts::table.find(id)).set(accounts::is_administrator.eq(is_one)).execute(db))
}
