//! How many requests a key and a workspace may make in a minute: one limiter for every way in that takes keys.
//!
//! The call, for a dialect that let a key in (through `api::rates`, which tells the caller in headers):
//! `rates::count(&request, &Caller::of_key(region, &verified)).await.map_err(…own 429…)?;`
//!
//! Each replica counts in memory and settles with the region's database when it has counted a share, a twentieth of the
//! limit, since it last did. So one replica is exact; `n` of them together let through at most `n` shares more than the
//! limit, and what is said to remain is too much by no more than that. A limit below 40 has shares of one: every request
//! is settled. Below its share a key costs the database nothing, and above its limit nothing either.
//!
//! Rule: nobody is refused for what was not counted. A database that fails is said in the log and refuses nobody.

mod limits;
mod store;
mod tally;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::db::{DbError, Store};
use crate::kernel::id::{ApiKeyId, WorkspaceId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::projects::api_keys::Verified;
use tally::Tally;

pub use limits::{Limits, Part, Standing, WINDOW, end_of_window};
pub use store::{SweepRates, add};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Key(ApiKeyId),
    Workspace(WorkspaceId),
}

impl Subject {
    /// As the headers name its limit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Workspace(_) => "workspace",
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Key(id) => id.as_str(),
            Self::Workspace(id) => id.as_str(),
        }
    }
}

/// Who makes a request.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    pub region: Region,
    pub workspace: WorkspaceId,
    /// `None`: a person's tool, which counts for the workspace alone.
    pub key: Option<ApiKeyId>,
}

impl Caller {
    pub fn of_key(region: Region, key: &Verified) -> Self {
        Self { region, workspace: key.workspace, key: Some(key.id) }
    }

    fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.key.map(Subject::Key).into_iter().chain([Subject::Workspace(self.workspace)])
    }
}

/// What this replica counted.
#[derive(Clone, Default)]
pub struct Limiter {
    limits: Limits,
    tallies: Arc<Mutex<Tallies>>,
}

#[derive(Default)]
struct Tallies {
    of: HashMap<(Region, Subject), Tally>,
    /// When they are looked through for those whose window is over.
    look_at: Option<Timestamp>,
}

impl Tallies {
    fn forget_old(&mut self, now: Timestamp) {
        if self.look_at.is_none_or(|at| at <= now) {
            self.of.retain(|_, tally| tally.is_running(now));
            self.look_at = Some(end_of_window(now));
        }
    }
}

impl Limiter {
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Counts one request, unless a limit is reached already; how things stand after it.
    pub async fn count(&self, store: &Store, caller: &Caller, now: Timestamp) -> Standing {
        let Some(due) = self.note(caller, now) else { return self.standing(caller, now, true) };
        let mut is_over = false;
        for subject in due {
            is_over |= self.settle(store, caller, subject, now).await;
        }
        self.standing(caller, now, is_over)
    }

    /// Those that have counted a share; `None` when a limit is reached, and then nothing was counted.
    fn note(&self, caller: &Caller, now: Timestamp) -> Option<Vec<Subject>> {
        let mut tallies = self.lock();
        tallies.forget_old(now);
        for subject in caller.subjects() {
            let tally = tallies.of.entry((caller.region, subject)).or_default();
            if tally.at(now).known() >= self.limits.of(subject) {
                return None;
            }
        }
        let mut due = Vec::new();
        for subject in caller.subjects() {
            let tally = tallies.of.entry((caller.region, subject)).or_default();
            if tally.one_more() >= self.limits.share_of(subject) {
                due.push(subject);
            }
        }
        Some(due)
    }

    /// Tells the database what was counted here and learns what all counted; whether that is over the limit.
    async fn settle(&self, store: &Store, caller: &Caller, subject: Subject, now: Timestamp) -> bool {
        let (place, limit) = ((caller.region, subject), self.limits.of(subject));
        // One at a time for each subject: who waits finds that theirs was settled too.
        let Some(turn) = self.lock().of.get(&place).map(Tally::turn) else { return false };
        let turn = turn.lock_owned().await;
        let Some((taken, ends_at)) =
            self.lock().of.get_mut(&place).and_then(|tally| tally.take(self.limits.share_of(subject)))
        else {
            return self.lock().of.get(&place).is_some_and(|tally| tally.known() > limit);
        };
        let (limiter, store, workspace) = (self.clone(), store.clone(), caller.workspace);
        // On a thread that goes on when the caller hangs up: what was taken is told, or put back.
        let told = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let total = store.write_now(|db| store::add(db, subject, workspace, taken, ends_at, now));
            limiter.learn(place, taken, ends_at, total)
        });
        told.await.is_ok_and(|total| total.is_some_and(|total| total > limit))
    }

    fn learn(
        &self,
        place: (Region, Subject),
        taken: i64,
        ends_at: Timestamp,
        total: Result<i64, DbError>,
    ) -> Option<i64> {
        let mut tallies = self.lock();
        let tally = tallies.of.get_mut(&place).filter(|tally| tally.ends_at() == ends_at);
        match total {
            Ok(total) => {
                if let Some(tally) = tally {
                    tally.settled(taken, total);
                }
                Some(total)
            }
            Err(error) => {
                if let Some(tally) = tally {
                    tally.put_back(taken);
                }
                tracing::warn!(subject = place.1.name(), %error, "requests could not be counted together");
                None
            }
        }
    }

    fn standing(&self, caller: &Caller, now: Timestamp, is_over: bool) -> Standing {
        let mut tallies = self.lock();
        let part = |subject| {
            let limit = self.limits.of(subject);
            let known = tallies.of.entry((caller.region, subject)).or_default().at(now).known();
            Part { name: subject.name(), limit, remaining: (limit - known).max(0) }
        };
        Standing { parts: caller.subjects().map(part).collect(), resets_at: end_of_window(now), now, is_over }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tallies> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::Id;
    use crate::kernel::time::seconds;

    /// However many callers there are, they are looked through once in a window, and then the old ones are gone.
    #[test]
    fn callers_are_looked_through_once_in_a_window() {
        let begin = Timestamp::from_seconds(1_795_262_400);
        let caller = |n: u8| (Region::Eu, Subject::Key(ApiKeyId::from_parts(begin, [n; 10])));
        let mut tallies = Tallies::default();
        tallies.forget_old(begin);
        for second in 0..60_u8 {
            // Of a window that is long over: whoever looks takes it away.
            tallies.of.entry(caller(second)).or_default();
            tallies.forget_old(begin.plus(seconds(second.into())));
            assert_eq!(tallies.of.len(), usize::from(second) + 1);
        }
        tallies.forget_old(begin.plus(seconds(60)));
        assert!(tallies.of.is_empty());
    }
}
