//! The stable keys of the instance: made once, kept wrapped by the master key in the directory, read at every start.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::crypto::chance::Chance;
use crate::crypto::keyring::{Keyring, NamedKey, OpenError};
use crate::db::schema::named_keys;
use crate::db::{Db, DbError, Store};
use crate::insert_if_new;
use crate::kernel::time::Timestamp;

#[derive(Debug, thiserror::Error)]
pub enum NamedKeysError {
    #[error("the directory's keys cannot be opened with this master key: {0}. Was the master key replaced?")]
    Open(#[from] OpenError),
    #[error("the directory failed: {0}")]
    Database(#[from] DbError),
}

#[derive(Insertable)]
#[diesel(table_name = named_keys)]
struct NewKey {
    name: String,
    wrapped: Vec<u8>,
    created_at: Timestamp,
}

/// Whether a master key has ever sealed something here.
pub fn are_there(db: &mut Db) -> QueryResult<bool> {
    Ok(named_keys::table.count().get_result::<i64>(db)? > 0)
}

/// Reads all of [`NamedKey::ALL`], making those that are missing. Two processes that start at once agree on one key.
pub fn ensure(
    directory: &Store,
    keyring: &Keyring,
    chance: &Chance,
    now: Timestamp,
) -> Result<HashMap<NamedKey, [u8; 32]>, NamedKeysError> {
    directory.write_now(|db: &mut Db| {
        let mut keys = HashMap::new();
        for name in NamedKey::ALL.iter().copied() {
            let fresh = NewKey {
                name: name.as_str().to_owned(),
                wrapped: keyring.wrap_named(chance, name, &chance.bytes::<32>()),
                created_at: now,
            };
            insert_if_new!(db, named_keys::table, &fresh)?;
            let wrapped: Vec<u8> = named_keys::table.find(name.as_str()).select(named_keys::wrapped).first(db)?;
            keys.insert(name, keyring.unwrap_named(name, &wrapped)?);
        }
        Ok(keys)
    })
}
