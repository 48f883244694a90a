//! The circumstances in which something is done: what every change is given instead of reaching for it.

use std::sync::Arc;

use super::chance::Chance;
use super::keyring::Keyring;
use crate::kernel::id::Id;
use crate::kernel::origin::Origin;
use crate::kernel::time::Timestamp;

/// One request, command or run of a job. `now` stands still for its whole length, so that all it writes agrees.
#[derive(Clone)]
pub struct Act {
    pub now: Timestamp,
    pub chance: Chance,
    pub keyring: Arc<Keyring>,
    pub origin: Origin,
}

impl Act {
    /// A new id of any kind.
    pub fn id<T: Id>(&self) -> T {
        T::from_parts(self.now, self.chance.bytes())
    }
}
