//! What time does to keys: a revoked one becomes final, one that ends is announced, one that ended long ago goes.

use std::time::Duration;

use diesel::prelude::*;

use super::{ApiKey, Because, KEPT_AFTER_EXPIRY, UNDO};
use crate::activity::{self, Event, KeyEvent};
use crate::crypto::act::Act;
use crate::db::schema::{api_keys, projects};
use crate::db::{Db, DbError};
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::ApiKeyId;
use crate::kernel::time::{Timestamp, days};
use crate::mail::{KeyLetter, Letter};
use crate::projects::{people, place};
use diesel::QueryResult;

/// Before the end of a key, the earliest first.
const REMINDERS: [Duration; 3] = [days(14), days(7), days(1)];
/// At a time, so that no transaction takes long.
const BATCH: i64 = 200;

/// Makes a revocation final, when it was not taken back.
pub struct FinishRevoking;

impl Job for FinishRevoking {
    const NAME: &'static str = "finish_revoking";
    type Request = ApiKeyId;

    fn run(&self, id: ApiKeyId, job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        job.store.write_now(|db| finish(db, &act, id))?;
        Ok(())
    }
}

fn finish(db: &mut Db, act: &Act, id: ApiKeyId) -> Result<(), DbError> {
    // Taken back and revoked anew meanwhile: then another job comes for it.
    let due = api_keys::table
        .find(id)
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::disabled_because.eq(Because::Revoked))
        .filter(api_keys::disabled_at.le(act.now.minus(UNDO)));
    let key: Option<ApiKey> = due.select(ApiKey::as_select()).first(db).optional()?;
    let Some(key) = key else { return Ok(()) };
    end(db, act, &[key.id])?;
    let event = KeyEvent::Revoked { key: id, project: key.project_id, name: key.name };
    activity::record(db, act, key.workspace_id, None, &Event::Key(event))
}

fn end(db: &mut Db, act: &Act, ids: &[ApiKeyId]) -> QueryResult<usize> {
    diesel::update(api_keys::table.filter(api_keys::id.eq_any(ids)))
        .set((
            api_keys::revoked_at.eq(act.now),
            api_keys::is_development.eq(false),
            api_keys::sealed.eq(None::<Vec<u8>>),
        ))
        .execute(db)
}

/// Writes to whoever made a key, while they belong there, and to the Owners, before it ends; puts away what ended a month ago.
pub struct RemindOfKeys;

impl Job for RemindOfKeys {
    const NAME: &'static str = "remind_of_keys";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        let mut after = (act.now, None);
        while let Some(next) = job.store.write_now(|db| remind(db, &act, after))? {
            after = next;
        }
        job.in_parts(|db| put_away(db, &act))
    }
}

/// How far a run has come: the keys in the order of their end.
type Mark = (Timestamp, Option<ApiKeyId>);

fn remind(db: &mut Db, act: &Act, (at, id): Mark) -> Result<Option<Mark>, DbError> {
    let mut soon = api_keys::table
        .left_join(projects::table)
        .filter(api_keys::expires_at.ge(at))
        .filter(api_keys::expires_at.le(act.now.plus(REMINDERS[0])))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::disabled_at.is_null())
        .filter(projects::deleted_at.is_null())
        .order((api_keys::expires_at, api_keys::id))
        .select((ApiKey::as_select(), api_keys::reminded_at))
        .limit(BATCH)
        .into_boxed();
    if let Some(id) = id {
        soon = soon.filter(api_keys::expires_at.gt(at).or(api_keys::id.gt(id)));
    }
    let found: Vec<(ApiKey, Option<Timestamp>)> = soon.load(db)?;
    for (key, reminded_at) in &found {
        let Some(ends_at) = key.expires_at else { continue };
        let is_due = if let Some(successor) = key.succeeded_by {
            is_still_used(db, key, successor, ends_at, *reminded_at, act.now)?
        } else {
            is_announced(key.created_at, ends_at, *reminded_at, act.now)
        };
        if is_due {
            announce(db, act, key, ends_at)?;
        }
    }
    Ok(found.last().and_then(|(key, _)| key.expires_at.map(|at| (at, Some(key.id)))))
}

/// Whether one of the three days has come that lies after the key was made and that was not written about yet.
fn is_announced(created_at: Timestamp, ends_at: Timestamp, reminded_at: Option<Timestamp>, now: Timestamp) -> bool {
    let day = REMINDERS.iter().rev().map(|before| ends_at.minus(*before)).find(|day| *day <= now);
    day.is_some_and(|day| created_at < day && reminded_at.is_none_or(|at| at < day))
}

/// A rotated key ends silently, unless somebody goes on using it a day before.
fn is_still_used(
    db: &mut Db,
    key: &ApiKey,
    successor: ApiKeyId,
    ends_at: Timestamp,
    reminded_at: Option<Timestamp>,
    now: Timestamp,
) -> QueryResult<bool> {
    if reminded_at.is_some() || now < ends_at.minus(days(1)) {
        return Ok(false);
    }
    let since: Option<Timestamp> = api_keys::table.find(successor).select(api_keys::created_at).first(db).optional()?;
    Ok(key.last_used_at.is_some_and(|used| since.is_none_or(|since| used > since)))
}

fn announce(db: &mut Db, act: &Act, key: &ApiKey, ends_at: Timestamp) -> Result<(), DbError> {
    diesel::update(api_keys::table.find(key.id)).set(api_keys::reminded_at.eq(act.now)).execute(db)?;
    let Some(at) = place::of(db, key.workspace_id, key.project_id)? else { return Ok(()) };
    let (name, place, path) = (key.name.clone(), at.words(), at.path());
    let letter = if key.succeeded_by.is_some() {
        KeyLetter::StillUsed { name, place, ends_at, path }
    } else {
        KeyLetter::Expires { name, place, ends_at, path }
    };
    people::remind_owners(db, act, key.workspace_id, key.created_by, &Letter::Key(letter))
}

fn put_away(db: &mut Db, act: &Act) -> Result<usize, DbError> {
    let ids: Vec<ApiKeyId> = api_keys::table
        .filter(api_keys::expires_at.le(act.now.minus(KEPT_AFTER_EXPIRY)))
        .filter(api_keys::revoked_at.is_null())
        .order(api_keys::id)
        .select(api_keys::id)
        .limit(BATCH)
        .load(db)?;
    end(db, act, &ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::hours;

    #[test]
    fn a_key_is_announced_two_weeks_one_week_and_one_day_before_its_end() {
        let made = Timestamp::from_seconds(1_795_000_000);
        let ends = made.plus(days(90));
        let mut reminded = None;
        let mut told = Vec::new();
        for hour in 0..90 * 24 {
            let now = made.plus(hours(hour));
            if is_announced(made, ends, reminded, now) {
                reminded = Some(now);
                told.push(ends.since(now).as_secs() / 86_400);
            }
        }
        assert_eq!(told, [14, 7, 1]);
    }

    #[test]
    fn a_key_that_was_made_for_some_days_is_not_announced_at_once() {
        let made = Timestamp::from_seconds(1_795_000_000);
        let ends = made.plus(days(7));
        assert!(!is_announced(made, ends, None, made));
        assert!(is_announced(made, ends, None, ends.minus(hours(23))));
    }
}
