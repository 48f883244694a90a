//! `keystead admin list`.

use super::super::{Outcome, say};
use crate::http::site::Site;
use crate::regions::administrators;
use crate::sessions::account;

pub fn run(site: &Site) -> Outcome {
    let failed = |error| format!("The database failed: {error}");
    let all = site.regions.directory.read_now(administrators::all).map_err(failed)?;
    for one in &all {
        let Some(store) = site.regions.store(one.region) else {
            say(&format!("{}  {}  (not served here)", one.account_id, one.region));
            continue;
        };
        match store.read_now(|db| account::by_id(db, one.account_id)).map_err(failed)? {
            Some(account) => {
                let mfa = if account.has_mfa { "MFA on" } else { "MFA off: cannot enter the administration yet" };
                say(&format!("{:<32} {}  {:<40} {mfa}", account.username.as_str(), one.region, account.email));
            }
            None => say(&format!("{}  {}  (no such account: run `keystead doctor`)", one.account_id, one.region)),
        }
    }
    if all.is_empty() {
        say("There is no administrator. `keystead serve` prints a link to make the first.");
    }
    Ok(())
}
