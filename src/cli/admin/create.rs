//! `keystead admin create`.

use std::path::PathBuf;

use super::super::{Outcome, say};
use super::act;
use crate::crypto::password::{Password, PasswordHash};
use crate::crypto::strength;
use crate::entry::appointment::{self, Appointment};
use crate::http::site::Site;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::names::{Username, person_name};
use crate::kernel::region::Region;
use crate::mail::paths;

#[derive(clap::Args)]
pub struct Create {
    #[arg(long)]
    email: String,
    /// 4 to 32 of a-z, 0-9 and single hyphens; permanent
    #[arg(long)]
    username: String,
    /// As other people read it
    #[arg(long)]
    name: String,
    /// Where the account lives [default: the first region served here]
    #[arg(long)]
    region: Option<String>,
    /// File with the password; `-` reads it from standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Create {
    pub fn run(&self, site: &Site) -> Outcome {
        let act = act(site);
        let new = Appointment {
            region: self.region(site)?,
            email: EmailAddress::parse(&self.email).map_err(|error| format!("--email: {error}"))?,
            username: Username::parse(&self.username).map_err(|error| format!("--username: {error}"))?,
            name: person_name(&self.name).map_err(|error| format!("--name: {error}"))?,
            password: self.password(site)?,
            plan: site.config.plans.first().id.clone(),
            is_administrator: true,
        };
        let id = appointment::make(&site.regions, &act, &new).map_err(|error| format!("Not made: {error}."))?;
        say(&format!("Made the administrator {} in {}.", new.username, new.region));
        if new.password.is_none() {
            let token = appointment::password_link(&site.regions, &act, new.region, id)
                .map_err(|error| format!("The link could not be made: {error}."))?;
            say("Choose a password at this address within 24 hours; it works once:");
            say(&format!("{}{}", site.public_origin(), paths::reset(&token.reveal())));
        }
        say("At the first sign-in to the administration, multi-factor authentication has to be set up.");
        Ok(())
    }

    fn region(&self, site: &Site) -> Result<Region, String> {
        let served: Vec<Region> = site.regions.served().map(|(region, _)| region).collect();
        let wanted = match &self.region {
            Some(text) => text.parse().ok(),
            None => served.first().copied(),
        };
        wanted.filter(|region| served.contains(region)).ok_or_else(|| {
            let words: Vec<&str> = served.iter().map(|region| region.as_str()).collect();
            format!("--region: not one of those served here: {}", words.join(", "))
        })
    }

    fn password(&self, site: &Site) -> Result<Option<PasswordHash>, String> {
        let Some(path) = &self.password_file else { return Ok(None) };
        let text = if path.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(path)
        };
        let text = text.map_err(|error| format!("--password-file: cannot read {}: {error}", path.display()))?;
        let password = Password::from_typed(text.trim_end_matches(['\r', '\n']));
        let own_words = [self.email.as_str(), self.username.as_str(), self.name.as_str()];
        strength::check(&password, &own_words, site.config.password_min)
            .map_err(|error| format!("--password-file: {error}"))?;
        Ok(Some(site.hasher.hash_blocking(&site.chance, &password)))
    }
}
