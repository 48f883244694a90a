//! `keystead demo`: the whole thing, filled with people, their teams and two months of believable data, on scratch
//! storage.
//!
//! Rule: everything is made by the functions that pages and programs call, only with an earlier clock; nothing is written
//! to a table from here. The same people, passwords and authenticator key every time, so never for a real server.

mod cast;
mod devices;
mod keys;
mod lives;
mod minutes;
mod pictures;
mod projects;
mod secrets;
mod teams;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Outcome, open, say, serve};
use crate::config::{Config, MasterKeySource, Registration};
use crate::crypto::chance::Chance;
use crate::crypto::password::Password;
use crate::crypto::totp::TotpSecret;
use crate::db::url::DatabaseUrl;
use crate::http::site::Site;
use crate::kernel::clock::Clock;

/// Of every account here.
const PASSWORD: &str = "harbour-lantern-violin-42";

#[derive(clap::Args)]
pub struct Demo {
    /// Keep the scratch folder afterwards
    #[arg(long)]
    keep: bool,
}

impl Demo {
    pub fn run(&self, config: Config) -> Outcome {
        let chance = Chance::system();
        let folder = Scratch::new(&chance, self.keep)?;
        let site = open::site(on_scratch(config, &folder.path), Clock::System)?;
        say("Filling two months …");
        let key = fill(&site)?;
        tell(&site, &key, &folder.path);
        serve::run(&site, true)
    }
}

/// The settings that were given, but nothing of the storage they name.
fn on_scratch(config: Config, folder: &Path) -> Config {
    let file = |name: &str| DatabaseUrl::Sqlite(folder.join(format!("{name}.sqlite")));
    let served: BTreeMap<_, _> = config.served.keys().map(|region| (*region, file(region.as_str()))).collect();
    Config {
        directory: file("directory"),
        served,
        elsewhere: BTreeMap::new(),
        master_key: MasterKeySource::File { path: folder.join("master.key"), may_create: true },
        smtp_url: None,
        data: folder.to_owned(),
        erasure_log: folder.join("erasures.log"),
        registration: Registration::Open,
        ..config
    }
}

/// Fills the storage; the administrator's authenticator key.
fn fill(site: &Site) -> Result<TotpSecret, String> {
    let chance = Chance::seeded(2026);
    let hash = site.hasher.hash_blocking(&chance, &Password::from_typed(PASSWORD));
    let mut lives = lives::Lives::new(site, chance, hash);
    let key = lives.all()?;
    let teams = teams::found(site, &lives)?;
    for team in &teams {
        projects::fill(site, &lives, team)?;
        secrets::keep(site, &lives, team)?;
    }
    minutes::report(site, &lives, &teams)?;
    pictures::hang(site, &lives)?;
    Ok(key)
}

fn tell(site: &Site, key: &TotpSecret, folder: &Path) {
    let origin = site.public_origin();
    say(&format!(
        "
Keystead with {} people, on scratch storage in {}.

  Administrator   {origin}/admin/accounts
                  username  {}
                  password  {PASSWORD}
                  authenticator key  {}  (the code now: {})

  A person        {origin}/settings/billing
                  username  {}  (or any other of the list)
                  password  {PASSWORD}

  Mails           {}
",
        cast::PEOPLE.len(),
        folder.display(),
        cast::username(cast::ADMINISTRATOR),
        key.base32(),
        key.code_at(site.clock.now()),
        cast::username(cast::PERSON),
        folder.join("mail").display()
    ));
}

/// A folder of our own below the system's temporary one, removed at the end.
struct Scratch {
    path: PathBuf,
    is_kept: bool,
}

impl Scratch {
    fn new(chance: &Chance, is_kept: bool) -> Result<Self, String> {
        let name = format!("keystead-demo-{:08x}", u32::from_le_bytes(chance.bytes()));
        let path = std::env::temp_dir().join(name);
        // Refused when it exists: nobody else can have laid it out for us.
        std::fs::create_dir(&path).map_err(|error| format!("Cannot make {}: {error}", path.display()))?;
        Ok(Self { path, is_kept })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.is_kept && std::fs::remove_dir_all(&self.path).is_err() {
            tracing::warn!(folder = %self.path.display(), "the scratch folder could not be removed");
        }
    }
}
