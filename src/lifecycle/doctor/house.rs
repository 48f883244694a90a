//! What lies around the rows: the key's file, the disk, the databases and their clocks, the mail server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::keeping::{self, BACKUP, KEY_AGE};
use super::{Check, DoctorError, Finding, Repair};
use crate::config::{Config, MasterKeySource};
use crate::crypto::keyring::Keyring;
use crate::db::dialect;
use crate::db::migrate::{self, Kind, Standing};
use crate::db::url::DatabaseUrl;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, seconds};
use crate::lifecycle::backups;
use crate::mail::transport::Smtp;
use crate::regions::Regions;

const KEY_FILE: Check = Check { id: "key_file", says: "nobody else can read the master key" };
const DATA: Check = Check { id: "data_rights", says: "nobody else can read the data" };
const DISK: Check = Check { id: "disk_room", says: "there is room on the disk" };
const DATABASES: Check = Check { id: "databases", says: "every database answers, with this program's schema" };
const CLOCKS: Check = Check { id: "clocks", says: "the clocks of this machine and its databases agree" };
pub const MAIL: Check = Check { id: "mail_server", says: "the mail server answers" };
pub const CHECKS: &[Check] = &[KEY_FILE, DATA, DISK, DATABASES, CLOCKS, MAIL, KEY_AGE, BACKUP];

/// What is looked at without opening anything, and why nothing more was: all there is to say where that fails.
pub const OUTSIDE: &[Check] = &[KEY_FILE, DATA, DISK, DATABASES, OPENS];
const OPENS: Check = Check { id: "opens", says: "the installation can be opened and examined" };

/// Half a gigabyte: below it, a copy aside before a migration may no longer fit.
const LEAST_ROOM: u64 = 512 * 1024 * 1024;

fn finding(check: Check, what: String, repair: Repair) -> Finding {
    Finding { check, region: None, what, repair }
}

/// A file others can read is refused by every other command, so this one looks first.
pub fn key_file(config: &Config, should_fix: bool) -> Option<Finding> {
    let MasterKeySource::File { path, may_create } = &config.master_key else { return None };
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    // A file the operator named may be the group's, as container platforms mount secrets.
    let forbidden = if *may_create { 0o077 } else { 0o007 };
    if mode & forbidden == 0 {
        return None;
    }
    let what = format!("{} has mode {mode:o}; it should be 600", path.display());
    let is_mended = should_fix && fs::set_permissions(path, Permissions::from_mode(0o600)).is_ok();
    Some(finding(KEY_FILE, what, if is_mended { Repair::Done } else { Repair::Possible }))
}

/// The folder of the data, and SQLite files that lie elsewhere. The group may: container platforms mount folders so.
pub fn data(config: &Config, should_fix: bool) -> Vec<Finding> {
    let urls = config.served.values().chain([&config.directory]);
    let files = urls.filter_map(|url| match url {
        DatabaseUrl::Sqlite(path) if !path.starts_with(&config.data) => Some(path),
        _ => None,
    });
    files.chain([&config.data]).filter_map(|path| exposed(path, should_fix)).collect()
}

fn exposed(path: &Path, should_fix: bool) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let forbidden = mode & 0o007;
    if forbidden == 0 {
        return None;
    }
    let what = format!("{} has mode {mode:o}; others on this machine should have no rights there", path.display());
    let is_mended = should_fix && fs::set_permissions(path, Permissions::from_mode(mode - forbidden)).is_ok();
    Some(finding(DATA, what, if is_mended { Repair::Done } else { Repair::Possible }))
}

fn disk(config: &Config) -> Option<Finding> {
    let what = match rustix::fs::statvfs(&config.data) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            if free >= LEAST_ROOM {
                return None;
            }
            format!("{} has {} MB left", config.data.display(), free / 1024 / 1024)
        }
        Err(error) => format!("{} cannot be measured: {error}", config.data.display()),
    };
    Some(finding(DISK, what, Repair::ByHand))
}

/// Where the house stands.
pub struct House<'a> {
    pub config: &'a Config,
    pub regions: &'a Regions,
    pub keyring: &'a Keyring,
    pub now: Timestamp,
    pub should_fix: bool,
    /// Whether the mail server is asked, which takes a while where it is away.
    pub asks_mail: bool,
}

/// What the configuration alone lets be looked at, but for the key's file; `why` nothing more was.
pub fn outside(config: &Config, should_fix: bool, why: &str) -> Vec<Finding> {
    let mut findings = around(config, should_fix);
    findings.push(finding(OPENS, why.to_owned(), Repair::ByHand));
    findings
}

fn around(config: &Config, should_fix: bool) -> Vec<Finding> {
    let mut findings = data(config, should_fix);
    findings.extend(disk(config));
    findings.extend(databases(config));
    findings
}

/// Everything but the key's file, without which nothing else can be opened.
pub fn examine(house: &House<'_>) -> Result<Vec<Finding>, DoctorError> {
    let mut findings = around(house.config, house.should_fix);
    findings.extend(clocks(house.regions, house.now));
    if house.asks_mail {
        findings.extend(mail(house.config));
    }
    findings.extend(keeping::key_age(house.regions, house.keyring, &house.config.master_key, house.now)?);
    findings.extend(keeping::backup(house.regions.directory.read_now(backups::last)?, house.now));
    Ok(findings)
}

fn databases(config: &Config) -> Vec<Finding> {
    let directory = [(None, &config.directory, Kind::Directory)];
    let regions = config.served.iter().map(|(region, url)| (Some(*region), url, Kind::Region));
    directory.into_iter().chain(regions).filter_map(|(region, url, kind)| database(region, url, kind)).collect()
}

fn database(region: Option<Region>, url: &DatabaseUrl, kind: Kind) -> Option<Finding> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        // Opening it would make an empty one.
        return Some(Finding { region, ..finding(DATABASES, format!("{url} is not there"), Repair::ByHand) });
    }
    let (what, repair) = match migrate::standing_of(url, kind) {
        Ok(Standing::Current) => return None,
        Ok(Standing::Older(missing)) => {
            (format!("{} migrations are missing in {url}: `keystead migrate`", missing.len()), Repair::ByHand)
        }
        Ok(Standing::Newer { breaking: None }) => {
            (format!("{url} has the schema of a newer program: upgrade this one too"), Repair::Advice)
        }
        Ok(Standing::Newer { breaking: Some(version) }) => {
            (format!("{url} was changed by a newer program in a way this one cannot serve ({version})"), Repair::ByHand)
        }
        Err(error) => (format!("{url} does not answer: {error}"), Repair::ByHand),
    };
    Some(Finding { region, ..finding(DATABASES, what, repair) })
}

/// PostgreSQL's own clock is not used, but one that is off says that this machine's may be.
fn clocks(regions: &Regions, here: Timestamp) -> Vec<Finding> {
    let served = regions.served().map(|(region, store)| (region.to_string(), store));
    let mut findings = Vec::new();
    for (name, store) in std::iter::once(("directory".to_owned(), &regions.directory)).chain(served) {
        let Ok(Some(micros)) = store.read_now(dialect::server_clock) else { continue };
        let there = Timestamp::from_micros(micros);
        let apart = there.since(here).max(here.since(there));
        if apart > seconds(5) {
            let what = format!("the server of {name} is {} seconds apart", apart.as_secs());
            findings.push(finding(CLOCKS, what, Repair::ByHand));
        }
    }
    findings
}

fn mail(config: &Config) -> Option<Finding> {
    let url = config.smtp_url.as_ref()?;
    let own_name = config.public_url.host_str().unwrap_or("localhost");
    let reached = Smtp::new(url, own_name).and_then(|server| server.reach());
    reached.err().map(|why| finding(MAIL, why, Repair::ByHand))
}
