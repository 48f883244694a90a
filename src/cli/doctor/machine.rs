//! What lies outside the databases: the key's file, the disk, the clocks, the mail server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::config::{Config, MasterKeySource};
use crate::db::dialect;
use crate::db::url::DatabaseUrl;
use crate::http::site::Site;
use crate::kernel::time::{Timestamp, seconds};
use crate::lifecycle::doctor::{Finding, Repair};
use crate::mail::transport::Smtp;

const KEY_FILE: &str = "nobody else can read the master key";
const DATA: &str = "nobody else can read the data";
const DISK: &str = "there is room on the disk";
const CLOCKS: &str = "the clocks of this machine and its databases agree";
pub const MAIL: &str = "the mail server answers";
pub const CHECKS: &[&str] = &[KEY_FILE, DATA, DISK, CLOCKS, MAIL];

/// Half a gigabyte: below it, a copy aside before a migration may no longer fit.
const LEAST_ROOM: u64 = 512 * 1024 * 1024;

fn finding(check: &'static str, what: String, repair: Repair) -> Finding {
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

pub fn disk(config: &Config) -> Option<Finding> {
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

/// PostgreSQL's own clock is not used, but one that is off says that this machine's may be.
pub fn clocks(site: &Site) -> Vec<Finding> {
    let regions = site.regions.served().map(|(region, store)| (region.to_string(), store));
    let mut findings = Vec::new();
    for (name, store) in std::iter::once(("directory".to_owned(), &site.regions.directory)).chain(regions) {
        let Ok(Some(micros)) = store.read_now(dialect::server_clock) else { continue };
        let (there, here) = (Timestamp::from_micros(micros), site.clock.now());
        let apart = there.since(here).max(here.since(there));
        if apart > seconds(5) {
            let what = format!("the server of {name} is {} seconds apart", apart.as_secs());
            findings.push(finding(CLOCKS, what, Repair::ByHand));
        }
    }
    findings
}

pub fn mail(config: &Config) -> Option<Finding> {
    let url = config.smtp_url.as_ref()?;
    let own_name = config.public_url.host_str().unwrap_or("localhost");
    let reached = Smtp::new(url, own_name).and_then(|server| server.reach());
    reached.err().map(|why| finding(MAIL, why, Repair::ByHand))
}
