//! How long a sender may take: a minute, and then as long as the bytes keep coming.
//!
//! Rule: who sends a byte now and then is cut off after that minute, and nobody is listened to for longer than
//! [`LONGEST`], whatever they send.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::kernel::time::{hours, minutes};

/// The whole of the longest request; what was begun before that and is still not whole, nobody sends any more.
pub const LONGEST: Duration = hours(6);
pub const GRACE: Duration = minutes(1);
/// The slowest line that is waited for, in bytes a second.
const SLOWEST: u64 = 2_048;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("It took too long to arrive.")]
pub struct TooSlow;

pub struct Pace {
    begun: Instant,
    grace: Duration,
    received: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self::with_grace(GRACE)
    }
}

impl Pace {
    pub fn with_grace(grace: Duration) -> Self {
        Self { begun: Instant::now(), grace, received: 0 }
    }

    pub fn received(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
    }

    /// What comes next, if it comes in time.
    pub async fn wait<T>(&self, next: impl Future<Output = T>) -> Result<T, TooSlow> {
        let left = self.allowed().saturating_sub(self.begun.elapsed());
        tokio::time::timeout(left, next).await.map_err(|_| TooSlow)
    }

    fn allowed(&self) -> Duration {
        self.grace.saturating_add(Duration::from_secs(self.received / SLOWEST)).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn who_sends_nothing_is_not_waited_for_beyond_the_grace() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let pace = Pace::with_grace(Duration::ZERO);
        assert_eq!(runtime.block_on(pace.wait(ready(7))), Ok(7));
        assert_eq!(runtime.block_on(pace.wait(pending::<()>())), Err(TooSlow));
    }

    #[test]
    fn what_comes_gives_time_for_more() {
        let mut pace = Pace::default();
        assert_eq!(pace.allowed(), GRACE);
        pace.received(1024 * 1024);
        assert_eq!(pace.allowed(), GRACE + Duration::from_secs(512));
        pace.received(usize::MAX);
        pace.received(usize::MAX);
        assert_eq!(pace.allowed(), LONGEST);
    }
}
