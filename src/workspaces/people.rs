//! The people of an organization as its list shows them.
//!
//! Rule: a part of the list is found by where the one before ended, so that the ten-thousandth member costs no more than
//! the first. What is searched for begins a word of a name, or a username.

use diesel::prelude::*;

use super::workspace::Organization;
use crate::access::Role;
use crate::db::Db;
use crate::db::dialect::like_letters;
use crate::db::schema::{account_words, accounts, members};
use crate::kernel::cursor::Cursor;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;
use diesel::QueryResult;

/// One member with as much of their account as other members see.
#[derive(Clone, Debug, Queryable)]
pub struct Person {
    pub id: AccountId,
    pub username: String,
    pub name: String,
    pub photo: Option<String>,
    pub role: Role,
    /// The account is closing; it may come back.
    pub is_away: bool,
    pub joined_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Shown to those who manage members only.
    pub has_mfa: bool,
}

/// Which part of the list is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Lower case, without white space around it; empty is everybody.
    pub words: String,
    pub role: Option<Role>,
    /// Behind this one.
    pub after: Option<Cursor>,
    pub most: i64,
}

macro_rules! columns {
    () => {
        (
            accounts::id,
            accounts::username,
            accounts::name,
            accounts::photo,
            members::role,
            members::is_away,
            members::joined_at,
            accounts::last_seen_at,
            accounts::has_mfa,
        )
    };
}

/// In the order in which they joined.
pub fn list(db: &mut Db, workspace: WorkspaceId, asked: &Asked) -> QueryResult<Vec<Person>> {
    let mut found = members::table
        .inner_join(accounts::table)
        .filter(members::workspace_id.eq(workspace))
        .order((members::joined_at, members::account_id))
        .select(columns!())
        .limit(asked.most)
        .into_boxed();
    for word in asked.words.split_whitespace().take(4) {
        let same = account_words::table
            .filter(account_words::account_id.eq(accounts::id))
            .filter(account_words::word.like(format!("{}%", like_letters(word))).escape('!'));
        found = found.filter(diesel::dsl::exists(same));
    }
    if let Some(role) = asked.role {
        found = found.filter(members::role.eq(role));
    }
    if let Some(Cursor { value, id }) = &asked.after {
        found = found
            .filter(members::joined_at.ge(Timestamp::from_micros(*value)))
            .filter(members::joined_at.gt(Timestamp::from_micros(*value)).or(members::account_id.gt(id.clone())));
    }
    found.load(db)
}

/// One of them.
pub fn one(db: &mut Db, workspace: WorkspaceId, account: AccountId) -> QueryResult<Option<Person>> {
    members::table
        .inner_join(accounts::table)
        .filter(members::workspace_id.eq(workspace))
        .filter(members::account_id.eq(account))
        .select(columns!())
        .first(db)
        .optional()
}

/// Who would be shut out if a second factor were required: members without one.
pub fn without_mfa(db: &mut Db, organization: &Organization, most: i64) -> QueryResult<(i64, Vec<Person>)> {
    let without = || {
        members::table
            .inner_join(accounts::table)
            .filter(members::workspace_id.eq(organization.workspace_id))
            .filter(accounts::has_mfa.eq(false))
    };
    let count = without().count().get_result(db)?;
    let named = without().order((members::joined_at, members::account_id)).select(columns!()).limit(most).load(db)?;
    Ok((count, named))
}
