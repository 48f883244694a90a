//! Everything the page about one account shows, read in one go. Never a secret, nor anything made from one.

use crate::activity::feed;
use crate::billing;
use crate::db::{Db, DbError};
use crate::kernel::id::AccountId;
use crate::kernel::month::Month;
use crate::kernel::time::Timestamp;
use crate::lifecycle::closing::{self, Closure};
use crate::lifecycle::mfa_reset::{self, MfaReset};
use crate::lifecycle::suspension::{self, Suspension};
use crate::mfa::recovery_codes;
use crate::mfa::totp::{self, Factor};
use crate::sessions::device;
use crate::sessions::session::{self, Session};
use crate::usage::month::{self, Spent};

const MONTHS: i64 = 24;
const EVENTS: i64 = 20;

pub struct Facts {
    pub plan: String,
    pub factor: Option<Factor>,
    pub recovery_codes_left: i64,
    pub trusted_browsers: usize,
    pub sessions: Vec<Session>,
    pub months: Vec<(Month, Spent)>,
    pub events: Vec<feed::Entry>,
    pub suspension: Option<Suspension>,
    pub closure: Option<Closure>,
    pub mfa_reset: Option<MfaReset>,
}

pub fn read(db: &mut Db, account: AccountId, now: Timestamp) -> Result<Facts, DbError> {
    let workspace = account.personal_workspace();
    Ok(Facts {
        plan: billing::plan_of(db, workspace)?.unwrap_or_default(),
        factor: totp::of_account(db, account)?,
        recovery_codes_left: recovery_codes::left(db, account)?,
        trusted_browsers: device::trusted(db, account, now)?.len(),
        sessions: session::of_account(db, account, now)?,
        months: month::months_with_usage(db, workspace, MONTHS)?,
        events: feed::latest(db, workspace, EVENTS)?,
        suspension: suspension::of_account(db, account)?,
        closure: closing::of_account(db, account)?,
        mfa_reset: mfa_reset::of_account(db, account)?,
    })
}
