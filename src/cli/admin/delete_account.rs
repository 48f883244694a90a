//! `keystead admin delete-account`: shows what goes, asks for the username, closes.

use super::super::{Outcome, ask, say};
use super::{act, find};
use crate::http::site::Site;
use crate::lifecycle::closing::{self, By, When};
use crate::lifecycle::consequences;

#[derive(clap::Args)]
pub struct DeleteAccount {
    username: String,
    /// Erase right away instead of after the days of grace
    #[arg(long)]
    now: bool,
    /// Told to the owner and kept in the record
    #[arg(long)]
    reason: String,
    /// Do not ask for the username to be typed
    #[arg(long)]
    yes: bool,
}

impl DeleteAccount {
    pub fn run(&self, site: &Site) -> Outcome {
        let act = act(site);
        let (region, account) = find(site, &self.username)?;
        let lines = consequences::of_account(&site.regions, &site.files, region, account.id)
            .map_err(|error| format!("What would go cannot be counted: {error}"))?;
        say(&format!("Deleting {} in {region} removes:", account.username));
        for line in &lines {
            say(&format!("{:>8}  {}", line.count, line.what()));
        }
        let when = if self.now { When::Immediately } else { When::After(site.config.deletion_grace_days) };
        if !self.yes && ask("Type the username to go on: ")? != account.username.as_str() {
            return Err("Nothing was deleted: that was not the username.".to_owned());
        }
        let by = By::Administrator { id: None, reason: self.reason.clone() };
        let erase_at = closing::close(&site.regions, region, &act, account.id, &by, when)
            .map_err(|error| format!("Not deleted: {error}."))?;
        say(&if self.now {
            "Closed. A running `keystead serve` or `keystead work` erases it within a moment.".to_owned()
        } else {
            format!(
                "Closed. It is erased on {}; until then an administrator can bring it back.",
                erase_at.to_jiff().strftime("%-d %B %Y")
            )
        });
        Ok(())
    }
}
