//! `keystead keys`: the master keys, how many values need each, a new one while servers run, and an old one's end.
//!
//! Rule: a key is taken away only when nothing needs it; a new one is on the disk before anything is sealed with it.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::{Outcome, open, record, say};
use crate::activity::Event;
use crate::config::{Config, MasterKeySource};
use crate::crypto::act::Act;
use crate::crypto::keyring::{MasterKeyId, MasterKeys, key_name};
use crate::db::Store;
use crate::http::site::Site;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::kernel::time::{Timestamp, minutes};
use crate::lifecycle::doctor::keeping;
use crate::lifecycle::many;
use crate::lifecycle::sealed::{self, Column};

/// What a server began with the old key is written by then.
const SETTLED: Duration = minutes(2);
/// Lines of progress come after so many values.
const STEP: usize = 500;

#[derive(clap::Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List the master keys that are present or needed, and how many values each is needed for
    List,
    /// Make a new master key and wrap everything with it while servers run; goes on where an earlier run was stopped
    Rotate,
    /// Take a key that nothing needs any more out of the key file
    Retire {
        /// Its id, as `list` shows it
        id: String,
    },
}

impl Keys {
    pub fn run(&self, config: Config) -> Outcome {
        let source = config.master_key.clone();
        let site = open::existing(config, Clock::System)?;
        let act = site.act(Origin::program("keystead keys"));
        match &self.command {
            Command::List => list(&site),
            Command::Rotate => rotate(&site, &act, &source),
            Command::Retire { id } => retire(&site, &act, &source, id),
        }
    }
}

/// Every database with its name and what is sealed there.
fn places(site: &Site) -> Vec<(String, &Store, &'static [Column])> {
    let regions = site.regions.served().map(|(region, store)| (region.to_string(), store, sealed::OF_REGION));
    [("directory".to_owned(), &site.regions.directory, sealed::OF_DIRECTORY)].into_iter().chain(regions).collect()
}

/// How many values need which key: in tables, and in jobs that wait.
type Needs = BTreeMap<MasterKeyId, (i64, i64)>;

fn needs(site: &Site) -> Result<Needs, String> {
    let mut needs = Needs::new();
    for (name, store, columns) in places(site) {
        let counted = store.read_now(|db| sealed::count(db, columns));
        for (id, count) in counted.map_err(|error| format!("The {name} database failed: {error}"))? {
            needs.entry(id).or_default().0 += count;
        }
    }
    for (region, store) in site.regions.served() {
        let waiting = store.read_now(many::sealed_under);
        for id in waiting.map_err(|error| format!("The {region} database failed: {error}"))? {
            needs.entry(id).or_default().1 += 1;
        }
    }
    Ok(needs)
}

fn list(site: &Site) -> Outcome {
    let (present, needs) = (site.keyring.master_ids(), needs(site)?);
    let missing: Vec<&MasterKeyId> = needs.keys().filter(|id| !present.contains(id)).collect();
    for (number, id) in present.iter().chain(missing.iter().copied()).enumerate() {
        let (in_tables, in_jobs) = needs.get(id).copied().unwrap_or_default();
        let state = match number {
            0 => "seals and opens",
            number if number < present.len() => "opens",
            _ => "MISSING",
        };
        let jobs = if in_jobs == 0 { String::new() } else { format!(", {in_jobs} waiting jobs") };
        say(&format!("{}  {state:<15}  needed for {in_tables} values{jobs}", key_name(*id)));
    }
    match missing.len() {
        0 => Ok(()),
        missing => Err(format!("{missing} needed and missing: put them into the key file.")),
    }
}

fn rotate(site: &Site, act: &Act, source: &MasterKeySource) -> Outcome {
    let before = site.keyring.master_ids()[0];
    let is_unfinished = needs(site)?.iter().any(|(id, (in_tables, _))| *id != before && *in_tables > 0);
    let current = match source {
        _ if is_unfinished => {
            say(&format!("Not everything is wrapped with {} yet: going on with it.", key_name(before)));
            // One that was put there by hand begins to seal now.
            let made = keeping::made_at(&site.regions, &key_name(before));
            if made.map_err(|error| format!("A database failed: {error}"))?.is_none() {
                record(site, act, &Event::MasterKeyMade { key: key_name(before) });
            }
            before
        }
        MasterKeySource::Text(_) => {
            return Err(
                "The master key comes from the environment. Put a new line (32 bytes in base64) before the old \
                 one there, start the servers again, then run this again."
                    .to_owned(),
            );
        }
        MasterKeySource::File { path, .. } => {
            let new = MasterKeys::put_first(path, &site.chance).map_err(|error| in_file(path, &error.to_string()))?;
            say(&format!("Made the master key {} in {}. Back the file up now.", key_name(new), path.display()));
            record(site, act, &Event::MasterKeyMade { key: key_name(new) });
            new
        }
    };
    let mut broken = Vec::new();
    for (name, store, columns) in places(site) {
        let mut told = 0;
        let progress = |done: usize| {
            if done / STEP > told {
                told = done / STEP;
                say(&format!("{name}: {done} values so far"));
            }
        };
        let (done, found) = sealed::rewrap(store, columns, act, progress).map_err(|error| {
            format!("The {name} database failed: {error}. Run `keystead keys rotate` again; it goes on from here.")
        })?;
        say(&format!("{name}: {done} values wrapped with {}", key_name(current)));
        broken.extend(found.into_iter().map(|one| format!("{name}: {} cannot be wrapped: {}", one.what, one.why)));
    }
    if broken.is_empty() {
        say("Done. `keystead keys retire` takes the old key away; backups made before still need it.");
        return Ok(());
    }
    Err(format!("{}\nThese stay with their old key.", broken.join("\n")))
}

fn retire(site: &Site, act: &Act, source: &MasterKeySource, wanted: &str) -> Outcome {
    let present = site.keyring.master_ids();
    let id = present.iter().copied().find(|id| key_name(*id) == wanted);
    let id = id.ok_or_else(|| format!("There is no master key {wanted:?} here. See `keystead keys list`."))?;
    if id == present[0] {
        return Err("It is the key that seals. `keystead keys rotate` makes another one first.".to_owned());
    }
    let MasterKeySource::File { path, .. } = source else {
        return Err("The master keys come from the environment: take the line out there, after `keystead keys list` \
             says that nothing needs it."
            .to_owned());
    };
    let file = std::fs::metadata(path).map_err(|error| in_file(path, &error.to_string()))?;
    if act.now.since(Timestamp::from_seconds(file.mtime())) < SETTLED {
        return Err("The key file changed less than two minutes ago, and a server may still write something that it \
             began with the old key. Try again in two minutes."
            .to_owned());
    }
    let (in_tables, in_jobs) = needs(site)?.get(&id).copied().unwrap_or_default();
    if in_tables > 0 {
        return Err(format!("{in_tables} values still need it. Run `keystead keys rotate` first."));
    }
    if in_jobs > 0 {
        return Err(format!("{in_jobs} jobs still need it. Let them end, or discard those that failed (/admin/jobs)."));
    }
    MasterKeys::take_out(path, id).map_err(|error| in_file(path, &error.to_string()))?;
    record(site, act, &Event::MasterKeyRetired { key: wanted.to_owned() });
    say(&format!("Took {wanted} out of {}. Keep a copy for as long as there are backups from before.", path.display()));
    Ok(())
}

fn in_file(path: &Path, error: &str) -> String {
    format!("The key file {}: {error}", path.display())
}
