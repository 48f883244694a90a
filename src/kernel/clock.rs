//! Where the time comes from: the system's clock, or in tests one that is set by hand.
//!
//! Rule: everything else is *given* a [`Timestamp`](super::time::Timestamp); nothing but this file asks the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::time::Timestamp;

#[derive(Clone, Debug)]
pub enum Clock {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.as_micros())))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that may read the system's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_micros(jiff::Timestamp::now().as_microsecond()),
            Self::Manual(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward. The system's clock is nobody's to move: there it does nothing.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(micros) = self {
            micros.store(self.now().plus(by).as_micros(), Ordering::SeqCst);
        }
    }
}
