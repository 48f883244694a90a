//! Jobs that come round: enqueued under a key that names the period, so that two programs enqueue each once.

use diesel::QueryResult;

use super::{Job, Options, enqueue};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::kernel::id::JobId;
use crate::kernel::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Minute,
    Hour,
    /// UTC days.
    Day,
}

impl Period {
    /// The running period in words that no other has: `2026-11-21T05` for an hour.
    pub fn key(self, now: Timestamp) -> String {
        let format = match self {
            Self::Minute => "%Y-%m-%dT%H:%M",
            Self::Hour => "%Y-%m-%dT%H",
            Self::Day => "%Y-%m-%d",
        };
        now.to_jiff().strftime(format).to_string()
    }
}

type Enqueue = Box<dyn Fn(&mut Db, &Act, Options) -> QueryResult<Option<JobId>> + Send + Sync>;

pub(super) struct Recurring {
    pub name: &'static str,
    pub period: Period,
    enqueue: Enqueue,
}

impl Recurring {
    pub fn new<J: Job>(period: Period, request: impl Fn() -> J::Request + Send + Sync + 'static) -> Self {
        Self {
            name: J::NAME,
            period,
            enqueue: Box::new(move |db, act, options| enqueue::<J>(db, act, &request(), options)),
        }
    }

    /// Enqueues the job of the running period. A second call within it finds the key taken and does nothing.
    pub fn enqueue(&self, db: &mut Db, act: &Act) -> QueryResult<Option<JobId>> {
        let options = Options { key: Some(self.period.key(act.now)), ..Options::default() };
        (self.enqueue)(db, act, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_named_by_its_beginning() {
        let now = Timestamp::parse_rfc3339("2026-11-21T05:59:59Z").unwrap();
        assert_eq!(Period::Minute.key(now), "2026-11-21T05:59");
        assert_eq!(Period::Hour.key(now), "2026-11-21T05");
        assert_eq!(Period::Day.key(now), "2026-11-21");
    }
}
