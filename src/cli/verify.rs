//! `keystead verify`: proves that the record of what happened was not changed, in every region.

use super::{Outcome, open, say};
use crate::activity;
use crate::config::Config;
use crate::kernel::clock::Clock;

pub fn run(config: Config) -> Outcome {
    let site = open::existing(config, Clock::System)?;
    let mut broken = Vec::new();
    for (region, store) in site.regions.served() {
        let (count, found) = store
            .read_now(|db| activity::verify_all(db, &site.keyring))
            .map_err(|error| format!("{region}: the database failed: {error}"))?;
        say(&format!("{region}: {count} chains, {} broken", found.len()));
        broken.extend(found.into_iter().map(|one| format!("{region}: {one}")));
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
}
