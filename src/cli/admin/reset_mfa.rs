//! `keystead admin reset-mfa`: for a person who lost the authenticator and the recovery codes.

use super::super::{Outcome, say};
use super::{act, find};
use crate::http::site::Site;
use crate::lifecycle::{LifecycleError, mfa_reset};

#[derive(clap::Args)]
pub struct ResetMfa {
    username: String,
}

impl ResetMfa {
    pub fn run(&self, site: &Site) -> Outcome {
        let act = act(site);
        let (region, account) = find(site, &self.username)?;
        let store = site.regions.store(region).ok_or("The region is not served here.")?;
        store
            .write_now(|db| mfa_reset::request(db, &act, region, None, account.id))
            .map_err(|error: LifecycleError| format!("Not reset: {error}."))?;
        say(&format!(
            "{} was mailed. It takes effect in {} hours, or at once when the owner confirms it from the mail.",
            account.username,
            mfa_reset::DELAY.as_secs() / 3600
        ));
        Ok(())
    }
}
