//! `keystead service-token`: credentials for the platform's own programs, such as its metering.

use super::{Outcome, open, record, say};
use crate::activity::Event;
use crate::config::Config;
use crate::crypto::act::Act;
use crate::http::site::Site;
use crate::kernel::clock::Clock;
use crate::kernel::names::one_line;
use crate::kernel::origin::Origin;
use crate::regions::service_tokens::{self, Allowed, ServiceToken};

#[derive(clap::Args)]
pub struct ServiceTokens {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a token and print it, once
    Create {
        /// What the token is for, in your words
        #[arg(long)]
        name: String,
        /// What it may do, comma-separated: usage (report compute minutes), keys (verify API keys), projects (register artifacts), introspect (ask who is behind a session), jobs (get jobs what they fetch their secrets with)
        #[arg(long, value_delimiter = ',', default_value = "usage")]
        allow: Vec<String>,
    },
    /// List all tokens, also revoked ones; never the tokens themselves
    List,
    /// Make a token worthless, from its next use on
    Revoke {
        /// Its id or its name, as `list` shows them
        token: String,
    },
}

impl ServiceTokens {
    pub fn run(&self, config: Config) -> Outcome {
        let site = open::existing(config, Clock::System)?;
        let act = site.act(Origin::program("keystead service-token"));
        match &self.command {
            Command::Create { name, allow } => create(&site, &act, name, allow),
            Command::List => list(&site),
            Command::Revoke { token } => revoke(&site, &act, token),
        }
    }
}

fn create(site: &Site, act: &Act, name: &str, allow: &[String]) -> Outcome {
    let name = one_line(name, 60).map_err(|error| format!("--name: {error}"))?;
    if name.is_empty() {
        return Err("--name: say in a few words what the token is for".to_owned());
    }
    let allowed: Result<Vec<Allowed>, String> =
        allow.iter().map(|word| word.parse().map_err(|error| format!("--allow: {error}"))).collect();
    let allowed = allowed?;
    if all(site)?.iter().any(|token| token.name == name && token.revoked_at.is_none()) {
        return Err(format!("There is a token {name:?} already. Revoke it first, or choose another name."));
    }
    let secret = site
        .regions
        .directory
        .write_now(|db| service_tokens::create(db, act, &name, &allowed))
        .map_err(|error| format!("The directory failed: {error}"))?;
    if let Some(made) = all(site)?.into_iter().find(|token| token.name == name && token.revoked_at.is_none()) {
        record(site, act, &Event::ServiceTokenCreated { token: made.id, name });
    }
    say(&secret.reveal());
    Ok(())
}

fn list(site: &Site) -> Outcome {
    for token in all(site)? {
        let allows: Vec<&str> = token.allows().iter().map(|allowed| allowed.as_str()).collect();
        let used = token.last_used_at.map_or("never used".to_owned(), |at| format!("last used {}", at.to_jiff()));
        let state = token.revoked_at.map_or(used, |at| format!("revoked {}", at.to_jiff()));
        say(&format!(
            "{}  {:<24} {:<19} made {}  {state}",
            token.id,
            token.name,
            allows.join(","),
            token.created_at.to_jiff()
        ));
    }
    Ok(())
}

fn revoke(site: &Site, act: &Act, wanted: &str) -> Outcome {
    let token = all(site)?
        .into_iter()
        .find(|token| token.revoked_at.is_none() && (token.id.as_str() == wanted || token.name == wanted))
        .ok_or_else(|| format!("There is no live token {wanted:?}. See `keystead service-token list`."))?;
    site.regions
        .directory
        .write_now(|db| service_tokens::revoke(db, token.id, act.now))
        .map_err(|error| format!("The directory failed: {error}"))?;
    record(site, act, &Event::ServiceTokenRevoked { token: token.id, name: token.name.clone() });
    say(&format!("Revoked {}.", token.name));
    Ok(())
}

fn all(site: &Site) -> Result<Vec<ServiceToken>, String> {
    site.regions.directory.read_now(service_tokens::all).map_err(|error| format!("The directory failed: {error}"))
}
