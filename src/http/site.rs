//! Everything a request may need, put together once at start.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::config::Config;
use crate::crypto::act::Act;
use crate::crypto::chance::Chance;
use crate::crypto::keyring::Keyring;
use crate::crypto::password::Hasher;
use crate::files::Files;
use crate::kernel::clock::Clock;
use crate::kernel::origin::Origin;
use crate::projects::api_keys::KeyUses;
use crate::projects::rates::Limiter;
use crate::regions::Regions;
use crate::sessions::last_seen::LastSeen;

#[derive(Clone)]
pub struct Site {
    pub config: Arc<Config>,
    pub regions: Regions,
    pub clock: Clock,
    pub chance: Chance,
    pub keyring: Arc<Keyring>,
    pub hasher: Hasher,
    pub files: Files,
    /// How long whoever sends files may take before it has to keep up: see [`crate::ingestion::pace`].
    pub patience: Duration,
    pub last_seen: LastSeen,
    pub key_uses: KeyUses,
    pub rates: Limiter,
    /// Wakes the worker of this process when something was queued, so that a mail need not wait for the next look.
    pub wake: Arc<Notify>,
}

impl Site {
    /// The circumstances of one request or command, as every change is given them.
    pub fn act(&self, origin: Origin) -> Act {
        Act { now: self.clock.now(), chance: self.chance.clone(), keyring: self.keyring.clone(), origin }
    }

    /// Whether browsers reach this server over https; decides the cookies' names and flags.
    pub fn is_https(&self) -> bool {
        self.config.public_url.scheme() == "https"
    }

    /// `https://account.example.com`, without the slash at its end.
    pub fn public_origin(&self) -> String {
        self.config.public_url.origin().ascii_serialization()
    }
}
