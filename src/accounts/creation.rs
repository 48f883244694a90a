//! A new account in its region, and the removal of one that was never confirmed.
//!
//! Rule: an account comes with its personal workspace and the words it is found by, or not at all.

use diesel::prelude::*;

use super::listing::rewrite_words;
use crate::activity;
use crate::crypto::act::Act;
use crate::crypto::password::PasswordHash;
use crate::db::Db;
use crate::db::schema::{account_words, accounts, closures, jobs, mails, one_time_tokens, workspaces};
use crate::insert_if_new;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::names::Username;
use crate::kernel::time::Timestamp;
use crate::sessions::account::{Status, Theme};
use diesel::QueryResult;

/// What is decided before an account is created.
#[derive(Clone)]
pub struct NewAccount {
    pub id: AccountId,
    pub username: Username,
    pub email: EmailAddress,
    /// As the directory knows the address.
    pub email_digest: String,
    pub name: String,
    pub password_hash: Option<PasswordHash>,
    pub plan: String,
    /// Whether the address needs no code, as for the first administrator, whom the operator's own link made.
    pub is_confirmed: bool,
    pub is_administrator: bool,
}

#[derive(Insertable)]
#[diesel(table_name = accounts)]
struct NewRow<'a> {
    id: AccountId,
    username: &'a Username,
    email: &'a str,
    email_digest: &'a str,
    name: &'a str,
    job_title: &'a str,
    company: &'a str,
    bio: &'a str,
    use_case: &'a str,
    social: &'a str,
    time_zone: &'a str,
    theme: Theme,
    revision: i64,
    password_hash: Option<&'a PasswordHash>,
    password_changed_at: Option<Timestamp>,
    status: Status,
    has_mfa: bool,
    is_administrator: bool,
    created_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    last_seen_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = workspaces)]
struct NewWorkspace<'a> {
    id: WorkspaceId,
    name: &'a str,
    kind: &'a str,
    plan: &'a str,
    minutes_rank: i64,
    created_at: Timestamp,
}

/// What came of a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    Yes,
    /// These have the name or the address. Nothing was created.
    InTheWay(Vec<AccountId>),
}

pub fn create(db: &mut Db, act: &Act, new: &NewAccount) -> QueryResult<Created> {
    let row = NewRow {
        id: new.id,
        username: &new.username,
        email: new.email.as_str(),
        email_digest: &new.email_digest,
        name: &new.name,
        job_title: "",
        company: "",
        bio: "",
        use_case: "",
        social: "{}",
        time_zone: "UTC",
        theme: Theme::System,
        revision: 0,
        password_hash: new.password_hash.as_ref(),
        password_changed_at: new.password_hash.is_some().then_some(act.now),
        status: if new.is_confirmed { Status::Active } else { Status::Unconfirmed },
        has_mfa: false,
        is_administrator: new.is_administrator,
        created_at: act.now,
        confirmed_at: new.is_confirmed.then_some(act.now),
        last_seen_at: act.now,
    };
    if insert_if_new!(db, accounts::table, &row)? == 0 {
        let same = accounts::username.eq(&new.username).or(accounts::email_digest.eq(&new.email_digest));
        return Ok(Created::InTheWay(accounts::table.filter(same).select(accounts::id).load(db)?));
    }
    make_workspace(db, act, new.id, &new.username, &new.plan)?;
    rewrite_words(db, new.id, &new.name)?;
    Ok(Created::Yes)
}

/// The workspace that every account has from the start.
pub fn make_workspace(db: &mut Db, act: &Act, account: AccountId, username: &Username, plan: &str) -> QueryResult<()> {
    let workspace = NewWorkspace {
        id: account.personal_workspace(),
        name: username.as_str(),
        kind: "personal",
        plan,
        minutes_rank: 0,
        created_at: act.now,
    };
    diesel::insert_into(workspaces::table).values(&workspace).execute(db)?;
    Ok(())
}

/// The address is confirmed: the account may be used. `false` when it is gone or was confirmed before.
pub fn confirm(db: &mut Db, act: &Act, account: AccountId) -> QueryResult<bool> {
    let unconfirmed = accounts::table.find(account).filter(accounts::status.eq(Status::Unconfirmed));
    let changed = diesel::update(unconfirmed)
        .set((accounts::status.eq(Status::Active), accounts::confirmed_at.eq(act.now)))
        .execute(db)?;
    Ok(changed == 1)
}

/// What became of an account that was to give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is not there (any more), or came this moment and nobody holds its address for it: it can never be confirmed.
    Gone,
    /// It was confirmed meanwhile and stays.
    Stays,
}

/// Removes an account that was never confirmed, with all that hangs on it.
pub fn remove_unconfirmed(db: &mut Db, account: AccountId) -> QueryResult<Removed> {
    // Decided by one statement: whoever confirms at this instant comes before it or finds nothing. An administrator may
    // have closed it meanwhile; its address was still never proved. Rows that point here are few and known,
    // since nobody was ever signed in.
    let claimed = accounts::table.find(account).filter(accounts::confirmed_at.is_null());
    let is_claimed = diesel::update(claimed).set(accounts::revision.eq(accounts::revision + 1)).execute(db)? == 1;
    if is_claimed {
        diesel::delete(one_time_tokens::table.filter(one_time_tokens::account_id.eq(account))).execute(db)?;
        diesel::delete(account_words::table.filter(account_words::account_id.eq(account))).execute(db)?;
        diesel::delete(closures::table.find(account)).execute(db)?;
        diesel::delete(mails::table.filter(mails::account_id.eq(account))).execute(db)?;
        diesel::delete(jobs::table.filter(jobs::account_id.eq(account))).execute(db)?;
        activity::drop_chain(db, account.personal_workspace())?;
        diesel::delete(workspaces::table.find(account.personal_workspace())).execute(db)?;
        diesel::delete(accounts::table.find(account)).execute(db)?;
        return Ok(Removed::Gone);
    }
    // One that is created between the two statements, unconfirmed, counts as one that comes a moment later: nobody
    // holds its address for it any more.
    let confirmed = accounts::table.find(account).filter(accounts::confirmed_at.is_not_null());
    let stays = diesel::select(diesel::dsl::exists(confirmed)).get_result(db)?;
    Ok(if stays { Removed::Stays } else { Removed::Gone })
}
