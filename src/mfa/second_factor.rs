//! Either of the two: a code from the app, or one of the recovery codes in its place.

use super::totp::{self, Verdict};
use super::{MfaError, recovery_codes};
use crate::crypto::act::Act;
use crate::crypto::recovery_code;
use crate::db::Db;
use crate::kernel::id::AccountId;

/// What a typed second factor turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    App,
    /// How many recovery codes are left.
    RecoveryCode {
        left: i64,
    },
    /// A code of the app that was used before: told apart for the record, never on a page.
    Used,
    Wrong,
}

impl Checked {
    pub fn is_right(self) -> bool {
        matches!(self, Self::App | Self::RecoveryCode { .. })
    }
}

/// Checks what was typed and uses it up when it is right. In the transaction of what it opens.
pub fn check(db: &mut Db, act: &Act, account: AccountId, typed: &str) -> Result<Checked, MfaError> {
    if recovery_code::looks_like_one(typed) {
        if recovery_codes::use_one(db, act, account, typed)? {
            return Ok(Checked::RecoveryCode { left: recovery_codes::left(db, account)? });
        }
        return Ok(Checked::Wrong);
    }
    Ok(match totp::verify(db, act, account, typed)? {
        Verdict::Accepted => Checked::App,
        Verdict::Used => Checked::Used,
        Verdict::Wrong => Checked::Wrong,
    })
}
