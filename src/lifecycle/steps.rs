//! The one list of what an account leaves in its region: table, filter, and the line that tells of it.
//!
//! Rule: a step counts and erases with the same filter. The order is that of erasing: what points to something goes
//! before it. Pages read the lines in the order of [`KINDS`].

use diesel::prelude::*;

use crate::activity;
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{
    account_words, accounts, api_keys, artifacts, closures, device_approvals, devices, environment_tokens, follows,
    hmac_keys, invitations, jobs, leak_drills, leak_steps, mails, members, mfa_resets, numbers, one_time_tokens,
    organizations, projects, rates, recovery_codes, samples, secret_projects, secret_uses, secret_versions, secrets,
    sessions, shown_once, spent_signatures, suspensions, totp_factors, usage_days, usage_events, usage_months,
    usage_projects, workspaces,
};
use crate::ingestion::samples::let_go_of_project;
use crate::kernel::id::{AccountId, WorkspaceId};

/// One line of what goes, as a person reads it. Several tables may share one.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub one: &'static str,
    pub many: &'static str,
    /// What goes with it; may be empty.
    pub with: &'static str,
}

macro_rules! kinds {
    ($all:ident: $($name:ident: $one:literal, $many:literal, $with:literal;)+) => {
        $(pub const $name: &Kind = &Kind { one: $one, many: $many, with: $with };)+

        /// In the order in which they are read.
        pub const $all: &[&Kind] = &[$($name),+];
    };
}

kinds! {
    KINDS:
    ACCOUNT: "account", "accounts",
        "Profile, email address, password, preferences, plan, and the words it is found by";
    PHOTO: "photo file", "photo files", "Every size of the profile photo";
    NAMES: "entry in the list of names and addresses of all regions",
        "entries in the list of names and addresses of all regions",
        "What leads to the account when somebody signs in";
    SESSIONS: "signed-in browser or tool", "signed-in browsers and tools", "All signed out at once";
    BROWSERS: "browser that signed in before", "browsers that signed in before",
        "And which of them may leave out the one-time code";
    APPS: "authenticator app", "authenticator apps",
        "Its key; the app itself keeps its entry until you remove it there";
    CODES: "recovery code", "recovery codes", "Used ones too";
    LINKS: "code or link sent by mail", "codes and links sent by mail", "None of them works any more";
    MAILS: "mail sent or waiting to be sent", "mails sent or waiting to be sent",
        "The words of those that were sent are gone already";
    ACTIVITY: "line of its activity", "lines of its activity", "What happened, when and from where";
    RECORD: "mention in the record of this instance", "mentions in the record of this instance",
        "Addresses, browsers and reasons are cut out; that something happened stays";
    MEMBERSHIPS: "membership of an organization", "memberships of organizations",
        "And invitations that wait; the organizations stay";
    PROJECTS: "project", "projects", "Deleted ones that could still be restored too";
    SAMPLES: "sample", "samples", "The files that devices and tools sent into its projects";
    ARTIFACTS: "artifact", "artifacts", "The registrations of datasets and models";
    KEYS: "key of its projects or workspace", "keys of its projects and workspace",
        "API keys and HMAC keys; programs and devices that use them stop";
    SECRETS: "secret", "secrets", "Every version of them, and the record of which jobs got one";
    MINUTES: "report of compute time", "reports of compute time", "Each with its job, project and time";
    SUMS: "sum of minutes", "sums of minutes", "By day, by month and by project";
}

kinds! {
    ORGANIZATION_KINDS:
    ORGANIZATION: "organization", "organizations", "Its name, picture, plan, policies and open invitations";
    MEMBERS: "member", "members", "Their accounts stay as they are";
}

pub struct Step {
    /// The table, as the counts of a tombstone name it.
    pub name: &'static str,
    /// The line it belongs to.
    pub kind: &'static Kind,
    /// Whether the line's number counts it; else it goes along unnumbered.
    pub is_counted: bool,
    pub count: fn(&mut Db, AccountId) -> QueryResult<i64>,
    pub erase: fn(&mut Db, AccountId) -> QueryResult<usize>,
}

/// The rows of one table that belong to an account: what a line counts, or what goes `with` it.
macro_rules! rows {
    (with $kind:ident, $table:ident, |$account:ident| $filter:expr) => {
        Step { is_counted: false, ..rows!($kind, $table, |$account| $filter) }
    };
    ($kind:ident, $table:ident, |$account:ident| $filter:expr) => {
        Step {
            name: stringify!($table),
            kind: $kind,
            is_counted: true,
            count: |db, $account| $table::table.filter($filter).count().get_result(db),
            erase: |db, $account| diesel::delete($table::table.filter($filter)).execute(db),
        }
    };
}

/// Rows of others that name the account: the name is taken out of them.
macro_rules! unnamed {
    ($table:ident, $column:ident) => {
        Step {
            name: concat!(stringify!($table), ".", stringify!($column)),
            kind: ACCOUNT,
            is_counted: false,
            count: |db, account| $table::table.filter($table::$column.eq(account)).count().get_result(db),
            erase: |db, account| {
                diesel::update($table::table.filter($table::$column.eq(account)))
                    .set($table::$column.eq(None::<AccountId>))
                    .execute(db)
            },
        }
    };
}

const NAMES_IN_OTHERS: &[Step] = &[
    // What stays in organizations no longer says who made it. First, while what goes is still there to be counted.
    unnamed!(members, invited_by),
    unnamed!(invitations, invited_by),
    unnamed!(organizations, created_by),
    unnamed!(organizations, closed_by),
    unnamed!(projects, created_by),
    unnamed!(projects, deleted_by),
    unnamed!(api_keys, created_by),
    unnamed!(hmac_keys, created_by),
    unnamed!(secrets, created_by),
    unnamed!(secrets, changed_by),
    unnamed!(secrets, deleted_by),
    unnamed!(secret_versions, made_by),
    unnamed!(leak_drills, opened_by),
    unnamed!(leak_drills, closed_by),
    unnamed!(leak_steps, done_by),
    unnamed!(secret_uses, account_id),
];

/// What any workspace leaves: one's own, or an organization's, whose id is given as a person's.
const WORKSPACE_STEPS: &[Step] = &[
    Step {
        name: "activity_events",
        kind: ACTIVITY,
        is_counted: true,
        count: |db, account| activity::chain_length(db, account.personal_workspace()),
        erase: |db, account| activity::drop_chain(db, account.personal_workspace()),
    },
    Step {
        name: "numbers of samples",
        ..rows!(with SAMPLES, numbers, |account| numbers::id.eq_any(
            samples::table.inner_join(projects::table).filter(projects::workspace_id.eq(account.personal_workspace())).select(samples::id)
        ))
    },
    rows!(with SAMPLES, spent_signatures, |account| spent_signatures::project_id
        .eq_any(projects::table.filter(projects::workspace_id.eq(account.personal_workspace())).select(projects::id))),
    rows!(SAMPLES, samples, |account| samples::project_id
        .eq_any(projects::table.filter(projects::workspace_id.eq(account.personal_workspace())).select(projects::id))),
    rows!(ARTIFACTS, artifacts, |account| artifacts::project_id
        .eq_any(projects::table.filter(projects::workspace_id.eq(account.personal_workspace())).select(projects::id))),
    Step {
        name: "numbers of API keys",
        ..rows!(with KEYS, numbers, |account| numbers::id.eq_any(
            api_keys::table.filter(api_keys::workspace_id.eq(account.personal_workspace())).select(api_keys::id)
        ))
    },
    rows!(with KEYS, rates, |account| rates::workspace_id.eq(account.personal_workspace())),
    rows!(KEYS, api_keys, |account| api_keys::workspace_id.eq(account.personal_workspace())),
    Step {
        name: "numbers of HMAC keys",
        ..rows!(with KEYS, numbers, |account| numbers::id.eq_any(
            hmac_keys::table.inner_join(projects::table).filter(projects::workspace_id.eq(account.personal_workspace())).select(hmac_keys::id)
        ))
    },
    rows!(KEYS, hmac_keys, |account| hmac_keys::project_id
        .eq_any(projects::table.filter(projects::workspace_id.eq(account.personal_workspace())).select(projects::id))),
    rows!(with SECRETS, environment_tokens, |account| environment_tokens::workspace_id.eq(account.personal_workspace())),
    rows!(with SECRETS, leak_steps, |account| leak_steps::workspace_id.eq(account.personal_workspace())),
    rows!(with SECRETS, leak_drills, |account| leak_drills::workspace_id.eq(account.personal_workspace())),
    rows!(with SECRETS, secret_uses, |account| secret_uses::workspace_id.eq(account.personal_workspace())),
    rows!(with SECRETS, secret_projects, |account| secret_projects::workspace_id.eq(account.personal_workspace())),
    rows!(with SECRETS, secret_versions, |account| secret_versions::workspace_id.eq(account.personal_workspace())),
    Step {
        name: "numbers of secrets",
        ..rows!(with SECRETS, numbers, |account| numbers::id.eq_any(
            secrets::table.filter(secrets::workspace_id.eq(account.personal_workspace())).select(secrets::id)
        ))
    },
    rows!(SECRETS, secrets, |account| secrets::workspace_id.eq(account.personal_workspace())),
    Step {
        name: "numbers of projects",
        ..rows!(with PROJECTS, numbers, |account| numbers::id.eq_any(
            projects::table.filter(projects::workspace_id.eq(account.personal_workspace())).select(projects::id)
        ))
    },
    rows!(PROJECTS, projects, |account| projects::workspace_id.eq(account.personal_workspace())),
    rows!(SUMS, usage_projects, |account| usage_projects::workspace_id.eq(account.personal_workspace())),
    rows!(SUMS, usage_days, |account| usage_days::workspace_id.eq(account.personal_workspace())),
    rows!(SUMS, usage_months, |account| usage_months::workspace_id.eq(account.personal_workspace())),
    rows!(MINUTES, usage_events, |account| usage_events::workspace_id.eq(account.personal_workspace())),
];

/// What an organization has beside it. Its own row goes before its members': it is never there without an Owner.
const ORGANIZATION_STEPS: &[Step] = &[
    rows!(with ORGANIZATION, numbers, |id| numbers::id.eq(id.as_str().to_owned())),
    rows!(with ORGANIZATION, follows, |id| follows::followed_id.eq(id.personal_workspace())),
    rows!(with ORGANIZATION, invitations, |id| invitations::workspace_id.eq(id.personal_workspace())),
    rows!(with ORGANIZATION, organizations, |id| organizations::workspace_id.eq(id.personal_workspace())),
    rows!(MEMBERS, members, |id| members::workspace_id.eq(id.personal_workspace())),
    rows!(ORGANIZATION, workspaces, |id| workspaces::id.eq(id.personal_workspace())),
];

/// What a person has beside it.
const PERSON_STEPS: &[Step] = &[
    rows!(with SESSIONS, shown_once, |account| shown_once::session_id
        .eq_any(sessions::table.filter(sessions::account_id.eq(account)).select(sessions::id))),
    rows!(SESSIONS, sessions, |account| sessions::account_id.eq(account)),
    rows!(with SESSIONS, device_approvals, |account| device_approvals::account_id.eq(account)),
    rows!(BROWSERS, devices, |account| devices::account_id.eq(account)),
    rows!(LINKS, one_time_tokens, |account| one_time_tokens::account_id.eq(account)),
    rows!(with APPS, mfa_resets, |account| mfa_resets::account_id.eq(account)),
    rows!(CODES, recovery_codes, |account| recovery_codes::account_id.eq(account)),
    rows!(APPS, totp_factors, |account| totp_factors::account_id.eq(account)),
    // What is still to be done for it, such as sending these mails.
    rows!(with MAILS, jobs, |account| jobs::account_id.eq(account)),
    rows!(MAILS, mails, |account| mails::account_id.eq(account)),
    Step {
        name: "activity_elsewhere",
        kind: RECORD,
        is_counted: true,
        count: |db, account| activity::mentions(db, account),
        erase: |db, account| activity::forget(db, account),
    },
    rows!(MEMBERSHIPS, members, |account| members::account_id.eq(account)),
    rows!(with MEMBERSHIPS, invitations, |account| invitations::email_digest
        .eq_any(accounts::table.filter(accounts::id.eq(account)).select(accounts::email_digest))),
    rows!(with MEMBERSHIPS, follows, |account| follows::follower_id
        .eq(account)
        .or(follows::followed_id.eq(account.personal_workspace()))),
    rows!(with ACCOUNT, suspensions, |account| suspensions::account_id.eq(account)),
    rows!(with ACCOUNT, closures, |account| closures::account_id.eq(account)),
    rows!(with ACCOUNT, account_words, |account| account_words::account_id.eq(account)),
    rows!(with ACCOUNT, numbers, |account| numbers::id.eq(account.as_str().to_owned())),
    rows!(with ACCOUNT, workspaces, |account| workspaces::id.eq(account.personal_workspace())),
    rows!(ACCOUNT, accounts, |account| accounts::id.eq(account)),
];

/// Everything of an account, in the order of erasing.
pub fn all() -> impl Iterator<Item = &'static Step> {
    NAMES_IN_OTHERS.iter().chain(WORKSPACE_STEPS).chain(PERSON_STEPS)
}

/// Everything of an organization, in the order of erasing.
fn of_organization() -> impl Iterator<Item = &'static Step> {
    WORKSPACE_STEPS.iter().chain(ORGANIZATION_STEPS)
}

/// Erases all of it, in the order of the list; what went, by step.
pub fn erase_all(db: &mut Db, act: &Act, account: AccountId) -> QueryResult<Vec<(&'static Step, i64)>> {
    erase(db, act, account, all())
}

pub fn erase_organization(db: &mut Db, act: &Act, id: WorkspaceId) -> QueryResult<Vec<(&'static Step, i64)>> {
    erase(db, act, id.as_person(), of_organization())
}

fn erase(
    db: &mut Db,
    act: &Act,
    owner: AccountId,
    steps: impl Iterator<Item = &'static Step>,
) -> QueryResult<Vec<(&'static Step, i64)>> {
    // A batch of minutes that is being counted holds this row: it comes before, or finds no such workspace.
    let workspace = workspaces::table.filter(workspaces::id.eq(owner.personal_workspace())).select(workspaces::id);
    let _: Vec<String> = crate::load_to_change!(db, workspace)?;
    // The files of samples go once their rows are gone for good.
    let projects = projects::table.filter(projects::workspace_id.eq(owner.personal_workspace()));
    for project in projects.select(projects::id).load(db)? {
        let_go_of_project(db, act, project)?;
    }
    let mut gone = Vec::new();
    for step in steps {
        let rows = (step.erase)(db, owner)?;
        gone.push((step, i64::try_from(rows).unwrap_or(i64::MAX)));
    }
    Ok(gone)
}

/// Counts all of it, in the same order.
pub fn count_all(db: &mut Db, account: AccountId) -> QueryResult<Vec<(&'static Step, i64)>> {
    all().map(|step| Ok((step, (step.count)(db, account)?))).collect()
}

pub fn count_organization(db: &mut Db, id: WorkspaceId) -> QueryResult<Vec<(&'static Step, i64)>> {
    of_organization().map(|step| Ok((step, (step.count)(db, id.as_person())?))).collect()
}
