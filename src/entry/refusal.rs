//! What somebody who is signed in was refused, in their own record (ASVS V16.3.2).
//!
//! Rule: a few an hour. Whoever asks a thousand times fills the log, not their record.

use super::EntryError;
use crate::activity::{self, Event};
use crate::crypto::act::Act;
use crate::db::{Db, Store};
use crate::kernel::id::AccountId;
use crate::kernel::time::hours;
use crate::regions::Regions;
use crate::sessions::throttle::{self, Limit};

const REFUSALS: Limit = Limit { name: "refusals", most: 10, within: hours(1) };

/// `what` completes the sentence "Access refused: …".
pub async fn note(
    regions: &Regions,
    store: &Store,
    act: &Act,
    account: AccountId,
    what: &'static str,
) -> Result<(), EntryError> {
    let of_directory = act.clone();
    let counted = move |db: &mut Db| throttle::count(db, &of_directory, REFUSALS, account.as_str());
    if regions.directory.write(counted).await?.is_ok() {
        let act = act.clone();
        let event = Event::AccessRefused { what };
        let recorded =
            move |db: &mut Db| activity::record(db, &act, account.personal_workspace(), Some(account), &event);
        store.write(recorded).await?;
    }
    Ok(())
}
