//! `keystead migrate`: brings every database to this program's schema.

use super::{Outcome, open, say};
use crate::config::Config;
use crate::db::migrate::{Kind, migrate};
use crate::db::url::DatabaseUrl;
use crate::kernel::clock::Clock;
use crate::kernel::time::Timestamp;

pub fn run(config: &Config) -> Outcome {
    open::make_data_folder(config)?;
    for (name, url, kind) in open::databases(config) {
        let applied = one(&name, url, kind, Clock::System.now())?;
        say(&format!(
            "{name}: {}",
            if applied == 0 { "up to date".to_owned() } else { format!("{applied} migrations applied") }
        ));
    }
    Ok(())
}

/// Migrates one database; how many migrations that were.
pub(super) fn one(name: &str, url: &DatabaseUrl, kind: Kind, now: Timestamp) -> Result<usize, String> {
    let (applied, copy) =
        migrate(url, kind, now).map_err(|error| format!("The {name} database ({url}) cannot be migrated: {error}"))?;
    if let Some(copy) = copy {
        tracing::info!(database = name, copy = %copy.display(), "copied the database aside before migrating it");
    }
    Ok(applied.len())
}
