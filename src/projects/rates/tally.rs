//! One count of one replica: what the database last said, and what it does not know yet.

use std::sync::Arc;

use super::limits::end_of_window;
use crate::kernel::time::Timestamp;

pub struct Tally {
    ends_at: Timestamp,
    /// What all replicas had counted when this one last settled.
    settled: i64,
    /// Ours on the way there.
    under_way: i64,
    /// Ours that wait for the next time.
    open: i64,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { ends_at: Timestamp::from_micros(0), settled: 0, under_way: 0, open: 0, turn: Arc::default() }
    }
}

impl Tally {
    /// The tally of the window that is running.
    pub fn at(&mut self, now: Timestamp) -> &mut Self {
        if !self.is_running(now) {
            *self = Self { ends_at: end_of_window(now), turn: Arc::clone(&self.turn), ..Self::default() };
        }
        self
    }

    pub fn is_running(&self, now: Timestamp) -> bool {
        self.ends_at > now
    }

    pub fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    pub fn known(&self) -> i64 {
        self.settled + self.under_way + self.open
    }

    /// How many wait to be settled, this one with them.
    pub fn one_more(&mut self) -> i64 {
        self.open += 1;
        self.open
    }

    pub fn turn(&self) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(&self.turn)
    }

    /// Takes what waits, unless somebody else did since it was a share.
    pub fn take(&mut self, share: i64) -> Option<(i64, Timestamp)> {
        if self.open < share {
            return None;
        }
        self.under_way += self.open;
        Some((std::mem::take(&mut self.open), self.ends_at))
    }

    pub fn settled(&mut self, taken: i64, total: i64) {
        self.under_way -= taken;
        self.settled = self.settled.max(total);
    }

    pub fn put_back(&mut self, taken: i64) {
        self.under_way -= taken;
        self.open += taken;
    }
}
