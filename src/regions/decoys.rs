//! Sign-ups for an address that belongs to somebody already. They never become accounts, and yet must look like any
//! other unconfirmed sign-up: to a second sign-up for the address, and to a sign-in with their password.
//!
//! Rule: a decoy is the name it holds and two keyed digests, gone when the hold lapses. Nothing leads from it to an
//! account. Its password cannot be tried without the instance's key, and opens nothing but an empty code page.

use diesel::prelude::*;

use super::directory::{self, Reservation};
use crate::crypto::keyring::{Keyring, NamedKey};
use crate::crypto::password::Password;
use crate::db::Db;
use crate::db::schema::addresses;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use diesel::QueryResult;

/// Remembers which sign-up is the address's latest decoy, and its password.
pub(super) fn hold(db: &mut Db, keyring: &Keyring, wanted: &Reservation<'_>) -> QueryResult<()> {
    let of_address = address_mark(keyring, wanted.address);
    let of_password = password_mark(keyring, wanted.account, wanted.password);
    directory::hold_digest(db, wanted, of_address)?;
    directory::hold_digest(db, wanted, of_password)?;
    Ok(())
}

/// A newer sign-up for the address replaces the older, as it does where the address is free. Whether there was one.
pub(super) fn give_way(db: &mut Db, keyring: &Keyring, address: &EmailAddress) -> QueryResult<bool> {
    match of_address(db, keyring, address)? {
        Some((older, _)) => directory::release(db, older).map(|()| true),
        None => Ok(false),
    }
}

/// The latest decoy for this address.
pub fn of_address(db: &mut Db, keyring: &Keyring, address: &EmailAddress) -> QueryResult<Option<(AccountId, Region)>> {
    let row = directory::by_address(db, &address_mark(keyring, address))?;
    Ok(row.map(|row| (row.account_id, row.region)))
}

/// Whether this is a decoy with this password.
pub fn opens(db: &mut Db, keyring: &Keyring, decoy: AccountId, password: &Password) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(addresses::table.find(password_mark(keyring, decoy, password)))).get_result(db)
}

fn address_mark(keyring: &Keyring, address: &EmailAddress) -> String {
    keyring.mac_hex(NamedKey::AddressDigest, &[b"decoy", address.comparable().as_bytes()])
}

fn password_mark(keyring: &Keyring, decoy: AccountId, password: &Password) -> String {
    let parts = [b"decoy".as_slice(), decoy.as_str().as_bytes(), password.as_str().as_bytes()];
    keyring.mac_hex(NamedKey::AddressDigest, &parts)
}
