//! The one list of what an account leaves in its region: table, filter, and the words for it.
//!
//! Rule: a step counts and erases with the same filter. The order is that of erasing (what points to something goes
//! before it); pages read it from the end, the account first.

use diesel::prelude::*;

use crate::activity;
use crate::db::Db;
use crate::db::schema::{
    account_words, accounts, closures, devices, jobs, mails, mfa_resets, one_time_tokens, recovery_codes, sessions,
    shown_once, suspensions, totp_factors, usage_days, usage_events, usage_months, usage_projects, workspaces,
};
use crate::kernel::id::AccountId;

pub struct Step {
    /// The table, as the counts of a tombstone name it.
    pub name: &'static str,
    pub one: &'static str,
    pub many: &'static str,
    /// What goes with it, for the page; may be empty.
    pub with: &'static str,
    pub count: fn(&mut Db, AccountId) -> QueryResult<i64>,
    pub erase: fn(&mut Db, AccountId) -> QueryResult<usize>,
}

/// The rows of one table that belong to an account.
macro_rules! rows {
    ($table:ident, |$account:ident| $filter:expr, $one:literal, $many:literal, $with:literal) => {
        Step {
            name: stringify!($table),
            one: $one,
            many: $many,
            with: $with,
            count: |db, $account| $table::table.filter($filter).count().get_result(db),
            erase: |db, $account| diesel::delete($table::table.filter($filter)).execute(db),
        }
    };
}

pub const STEPS: &[Step] = &[
    rows!(
        shown_once,
        |account| shown_once::session_id
            .eq_any(sessions::table.filter(sessions::account_id.eq(account)).select(sessions::id)),
        "value waiting to be shown once",
        "values waiting to be shown once",
        ""
    ),
    rows!(
        sessions,
        |account| sessions::account_id.eq(account),
        "signed-in browser or tool",
        "signed-in browsers and tools",
        "All signed out at once"
    ),
    rows!(devices, |account| devices::account_id.eq(account), "browser remembered", "browsers remembered", ""),
    rows!(
        one_time_tokens,
        |account| one_time_tokens::account_id.eq(account),
        "mailed code or link",
        "mailed codes and links",
        ""
    ),
    rows!(
        mfa_resets,
        |account| mfa_resets::account_id.eq(account),
        "reset of multi-factor authentication under way",
        "resets of multi-factor authentication under way",
        ""
    ),
    rows!(
        recovery_codes,
        |account| recovery_codes::account_id.eq(account),
        "recovery code",
        "recovery codes",
        "Used ones too"
    ),
    rows!(
        totp_factors,
        |account| totp_factors::account_id.eq(account),
        "authenticator app",
        "authenticator apps",
        "Its key; the app itself keeps its entry until you remove it there"
    ),
    rows!(
        jobs,
        |account| jobs::account_id.eq(account),
        "piece of work in the queue",
        "pieces of work in the queue",
        "Waiting, done or failed"
    ),
    rows!(
        mails,
        |account| mails::account_id.eq(account),
        "mail in the outbox",
        "mails in the outbox",
        "The words of those that were sent are gone already"
    ),
    Step {
        name: "activity_events",
        one: "line of its activity",
        many: "lines of its activity",
        with: "What happened, when and from where",
        count: |db, account| activity::chain_length(db, account.personal_workspace()),
        erase: |db, account| activity::drop_chain(db, account.personal_workspace()),
    },
    Step {
        name: "activity_elsewhere",
        one: "mention in records that stay",
        many: "mentions in records that stay",
        with: "Addresses, browsers and reasons are cut out; that something happened stays",
        count: |db, account| activity::mentions(db, account),
        erase: |db, account| activity::forget(db, account),
    },
    rows!(
        usage_projects,
        |account| usage_projects::workspace_id.eq(account.personal_workspace()),
        "monthly sum of minutes of a project",
        "monthly sums of minutes by project",
        ""
    ),
    rows!(
        usage_days,
        |account| usage_days::workspace_id.eq(account.personal_workspace()),
        "daily sum of minutes",
        "daily sums of minutes",
        ""
    ),
    rows!(
        usage_months,
        |account| usage_months::workspace_id.eq(account.personal_workspace()),
        "monthly sum of minutes",
        "monthly sums of minutes",
        ""
    ),
    rows!(
        usage_events,
        |account| usage_events::workspace_id.eq(account.personal_workspace()),
        "record of compute time",
        "records of compute time",
        "Each with its job, project and time"
    ),
    rows!(suspensions, |account| suspensions::account_id.eq(account), "suspension", "suspensions", "With its reason"),
    rows!(closures, |account| closures::account_id.eq(account), "note of the closing", "notes of the closing", ""),
    rows!(
        account_words,
        |account| account_words::account_id.eq(account),
        "word it is found by",
        "words it is found by",
        ""
    ),
    rows!(
        workspaces,
        |account| workspaces::id.eq(account.personal_workspace()),
        "personal workspace",
        "personal workspaces",
        "With its plan"
    ),
    rows!(
        accounts,
        |account| accounts::id.eq(account),
        "account",
        "accounts",
        "Profile, email address, password, preferences"
    ),
];

/// Erases all of it, in the order of the list; what went, by step.
pub fn erase_all(db: &mut Db, account: AccountId) -> QueryResult<Vec<(&'static Step, i64)>> {
    // A batch of minutes that is being counted holds this row: it comes before, or finds no such workspace.
    let workspace = workspaces::table.filter(workspaces::id.eq(account.personal_workspace())).select(workspaces::id);
    let _: Vec<String> = crate::load_to_change!(db, workspace)?;
    let mut gone = Vec::with_capacity(STEPS.len());
    for step in STEPS {
        let rows = (step.erase)(db, account)?;
        gone.push((step, i64::try_from(rows).unwrap_or(i64::MAX)));
    }
    Ok(gone)
}

/// Counts all of it, in the same order.
pub fn count_all(db: &mut Db, account: AccountId) -> QueryResult<Vec<(&'static Step, i64)>> {
    STEPS.iter().map(|step| Ok((step, (step.count)(db, account)?))).collect()
}
