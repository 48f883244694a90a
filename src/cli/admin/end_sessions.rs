//! `keystead admin end-sessions`: signs a person out everywhere, or everybody, as after a break-in (ASVS V7.4.5).

use super::super::{Outcome, say};
use super::{act, find};
use crate::crypto::act::Act;
use crate::db::Store;
use crate::http::site::Site;
use crate::kernel::id::AccountId;
use crate::lifecycle::sessions_ended;
use crate::sessions::session;

/// Accounts read at once.
const MOST: i64 = 500;

#[derive(clap::Args)]
pub struct EndSessions {
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    username: Option<String>,
    /// Of every account in every region served here. Each owner is told
    #[arg(long)]
    all: bool,
}

impl EndSessions {
    pub fn run(&self, site: &Site) -> Outcome {
        let act = act(site);
        let (mut people, mut ended) = (0, 0);
        if let Some(username) = &self.username {
            let (region, account) = find(site, username)?;
            let store = site.regions.store(region).ok_or("The region is not served here.")?;
            (people, ended) = (1, end(store, &act, account.id)?);
        } else {
            for (_, store) in site.regions.served() {
                let mut after = None;
                loop {
                    let holders = store.read_now(|db| session::holders(db, after, MOST));
                    let holders = holders.map_err(|error| format!("The database failed: {error}"))?;
                    for account in &holders {
                        ended += end(store, &act, *account)?;
                        people += 1;
                    }
                    after = holders.last().copied();
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        say(&format!("Sessions ended: {ended}, of accounts: {people}. The owners are told by mail."));
        Ok(())
    }
}

fn end(store: &Store, act: &Act, account: AccountId) -> Result<i64, String> {
    let ended = store.write_now(|db| sessions_ended::end(db, act, None, account, None));
    ended.map_err(|error| format!("Not all were ended: {error}."))
}
