//! From the accounts of a region to the directory: each has its name and its address there, for good.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{DoctorError, Notes, PAGE, Patient, UNDER_WAY};
use crate::accounts::creation;
use crate::db::schema::{accounts, addresses, names};
use crate::db::{Db, DbError, Store};
use crate::insert_if_new;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::regions::directory::{self, AddressRow, Hold, NameKind, NameRow};
use crate::sessions::account::{Account, Status};

pub(super) fn check(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
) -> Result<(), DoctorError> {
    let mut after = String::new();
    loop {
        let page = store.read_now(|db| page(db, &after))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        let (names, addresses) = patient.regions.directory.read_now(|db| entries(db, &page))?;
        for account in &page {
            let (name, address) = (names.get(account.username.as_str()), addresses.get(&account.email_digest));
            look_at(patient, region, store, notes, account, name, address)?;
        }
    }
}

fn page(db: &mut Db, after: &str) -> QueryResult<Vec<Account>> {
    accounts::table.filter(accounts::id.gt(after)).order(accounts::id).limit(PAGE).select(Account::as_select()).load(db)
}

type Entries = (HashMap<String, NameRow>, HashMap<String, AddressRow>);

fn entries(db: &mut Db, page: &[Account]) -> QueryResult<Entries> {
    let usernames: Vec<&str> = page.iter().map(|account| account.username.as_str()).collect();
    let digests: Vec<&str> = page.iter().map(|account| account.email_digest.as_str()).collect();
    let names: Vec<NameRow> =
        names::table.filter(names::name.eq_any(usernames)).select(NameRow::as_select()).load(db)?;
    let addresses: Vec<AddressRow> =
        addresses::table.filter(addresses::digest.eq_any(digests)).select(AddressRow::as_select()).load(db)?;
    Ok((
        names.into_iter().map(|row| (row.name.clone(), row)).collect(),
        addresses.into_iter().map(|row| (row.digest.clone(), row)).collect(),
    ))
}

fn look_at(
    patient: &Patient<'_>,
    region: Region,
    store: &Store,
    notes: &mut Notes<'_>,
    account: &Account,
    name: Option<&NameRow>,
    address: Option<&AddressRow>,
) -> Result<(), DoctorError> {
    let (id, now) = (account.id, patient.act.now);
    if account.created_at.plus(UNDER_WAY) > now {
        return Ok(());
    }
    let own_name = name.filter(|row| row.owner_id == id && row.region == region);
    let own_address = address.filter(|row| row.account_id == id && row.region == region);
    if account.status == Status::Unconfirmed {
        if own_name.is_none() && own_address.is_none() {
            let what = format!("account {id} is a half-done sign-up that the directory does not know");
            notes.mend(what, || store.write_now(|db| creation::remove_unconfirmed(db, id)).map(|_| ()))?;
        }
        return Ok(());
    }
    match (own_name, name) {
        (Some(row), _) if row.state == Hold::Taken => {}
        (Some(_), _) => confirm(patient, notes, format!("account {id} is confirmed, its name only held"), id)?,
        (None, Some(_)) => notes.by_hand(format!("the name of account {id} is another's in the directory")),
        (None, None) => add_name(patient, region, notes, account)?,
    }
    let digest =
        EmailAddress::parse(&account.email).map(|email| directory::address_digest(&patient.act.keyring, &email));
    if digest.as_ref().is_ok_and(|digest| *digest != account.email_digest) {
        notes.by_hand(format!("the digest of account {id} is not that of its address"));
        return Ok(());
    }
    match (own_address, address) {
        (Some(row), _) if row.state == Hold::Taken => Ok(()),
        (Some(_), _) => confirm(patient, notes, format!("account {id} is confirmed, its address only held"), id),
        (None, Some(row)) if row.state == Hold::Taken => {
            notes.by_hand(format!("the address of account {id} is another's in the directory"));
            Ok(())
        }
        (None, _) => add_address(patient, region, notes, account),
    }
}

fn confirm(patient: &Patient<'_>, notes: &mut Notes<'_>, what: String, id: AccountId) -> Result<(), DoctorError> {
    let confirmed = || patient.regions.directory.write_now(|db| directory::confirm(db, id)).map(|_| ());
    Ok(notes.mend(what, confirmed)?)
}

fn add_name(
    patient: &Patient<'_>,
    region: Region,
    notes: &mut Notes<'_>,
    account: &Account,
) -> Result<(), DoctorError> {
    let row = NameRow {
        name: account.username.to_string(),
        kind: NameKind::Account,
        owner_id: account.id,
        region,
        state: Hold::Taken,
        held_until: None,
        created_at: account.created_at,
    };
    let what = format!("the directory lacks the name of account {}", account.id);
    let added = || patient.regions.directory.write_now(|db| insert_if_new!(db, names::table, &row).map(|_| ()));
    Ok(notes.mend::<DbError>(what, added)?)
}

/// A sign-up of somebody else's that holds the address, because the directory did not know better, gives way.
fn add_address(
    patient: &Patient<'_>,
    region: Region,
    notes: &mut Notes<'_>,
    account: &Account,
) -> Result<(), DoctorError> {
    let row = AddressRow {
        digest: account.email_digest.clone(),
        account_id: account.id,
        region,
        state: Hold::Taken,
        held_until: None::<Timestamp>,
        created_at: account.created_at,
    };
    let what = format!("the directory lacks the address of account {}", account.id);
    let added = || {
        patient.regions.directory.write_now(|db| {
            let held = addresses::table.find(&row.digest).filter(addresses::state.eq(Hold::Held));
            diesel::delete(held).execute(db)?;
            insert_if_new!(db, addresses::table, &row).map(|_| ())
        })
    };
    Ok(notes.mend::<DbError>(what, added)?)
}
