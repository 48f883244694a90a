//! The account behind a session: everything the pages about oneself show, read together with the session in one query.

use diesel::prelude::*;

use crate::db::schema::accounts;
use crate::db::{Db, in_parts};
use crate::kernel::id::AccountId;
use crate::kernel::names::Username;
use crate::kernel::time::Timestamp;
use crate::{load_to_change, text_enum};
use diesel::QueryResult;

text_enum! {
    pub enum Status {
        /// Signed up, the address not yet confirmed.
        Unconfirmed = "unconfirmed",
        Active = "active",
        /// Refused everywhere by an administrator, until reinstated.
        Suspended = "suspended",
        /// Closed by its owner or an administrator; erased when the grace period ends.
        Closing = "closing",
    }
}

text_enum! {
    pub enum Theme {
        System = "system",
        Light = "light",
        Dark = "dark",
    }
}

/// One account as stored, without its password's hash.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Account {
    pub id: AccountId,
    pub username: Username,
    pub email: String,
    pub email_digest: String,
    pub name: String,
    pub job_title: String,
    pub company: String,
    pub bio: String,
    pub use_case: String,
    /// A JSON object: kind of link → handle or https address.
    pub social: String,
    /// An IANA name, as in `Europe/Lisbon`.
    pub time_zone: String,
    pub theme: Theme,
    /// The version of the photo; `None` shows initials.
    pub photo: Option<String>,
    /// Counts every saved change of the profile, so that two open tabs cannot overwrite each other.
    pub revision: i64,
    pub saved_at: Option<Timestamp>,
    pub password_changed_at: Option<Timestamp>,
    pub status: Status,
    #[diesel(select_expression = accounts::password_hash.is_not_null())]
    pub has_password: bool,
    pub has_mfa: bool,
    /// Whether to show the way to the administration; the directory decides who may enter.
    pub is_administrator: bool,
    pub created_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
    pub last_seen_at: Timestamp,
}

pub fn by_id(db: &mut Db, account: AccountId) -> QueryResult<Option<Account>> {
    accounts::table.find(account).select(Account::as_select()).first(db).optional()
}

/// The same, kept from changing until this transaction ends. What is decided by the account's state is decided by this.
pub fn held(db: &mut Db, account: AccountId) -> QueryResult<Option<Account>> {
    let rows: Vec<Account> =
        load_to_change!(db, accounts::table.filter(accounts::id.eq(account)).select(Account::as_select()))?;
    Ok(rows.into_iter().next())
}

/// Those of them that are there.
pub fn some(db: &mut Db, ids: impl IntoIterator<Item = AccountId>) -> QueryResult<Vec<Account>> {
    let ids: Vec<AccountId> = ids.into_iter().collect();
    in_parts(&ids, |part| accounts::table.filter(accounts::id.eq_any(part)).select(Account::as_select()).load(db))
}

pub fn by_username(db: &mut Db, username: &str) -> QueryResult<Option<Account>> {
    accounts::table.filter(accounts::username.eq(username)).select(Account::as_select()).first(db).optional()
}
