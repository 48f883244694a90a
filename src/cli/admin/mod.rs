//! `keystead admin`: what an operator does to accounts without a browser.
//!
//! Rule: whoever can read the databases and the master key is trusted; what they do here is recorded all the same.

mod create;
mod delete_account;
mod end_sessions;
mod list;
mod reset_mfa;

use super::{Outcome, open};
use crate::config::Config;
use crate::http::site::Site;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::kernel::region::Region;
use crate::regions::directory::{self, Hold};
use crate::sessions::account::{self, Account};

#[derive(clap::Args)]
pub struct Admin {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make an account that is an administrator; without a password, print a link to choose one
    Create(create::Create),
    /// List the administrators
    List,
    /// Sign a person out of every browser, or everybody
    EndSessions(end_sessions::EndSessions),
    /// Take the second factor off an account whose owner lost it, after a day in which the owner can refuse
    ResetMfa(reset_mfa::ResetMfa),
    /// Show what deleting an account removes, and delete it
    DeleteAccount(delete_account::DeleteAccount),
}

impl Admin {
    pub fn run(&self, config: Config) -> Outcome {
        match &self.command {
            // The one of these that may be the first command ever.
            Command::Create(create) => create.run(&open::site(config, Clock::System)?),
            Command::List => list::run(&open::existing(config, Clock::System)?),
            Command::EndSessions(end) => end.run(&open::existing(config, Clock::System)?),
            Command::ResetMfa(reset) => reset.run(&open::existing(config, Clock::System)?),
            Command::DeleteAccount(delete) => delete.run(&open::existing(config, Clock::System)?),
        }
    }
}

fn act(site: &Site) -> crate::crypto::act::Act {
    site.act(Origin::program("keystead admin"))
}

/// The account of this name, wherever it lives.
fn find(site: &Site, username: &str) -> Result<(Region, Account), String> {
    let failed = |error| format!("The database failed: {error}");
    let row = site.regions.directory.read_now(|db| directory::by_name(db, username)).map_err(failed)?;
    let nobody = || format!("There is no account {username:?}.");
    let row = row.filter(|row| row.state == Hold::Taken).ok_or_else(nobody)?;
    let elsewhere = || format!("{username:?} lives in {}, which is not served here.", row.region);
    let store = site.regions.store(row.region).ok_or_else(elsewhere)?;
    let account = store.read_now(|db| account::by_id(db, row.owner_id)).map_err(failed)?;
    Ok((row.region, account.ok_or_else(nobody)?))
}
