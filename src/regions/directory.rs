//! Names and addresses: who holds which, in which region.
//!
//! Rule: a name or an address is reserved before its account exists and confirmed after the account is; what is left
//! half-way lapses (see `entry::lapse`). An address is known by its keyed digest only.

use diesel::prelude::*;

use super::decoys;
use crate::crypto::keyring::{Keyring, NamedKey};
use crate::crypto::password::Password;
use crate::db::schema::{addresses, administrators, admissions, names, retired_names};
use crate::db::{Db, DbError};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::names::Username;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::{insert_if_new, text_enum};
use diesel::QueryResult;

text_enum! {
    pub enum Hold {
        /// Reserved until `held_until` by a sign-up that is not confirmed.
        Held = "held",
        Taken = "taken",
    }
}

text_enum! {
    pub enum NameKind {
        Account = "account",
        Organization = "organization",
    }
}

#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = names)]
pub struct NameRow {
    pub name: String,
    pub kind: NameKind,
    pub owner_id: AccountId,
    pub region: Region,
    pub state: Hold,
    pub held_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = addresses)]
pub struct AddressRow {
    pub digest: String,
    pub account_id: AccountId,
    pub region: Region,
    pub state: Hold,
    pub held_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = retired_names)]
struct RetiredName {
    digest: String,
    free_at: Timestamp,
}

/// The only form in which an address is known outside its region.
pub fn address_digest(keyring: &Keyring, address: &EmailAddress) -> String {
    keyring.mac_hex(NamedKey::AddressDigest, &[address.comparable().as_bytes()])
}

/// What mails to an address are counted by, whatever tag it carries.
pub fn mailbox_digest(keyring: &Keyring, address: &EmailAddress) -> String {
    keyring.mac_hex(NamedKey::AddressDigest, &[b"mailbox", address.mailbox().as_bytes()])
}

fn name_digest(keyring: &Keyring, name: &str) -> String {
    keyring.mac_hex(NamedKey::NameDigest, &[name.as_bytes()])
}

pub fn by_name(db: &mut Db, name: &str) -> QueryResult<Option<NameRow>> {
    names::table.find(name).select(NameRow::as_select()).first(db).optional()
}

pub fn by_address(db: &mut Db, digest: &str) -> QueryResult<Option<AddressRow>> {
    addresses::table.find(digest).select(AddressRow::as_select()).first(db).optional()
}

/// Whose these names are, and where. A name that is only held is nobody's yet: its sign-up may still go without a trace.
pub fn workspaces(db: &mut Db, wanted: &[String]) -> QueryResult<Vec<(String, WorkspaceId, Region)>> {
    names::table
        .filter(names::name.eq_any(wanted))
        .filter(names::state.eq(Hold::Taken))
        .select((names::name, names::owner_id, names::region))
        .load(db)
}

/// What a reservation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Name and address are held for this sign-up.
    Both,
    /// The address belongs to somebody. The name is held all the same, so that nobody learns which.
    NameOnly {
        owner: AccountId,
        region: Region,
        /// An earlier sign-up for the address gave way here; where the address is free that costs a write in its region.
        gave_way: bool,
    },
    /// An earlier sign-up holds the address. Make it give way in its region first, then ask again with it as `gone`.
    HeldBy {
        account: AccountId,
        region: Region,
    },
    NameTaken,
}

/// One reservation: the account that is about to be created, and until when it is held.
pub struct Reservation<'a> {
    pub account: AccountId,
    pub region: Region,
    pub name: &'a Username,
    pub address: &'a EmailAddress,
    pub password: &'a Password,
    /// An earlier sign-up for the address whose account is known to be gone from its region.
    pub gone: Option<AccountId>,
    pub now: Timestamp,
    pub held_until: Timestamp,
}

/// Holds name and address for a sign-up. Fifty at once for one name leave exactly one holder.
pub fn reserve(db: &mut Db, keyring: &Keyring, wanted: &Reservation<'_>) -> QueryResult<Reserved> {
    let digest = address_digest(keyring, wanted.address);
    let owner = match by_address(db, &digest)? {
        Some(row) if row.state == Hold::Taken => Some((row.account_id, row.region)),
        Some(row) if Some(row.account_id) == wanted.gone => {
            // Gives way before the name is asked for, so that the same person may keep the name.
            release(db, row.account_id)?;
            None
        }
        Some(row) => return Ok(Reserved::HeldBy { account: row.account_id, region: row.region }),
        None => None,
    };
    let gave_way = owner.is_some() && decoys::give_way(db, keyring, wanted.address)?;
    if is_retired(db, keyring, wanted.name.as_str(), wanted.now)? || !hold_name(db, wanted)? {
        return Ok(Reserved::NameTaken);
    }
    if let Some((owner, region)) = owner {
        decoys::hold(db, keyring, wanted)?;
        return Ok(Reserved::NameOnly { owner, region, gave_way });
    }
    if hold_digest(db, wanted, digest.clone())? {
        return Ok(Reserved::Both);
    }
    // Somebody else's sign-up for the same address was quicker in this very instant; ours makes it give way.
    let row: AddressRow = addresses::table.find(&digest).select(AddressRow::as_select()).first(db)?;
    release(db, wanted.account)?;
    Ok(Reserved::HeldBy { account: row.account_id, region: row.region })
}

fn hold_name(db: &mut Db, wanted: &Reservation<'_>) -> QueryResult<bool> {
    let row = NameRow {
        name: wanted.name.as_str().to_owned(),
        kind: NameKind::Account,
        owner_id: wanted.account,
        region: wanted.region,
        state: Hold::Held,
        held_until: Some(wanted.held_until),
        created_at: wanted.now,
    };
    Ok(insert_if_new!(db, names::table, &row)? == 1)
}

pub(super) fn hold_digest(db: &mut Db, wanted: &Reservation<'_>, digest: String) -> QueryResult<bool> {
    let row = AddressRow {
        digest,
        account_id: wanted.account,
        region: wanted.region,
        state: Hold::Held,
        held_until: Some(wanted.held_until),
        created_at: wanted.now,
    };
    Ok(insert_if_new!(db, addresses::table, &row)? == 1)
}

/// The account exists and its address is confirmed: name and address are its own now.
pub fn confirm(db: &mut Db, account: AccountId) -> QueryResult<bool> {
    diesel::update(names::table.filter(names::owner_id.eq(account)))
        .set((names::state.eq(Hold::Taken), names::held_until.eq(None::<Timestamp>)))
        .execute(db)?;
    let confirmed = diesel::update(addresses::table.filter(addresses::account_id.eq(account)))
        .set((addresses::state.eq(Hold::Taken), addresses::held_until.eq(None::<Timestamp>)))
        .execute(db)?;
    Ok(confirmed == 1)
}

/// Whether the directory knows an address of this account, held or taken.
pub fn is_held_by(db: &mut Db, account: AccountId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(addresses::table.filter(addresses::account_id.eq(account)))).get_result(db)
}

/// Lets go of whatever an unconfirmed sign-up holds.
pub fn release(db: &mut Db, account: AccountId) -> QueryResult<()> {
    diesel::delete(names::table.filter(names::owner_id.eq(account)).filter(names::state.eq(Hold::Held))).execute(db)?;
    diesel::delete(addresses::table.filter(addresses::account_id.eq(account)).filter(addresses::state.eq(Hold::Held)))
        .execute(db)?;
    Ok(())
}

/// Holds the name of an organization that is about to be created. `false`: somebody has it, or had it not long ago.
pub fn hold_organization(
    db: &mut Db,
    keyring: &Keyring,
    name: &Username,
    workspace: WorkspaceId,
    region: Region,
    now: Timestamp,
    held_until: Timestamp,
) -> QueryResult<bool> {
    if is_retired(db, keyring, name.as_str(), now)? {
        return Ok(false);
    }
    let row = NameRow {
        name: name.as_str().to_owned(),
        kind: NameKind::Organization,
        owner_id: workspace.as_person(),
        region,
        state: Hold::Held,
        held_until: Some(held_until),
        created_at: now,
    };
    Ok(insert_if_new!(db, names::table, &row)? == 1)
}

/// The organization is in its region: the name is its own now. `false` when the hold had lapsed before.
pub fn confirm_organization(db: &mut Db, workspace: WorkspaceId) -> QueryResult<bool> {
    let held = names::table.filter(names::owner_id.eq(workspace.as_person()));
    let confirmed = diesel::update(held)
        .set((names::state.eq(Hold::Taken), names::held_until.eq(None::<Timestamp>)))
        .execute(db)?;
    Ok(confirmed == 1)
}

/// Sign-ups, or organizations, of a region whose hold has run out, oldest first.
pub fn lapsed(db: &mut Db, kind: NameKind, region: Region, now: Timestamp, most: i64) -> QueryResult<Vec<AccountId>> {
    names::table
        .filter(names::kind.eq(kind))
        .filter(names::state.eq(Hold::Held))
        .filter(names::held_until.le(now))
        .filter(names::region.eq(region))
        .order(names::held_until)
        .select(names::owner_id)
        .limit(most)
        .load(db)
}

/// How many rows [`retire`] will remove.
pub fn entries(db: &mut Db, account: AccountId) -> QueryResult<i64> {
    let of_names: i64 = names::table.filter(names::owner_id.eq(account)).count().get_result(db)?;
    let of_addresses: i64 = addresses::table.filter(addresses::account_id.eq(account)).count().get_result(db)?;
    let rights: i64 = administrators::table.find(account).count().get_result(db)?;
    let addresses = digests(db, account)?;
    let invitations: i64 =
        admissions::table.filter(admissions::address_digest.eq_any(addresses)).count().get_result(db)?;
    Ok(of_names + of_addresses + rights + invitations)
}

/// An account was erased: its address is free at once, its name only at `free_at`, known until then by digest alone.
pub fn retire(db: &mut Db, keyring: &Keyring, account: AccountId, free_at: Timestamp) -> QueryResult<()> {
    let owned: Vec<String> = names::table.filter(names::owner_id.eq(account)).select(names::name).load(db)?;
    for name in owned {
        let retired = RetiredName { digest: name_digest(keyring, &name), free_at };
        insert_if_new!(db, retired_names::table, &retired)?;
    }
    diesel::delete(names::table.filter(names::owner_id.eq(account))).execute(db)?;
    let addresses = digests(db, account)?;
    diesel::delete(admissions::table.filter(admissions::address_digest.eq_any(addresses))).execute(db)?;
    diesel::delete(addresses::table.filter(addresses::account_id.eq(account))).execute(db)?;
    diesel::delete(administrators::table.find(account)).execute(db)?;
    Ok(())
}

/// The addresses of an account, as invitations name them too.
fn digests(db: &mut Db, account: AccountId) -> QueryResult<Vec<String>> {
    addresses::table.filter(addresses::account_id.eq(account)).select(addresses::digest).load(db)
}

fn is_retired(db: &mut Db, keyring: &Keyring, name: &str, now: Timestamp) -> Result<bool, DbError> {
    let digest = name_digest(keyring, name);
    diesel::delete(retired_names::table.filter(retired_names::free_at.le(now))).execute(db)?;
    diesel::select(diesel::dsl::exists(retired_names::table.find(digest))).get_result(db)
}
