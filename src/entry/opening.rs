//! What every way in ends with: the browser is noted, a session opened, the owner told of a browser not seen before.

use crate::activity::{self, Event, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, TokenDigest};
use crate::db::{Db, DbError};
use crate::kernel::id::DeviceId;
use crate::kernel::region::Region;
use crate::mail::Letter;
use crate::sessions::account::Account;
use crate::sessions::session::{self, NewSession, SessionKind};
use crate::sessions::{credential, device};

/// How the person came in.
pub struct Opened<'a> {
    pub region: Region,
    pub account: &'a Account,
    pub is_remembered: bool,
    /// No browser: a program that keeps the token by itself.
    pub is_tool: bool,
    pub factor: SecondFactor,
    /// Lets this browser skip the one-time code for 30 days.
    pub is_trusted: bool,
    /// The very first time nobody is told of the new browser: they sit before it.
    pub is_first: bool,
}

impl<'a> Opened<'a> {
    /// With the password alone, for twelve hours.
    pub fn by(region: Region, account: &'a Account) -> Self {
        let factor = SecondFactor::None;
        Self { region, account, is_remembered: false, is_tool: false, factor, is_trusted: false, is_first: false }
    }
}

/// Opens the session, in the transaction of whatever let the person in.
pub fn open(db: &mut Db, act: &Act, browser: &TokenDigest, opened: &Opened<'_>) -> Result<PlainToken, DbError> {
    if opened.is_tool {
        return open_for_tool(db, act, opened);
    }
    let account = opened.account.id;
    let (device, is_new_browser) = device::seen(db, act, account, browser)?;
    let token = begin(db, act, opened, Some(device), is_new_browser)?;
    if opened.is_trusted {
        device::trust(db, act, device)?;
        let event = Event::BrowserTrusted { until: act.now.plus(device::TRUST) };
        activity::record(db, act, account.personal_workspace(), Some(account), &event)?;
    }
    if is_new_browser && !opened.is_first {
        credential::tell(db, act, opened.account, &Letter::NewBrowser)?;
    }
    Ok(token)
}

/// A tool is known by what it calls itself alone, so the owner is told unless one of that name is signed in already.
fn open_for_tool(db: &mut Db, act: &Act, opened: &Opened<'_>) -> Result<PlainToken, DbError> {
    let others = session::of_account(db, opened.account.id, act.now)?;
    let is_new = !others.iter().any(|other| other.kind == SessionKind::Tool && other.agent == act.origin.agent);
    let token = begin(db, act, opened, None, is_new)?;
    if is_new {
        credential::tell(db, act, opened.account, &Letter::NewTool)?;
    }
    Ok(token)
}

fn begin(
    db: &mut Db,
    act: &Act,
    opened: &Opened<'_>,
    device: Option<DeviceId>,
    is_new_browser: bool,
) -> Result<PlainToken, DbError> {
    let account = opened.account.id;
    let new = NewSession {
        account,
        kind: if opened.is_tool { SessionKind::Tool } else { SessionKind::Browser },
        device,
        is_remembered: opened.is_remembered,
        has_second_factor: matches!(opened.factor, SecondFactor::App | SecondFactor::RecoveryCode),
    };
    let (_, token) = session::open(db, act, opened.region, &new)?;
    let (is_remembered, second_factor) = (opened.is_remembered, opened.factor);
    let event = Event::SignInSucceeded { is_new_browser, is_remembered, second_factor };
    activity::record(db, act, account.personal_workspace(), Some(account), &event)?;
    Ok(token)
}
