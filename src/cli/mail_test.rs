//! `keystead mail-test`: sends one mail right away, past the queue, and says what became of it.

use super::{Outcome, open, say};
use crate::app::work;
use crate::config::Config;
use crate::kernel::clock::Clock;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::origin::Origin;
use crate::mail;

#[derive(clap::Args)]
pub struct MailTest {
    /// Who gets the mail
    address: String,
}

impl MailTest {
    pub fn run(&self, config: Config) -> Outcome {
        let to = EmailAddress::parse(&self.address).map_err(|error| format!("{}: {error}", self.address))?;
        let site = open::existing(config, Clock::System)?;
        let post = work::post_office(&site)?;
        let act = site.act(Origin::program("keystead mail-test"));
        let answer = mail::try_out(&work::house(&site), &site.config.mail_from, post.as_ref(), &act, to)?;
        say(&format!("Sent. The answer was: {answer}"));
        Ok(())
    }
}
