//! What must hold within one region: each account has its workspace, and its state agrees with what hangs on it.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{DoctorError, Notes, Patient};
use crate::accounts::creation;
use crate::db::schema::{accounts, closures, suspensions, totp_factors, workspaces};
use crate::db::{Db, Store};
use crate::jobs::{self, Options};
use crate::kernel::id::AccountId;
use crate::kernel::names::Username;
use crate::kernel::region::Region;
use crate::lifecycle::erasing::{self, EraseAccount};
use crate::sessions::account::Status;

pub(super) fn check(patient: &Patient<'_>, _: Region, store: &Store, notes: &mut Notes<'_>) -> Result<(), DoctorError> {
    let plan = &patient.plans.first().id;
    for (id, username) in store.read_now(without_workspace)? {
        let what = format!("account {id} has no personal workspace");
        let made = || store.write_now(|db| creation::make_workspace(db, patient.act, id, &username, plan));
        notes.mend(what, made)?;
    }
    for id in store.read_now(with_unmarked_factor)? {
        let what = format!("account {id} has an authenticator that a sign-in would not ask for");
        notes.mend(what, || store.write_now(|db| mark_factor(db, id)))?;
    }
    for id in store.read_now(without_factor)? {
        notes.by_hand(format!("account {id} is asked for an authenticator it has not: `keystead admin reset-mfa`"));
    }
    for id in store.read_now(closing_without_end)? {
        notes.by_hand(format!("account {id} is closing, and nothing says when it ends"));
    }
    for id in store.read_now(suspended_without_reason)? {
        notes.by_hand(format!("account {id} is suspended, and nothing says why"));
    }
    for id in store.read_now(|db| erasing::overdue(db, patient.act.now))? {
        let what = format!("account {id} should have been erased by now");
        notes.mend(what, || store.write_now(|db| erase_again(db, patient, id)))?;
    }
    Ok(())
}

fn without_workspace(db: &mut Db) -> QueryResult<Vec<(AccountId, Username)>> {
    let own = workspaces::table.filter(workspaces::id.eq(accounts::id));
    accounts::table.filter(not(exists(own))).select((accounts::id, accounts::username)).load(db)
}

fn with_unmarked_factor(db: &mut Db) -> QueryResult<Vec<AccountId>> {
    let own = totp_factors::table.filter(totp_factors::account_id.eq(accounts::id));
    accounts::table.filter(accounts::has_mfa.eq(false)).filter(exists(own)).select(accounts::id).load(db)
}

fn mark_factor(db: &mut Db, id: AccountId) -> QueryResult<()> {
    diesel::update(accounts::table.find(id)).set(accounts::has_mfa.eq(true)).execute(db).map(|_| ())
}

fn without_factor(db: &mut Db) -> QueryResult<Vec<AccountId>> {
    let own = totp_factors::table.filter(totp_factors::account_id.eq(accounts::id));
    accounts::table.filter(accounts::has_mfa.eq(true)).filter(not(exists(own))).select(accounts::id).load(db)
}

fn closing_without_end(db: &mut Db) -> QueryResult<Vec<AccountId>> {
    let own = closures::table.filter(closures::account_id.eq(accounts::id));
    let closing = accounts::table.filter(accounts::status.eq(Status::Closing));
    closing.filter(not(exists(own))).select(accounts::id).load(db)
}

fn suspended_without_reason(db: &mut Db) -> QueryResult<Vec<AccountId>> {
    let own = suspensions::table.filter(suspensions::account_id.eq(accounts::id));
    let suspended = accounts::table.filter(accounts::status.eq(Status::Suspended));
    suspended.filter(not(exists(own))).select(accounts::id).load(db)
}

fn erase_again(db: &mut Db, patient: &Patient<'_>, id: AccountId) -> QueryResult<()> {
    jobs::enqueue::<EraseAccount>(db, patient.act, &id, Options::default()).map(|_| ())
}
