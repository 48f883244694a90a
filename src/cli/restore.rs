//! `keystead restore`: a backup back onto an empty place, or a rehearsal of that on scratch storage.
//!
//! Rule: nothing that is in use is ever written over. A rehearsal leaves nothing behind but its date.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::doctor::words;
use super::{Outcome, open, say};
use crate::config::{Config, MasterKeySource};
use crate::db::snapshot;
use crate::db::url::DatabaseUrl;
use crate::http::site::Site;
use crate::kernel::clock::Clock;
use crate::kernel::id::BackupId;
use crate::kernel::origin::Origin;
use crate::kernel::time::Timestamp;
use crate::lifecycle::backups::{self, About, Backup, Place, Restored, is_sound, log_beside};
use crate::lifecycle::doctor::house;
use crate::lifecycle::doctor::{Level, Patient};
use crate::lifecycle::erasures::{self, Erasure};

const SCRATCH: &str = "rehearsal.partial";
/// Instead of a log.
const NO_LOG: &str = "none";

#[derive(clap::Args)]
pub struct Restore {
    /// The backup
    file: PathBuf,
    /// Only rehearse it on scratch storage, and say whether all would be well
    #[arg(long)]
    verify: bool,
    /// The log of erasures, whose people and organizations are erased again [default: the one beside the backup and the
    /// one of this installation]; `none` for none
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
}

impl Restore {
    pub fn run(&self, config: Config) -> Outcome {
        if self.verify { self.rehearse(config) } else { self.restore(config) }
    }

    fn restore(&self, config: Config) -> Outcome {
        open::make_data_folder(&config)?;
        let log = self.log(&config)?;
        let place = place(&config);
        let (about, restored) = self.bring_back(config, &place, log.as_deref())?;
        tell(&restored);
        place.unmark().map_err(|error| format!("{} cannot be written: {error}", place.data.display()))?;
        say(&format!("Restored the backup of {}.", about.made_at));
        say(
            "Sessions and keys that ended since then are good again; `keystead admin end-sessions --all` ends all sessions.",
        );
        verdict(&restored)
    }

    fn rehearse(&self, config: Config) -> Outcome {
        let log = self.log(&config)?;
        let scratch = Scratch::make(&config)?;
        let (about, restored) =
            self.bring_back(scratch.config(&config), &place(&scratch.config(&config)), log.as_deref())?;
        tell(&restored);
        drop(scratch);
        verdict(&restored)?;
        say(&format!("The backup of {} can be brought back, and nothing is wrong with it.", about.made_at));
        if let Err(why) = note(config, &about) {
            say(&format!("That it was rehearsed is not noted: {why}"));
        }
        Ok(())
    }

    fn bring_back(&self, config: Config, place: &Place, log: Option<&[Erasure]>) -> Result<(About, Restored), String> {
        let passphrase = config.backup_passphrase.clone();
        let backup = Backup { path: &self.file, passphrase: passphrase.as_ref() };
        let keys = open::present_keys(&config.master_key)?;
        let unusable = |error: backups::RestoreError| format!("{}: {error}", self.file.display());
        let about = backup.fitting(place, &keys).map_err(unusable)?;
        if log.is_none() {
            self.without_log(&about)?;
        }
        backup.bring_back(&about, place, &|line| say(line)).map_err(unusable)?;
        for (name, url, kind) in open::databases(&config) {
            super::migrate::one(&name, url, kind, Clock::System.now())?;
        }
        let site = open::restored(config, Clock::System)?;
        let act = site.act(Origin::program("keystead restore"));
        let patient = Patient {
            regions: &site.regions,
            files: &site.files,
            plans: &site.config.plans,
            act: &act,
            should_fix: true,
        };
        let mut restored =
            backups::settle(&patient, &about, log.unwrap_or_default()).map_err(|error| error.to_string())?;
        restored.findings.extend(house::data(&site.config, true));
        write_out(&site, act.now)?;
        Ok((about, restored))
    }

    /// Nobody who was erased comes back without a word.
    fn without_log(&self, about: &About) -> Outcome {
        let who = format!("whoever was erased since {}", about.made_at);
        if self.erasures.is_none() && !self.verify {
            return Err(format!(
                "No log of erasures was found, and {who} would be back. Name it with --erasures FILE, or say --erasures \
                 none."
            ));
        }
        say(&format!("WARNING: without a log of erasures {who} is back. Name it with --erasures FILE."));
        Ok(())
    }

    /// `None` where there is none, which is less than an empty one.
    fn log(&self, config: &Config) -> Result<Option<Vec<Erasure>>, String> {
        let logs = match &self.erasures {
            Some(log) if log.as_os_str() == NO_LOG => return Ok(None),
            Some(log) if !log.exists() => return Err(format!("There is no log of erasures at {}.", log.display())),
            Some(log) => vec![log.clone()],
            None => vec![log_beside(&self.file), config.erasure_log.clone()],
        };
        let is_found = logs.iter().any(|log| log.exists());
        let mut all = Vec::new();
        for log in logs {
            let cannot = |error| format!("The log of erasures {} cannot be read: {error}", log.display());
            let (read, unreadable) = erasures::read(&log).map_err(cannot)?;
            if unreadable > 0 {
                say(&format!("{}: {unreadable} lines were cut off and are left out.", log.display()));
            }
            all.extend(read);
        }
        Ok(is_found.then_some(all))
    }
}

fn place(config: &Config) -> Place {
    let databases = open::databases(config).into_iter().map(|(name, url, _)| (name, url.clone())).collect();
    Place { data: config.data.clone(), databases }
}

/// Whoever was erased again is noted outside the databases, too.
fn write_out(site: &Site, now: Timestamp) -> Outcome {
    for (region, store) in site.regions.served() {
        erasures::write_out(store, region, &site.config.erasure_log, now).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn tell(restored: &Restored) {
    for finding in &restored.findings {
        let region = finding.region.map_or_else(String::new, |region| format!("{region}: "));
        say(&format!("{region}{} [{}]", finding.what, words(finding.repair)));
    }
    let again = &restored.again;
    if again.accounts + again.organizations > 0 {
        say(&format!("Erased again: {} accounts, {} organizations.", again.accounts, again.organizations));
    }
    for name in &again.ended {
        say(&format!("{name} was erased with its only Owner: nobody in the backup could follow."));
    }
}

fn verdict(restored: &Restored) -> Outcome {
    if is_sound(&restored.findings) {
        return Ok(());
    }
    let left = restored.findings.iter().filter(|finding| finding.repair.level() == Level::Wrong).count();
    Err(format!("{left} to look at; see above and `keystead doctor`."))
}

/// In the directory of the installation whose settings were given, if there is one.
fn note(config: Config, about: &About) -> Outcome {
    let site = open::existing(config, Clock::System)?;
    let (Ok(id), Some(made_at)) = (about.id.parse::<BackupId>(), Timestamp::parse_rfc3339(&about.made_at)) else {
        return Err("the backup has no name".to_owned());
    };
    let now = site.clock.now();
    let noted = site.regions.directory.write_now(|db| backups::rehearsed(db, id, made_at, now));
    noted.map_err(|error| format!("the directory failed: {error}"))
}

/// Storage for a rehearsal: a folder below the data, and databases beside those of PostgreSQL.
struct Scratch {
    folder: PathBuf,
    directory: DatabaseUrl,
    served: BTreeMap<crate::kernel::region::Region, DatabaseUrl>,
    /// Those whose neighbours are dropped at the end.
    beside: Vec<DatabaseUrl>,
}

impl Scratch {
    fn make(config: &Config) -> Result<Self, String> {
        open::make_data_folder(config)?;
        let folder = config.data.join(SCRATCH);
        remove(&folder)?;
        fs::create_dir(&folder).map_err(|error| format!("Cannot make {}: {error}", folder.display()))?;
        let mut scratch = Self {
            directory: DatabaseUrl::Sqlite(PathBuf::new()),
            served: BTreeMap::new(),
            beside: Vec::new(),
            folder,
        };
        scratch.directory = scratch.database("directory", &config.directory)?;
        for (region, url) in &config.served {
            let database = scratch.database(region.as_str(), url)?;
            scratch.served.insert(*region, database);
        }
        Ok(scratch)
    }

    fn database(&mut self, name: &str, url: &DatabaseUrl) -> Result<DatabaseUrl, String> {
        if let DatabaseUrl::Sqlite(_) = url {
            return Ok(DatabaseUrl::Sqlite(self.folder.join(format!("{name}.sqlite"))));
        }
        let made = snapshot::scratch_beside(url);
        let made = made.map_err(|error| format!("Cannot make a scratch database beside {url}: {error}."))?;
        self.beside.push(url.clone());
        Ok(made)
    }

    /// The settings that were given, but nothing of the storage they name. The key stays where it is.
    fn config(&self, config: &Config) -> Config {
        let master_key = match &config.master_key {
            MasterKeySource::File { path, .. } => MasterKeySource::File { path: path.clone(), may_create: false },
            text @ MasterKeySource::Text(_) => text.clone(),
        };
        Config {
            data: self.folder.clone(),
            erasure_log: self.folder.join("erasures.log"),
            directory: self.directory.clone(),
            served: self.served.clone(),
            master_key,
            ..config.clone()
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for url in &self.beside {
            if let Err(error) = snapshot::drop_scratch_beside(url) {
                tracing::warn!(%error, %url, "a scratch database could not be dropped");
            }
        }
        if let Err(error) = remove(&self.folder) {
            tracing::warn!("{error}");
        }
    }
}

fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("Cannot remove {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}
