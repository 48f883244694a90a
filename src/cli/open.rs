//! Puts a [`Site`] together from the configuration: folders, master key, databases, keys.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::config::{Config, MasterKeySource};
use crate::crypto::chance::Chance;
use crate::crypto::keyring::{Keyring, MasterKeys, key_name};
use crate::crypto::password::{Hasher, Params};
use crate::db::Store;
use crate::db::migrate::{self, Kind, Standing};
use crate::db::url::DatabaseUrl;
use crate::files::Files;
use crate::http::site::Site;
use crate::ingestion::pace;
use crate::kernel::clock::Clock;
use crate::kernel::time::seconds;
use crate::lifecycle::backups;
use crate::mail::transport::Smtp;
use crate::projects::api_keys::KeyUses;
use crate::projects::rates::Limiter;
use crate::regions::{Regions, named_keys};
use crate::sessions::last_seen::LastSeen;

/// Connections to one database. Readers on SQLite are many and short; one writer is all it allows.
const CONNECTIONS: u32 = 16;

/// Every database with its kind and the name an operator knows it by.
pub(super) fn databases(config: &Config) -> Vec<(String, &DatabaseUrl, Kind)> {
    let directory = [("directory".to_owned(), &config.directory, Kind::Directory)];
    let regions = config.served.iter().map(|(region, url)| (region.to_string(), url, Kind::Region));
    directory.into_iter().chain(regions).collect()
}

/// What people typed lies in it, so that it is made for this user alone. A folder that is there stays as it is.
pub(super) fn make_data_folder(config: &Config) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&config.data);
    made.map_err(|error| format!("Cannot make {}: {error}", config.data.display()))
}

/// Opens what is there. SQLite files are migrated on the way; PostgreSQL is only looked at.
pub(super) fn site(config: Config, clock: Clock) -> Result<Site, String> {
    make_data_folder(&config)?;
    backups::refuse_half_restored(&config.data)?;
    restored(config, clock)
}

/// The same for whoever is bringing a backup back there.
pub(super) fn restored(config: Config, clock: Clock) -> Result<Site, String> {
    for (name, url, kind) in databases(&config) {
        if let DatabaseUrl::Sqlite(_) = url {
            super::migrate::one(&name, url, kind, clock.now())?;
        }
        refuse_foreign_schema(&name, url, kind)?;
    }
    let chance = Chance::system();
    let regions = Regions::new(
        Store::new(config.directory.clone(), CONNECTIONS),
        config.served.iter().map(|(region, url)| (*region, Store::new(url.clone(), CONNECTIONS))).collect(),
        config.elsewhere.clone(),
    );
    refuse_lost_key(&config.master_key, &regions.directory)?;
    let keyring = keyring(&config.master_key, &chance)?;
    let named = named_keys::ensure(&regions.directory, &keyring, &chance, clock.now()).map_err(|e| e.to_string())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Site {
        files: Files::new(config.data.join("files")),
        patience: pace::GRACE,
        rates: Limiter::new(config.rates),
        config: Arc::new(config),
        regions,
        clock,
        chance,
        keyring: Arc::new(keyring.with_named(named)),
        hasher: Hasher::new(Params::default(), cores, seconds(3)),
        last_seen: LastSeen::default(),
        key_uses: KeyUses::default(),
        wake: Arc::new(Notify::new()),
    })
}

/// For commands beside a server: opens what a server made, and makes nothing itself, no master key either.
pub(super) fn existing(mut config: Config, clock: Clock) -> Result<Site, String> {
    if let MasterKeySource::File { may_create, .. } = &mut config.master_key {
        *may_create = false;
    }
    // Before anything is missed that a restore has yet to put there.
    backups::refuse_half_restored(&config.data)?;
    match &config.directory {
        DatabaseUrl::Sqlite(path) if !path.exists() => Err(format!(
            "There is no directory at {}. Is KEYSTEAD_DATA right? A first `keystead serve` makes one.",
            path.display()
        )),
        _ => site(config, clock),
    }
}

/// The names of the keys that are there. Makes none.
pub(super) fn present_keys(source: &MasterKeySource) -> Result<BTreeSet<String>, String> {
    match source {
        MasterKeySource::File { path, .. } if !path.exists() => Err(format!(
            "There is no master key at {}. Put a copy of the one the backup was made with there.",
            path.display()
        )),
        _ => {
            let keyring = Keyring::new(master_keys(source, &Chance::system())?);
            Ok(keyring.master_ids().into_iter().map(key_name).collect())
        }
    }
}

/// A new key opens nothing that a lost one sealed, so that it is made only where nothing is sealed yet.
fn refuse_lost_key(source: &MasterKeySource, directory: &Store) -> Result<(), String> {
    let MasterKeySource::File { path, may_create } = source else { return Ok(()) };
    if !matches!(path.try_exists(), Ok(false)) {
        return Ok(());
    }
    if directory.read_now(named_keys::are_there).map_err(|error| format!("The directory failed: {error}"))? {
        return Err(format!(
            "There are databases but no master key at {}. Put the one they were made with back there: without it \
             nothing sealed can be read.",
            path.display()
        ));
    }
    if *may_create {
        return Ok(());
    }
    Err(format!(
        "There is no master key at {}. A first `keystead serve` makes one, unless KEYSTEAD_MASTER_KEY_FILE is set.",
        path.display()
    ))
}

/// Whether the key can be used, without making one.
pub(super) fn check_master_key(source: &MasterKeySource) -> Result<(), String> {
    match source {
        MasterKeySource::File { path, may_create: true } if !path.exists() => Ok(()),
        _ => master_keys(source, &Chance::system()).map(|_| ()),
    }
}

/// Whether the address of the mail server can be used, without speaking to it.
pub(super) fn check_smtp(url: &str, config: &Config) -> Result<(), String> {
    let own_name = config.public_url.host_str().unwrap_or("localhost");
    Smtp::new(url, own_name).map(|_| ()).map_err(|error| format!("KEYSTEAD_SMTP_URL: {error}"))
}

fn refuse_foreign_schema(name: &str, url: &DatabaseUrl, kind: Kind) -> Result<(), String> {
    match migrate::standing_of(url, kind).map_err(|e| format!("The {name} database ({url}) does not answer: {e}"))? {
        Standing::Current | Standing::Newer { breaking: None } => Ok(()),
        Standing::Older(missing) => Err(format!(
            "The {name} database ({url}) has an older schema: {} missing. Run `keystead migrate` first.",
            missing.len()
        )),
        Standing::Newer { breaking: Some(version) } => Err(format!(
            "The {name} database ({url}) was changed by a newer Keystead in a way this one cannot serve \
             (migration {version}). Start the newer program."
        )),
    }
}

/// The keys of the file are read again when it changes, so that a running server learns of a rotation.
fn keyring(source: &MasterKeySource, chance: &Chance) -> Result<Keyring, String> {
    let keyring = Keyring::new(master_keys(source, chance)?);
    Ok(match source {
        MasterKeySource::Text(_) => keyring,
        MasterKeySource::File { path, .. } => keyring.kept_in(path.clone()),
    })
}

fn master_keys(source: &MasterKeySource, chance: &Chance) -> Result<MasterKeys, String> {
    match source {
        MasterKeySource::Text(text) => MasterKeys::parse(text).map_err(|e| format!("KEYSTEAD_MASTER_KEY: {e}")),
        MasterKeySource::File { path, may_create } => {
            if *may_create && !path.exists() {
                make_key_file(path, chance)?;
            }
            MasterKeys::load_file(path).map_err(|e| format!("The master key {}: {e}", path.display()))
        }
    }
}

fn make_key_file(path: &Path, chance: &Chance) -> Result<(), String> {
    MasterKeys::create_file(path, chance).map_err(|e| format!("Cannot make the master key {}: {e}", path.display()))?;
    tracing::warn!(
        path = %path.display(),
        "made a new master key. Back it up, apart from the databases: without it nothing sealed can be read again"
    );
    Ok(())
}
