//! What every way in ends with: the browser is noted, a session opened, the owner told of a browser not seen before.

use crate::activity::{self, Event, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, TokenDigest};
use crate::db::{Db, DbError};
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
        Self { region, account, is_remembered: false, factor, is_trusted: false, is_first: false }
    }
}

/// Opens the session, in the transaction of whatever let the person in.
pub fn open(db: &mut Db, act: &Act, browser: &TokenDigest, opened: &Opened<'_>) -> Result<PlainToken, DbError> {
    let account = opened.account.id;
    let (device, is_new_browser) = device::seen(db, act, account, browser)?;
    let new = NewSession {
        account,
        kind: SessionKind::Browser,
        device: Some(device),
        is_remembered: opened.is_remembered,
        has_second_factor: matches!(opened.factor, SecondFactor::App | SecondFactor::RecoveryCode),
    };
    let (_, token) = session::open(db, act, opened.region, &new)?;
    let (is_remembered, second_factor) = (opened.is_remembered, opened.factor);
    let event = Event::SignInSucceeded { is_new_browser, is_remembered, second_factor };
    activity::record(db, act, account.personal_workspace(), Some(account), &event)?;
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
