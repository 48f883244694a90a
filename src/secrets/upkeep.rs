//! What time does to secrets: one that ends is announced; tokens and old lines of access logs go.

use std::time::Duration;

use diesel::prelude::*;

use super::{Secret, telling, tokens, uses};
use crate::crypto::act::Act;
use crate::db::schema::secrets;
use crate::db::{Db, DbError};
use crate::jobs::{Failure, Job, JobContext};
use crate::kernel::id::SecretId;
use crate::kernel::time::{Timestamp, days};
use crate::mail::SecretLetter;

/// Before the end of a secret, the earliest first.
const REMINDERS: [Duration; 3] = [days(14), days(7), days(1)];
/// At a time, so that no transaction takes long.
const BATCH: i64 = 200;

/// Writes to whoever changed a secret last, while they belong there, and to the Owners, before it ends.
pub struct RemindOfSecrets;

impl Job for RemindOfSecrets {
    const NAME: &'static str = "remind_of_secrets";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let act = job.act();
        let mut after = None;
        while let Some(next) = job.store.write_now(|db| remind(db, &act, after))? {
            after = Some(next);
        }
        Ok(())
    }
}

fn remind(db: &mut Db, act: &Act, after: Option<SecretId>) -> Result<Option<SecretId>, DbError> {
    let mut soon = secrets::table
        .filter(secrets::expires_at.gt(act.now))
        .filter(secrets::expires_at.le(act.now.plus(REMINDERS[0])))
        .filter(secrets::deleted_at.is_null())
        .order(secrets::id)
        .select(Secret::as_select())
        .limit(BATCH)
        .into_boxed();
    if let Some(after) = after {
        soon = soon.filter(secrets::id.gt(after));
    }
    let found: Vec<Secret> = soon.load(db)?;
    for secret in &found {
        let Some(ends_at) = secret.expires_at.filter(|ends_at| is_due(*ends_at, secret.reminded_at, act.now)) else {
            continue;
        };
        diesel::update(secrets::table.find(secret.id)).set(secrets::reminded_at.eq(act.now)).execute(db)?;
        let name = secret.name.to_string();
        let letter = |place, path| SecretLetter::Expires { name, ends_at, place, path };
        telling::remind(db, act, secret.workspace_id, secret.changed_by, letter)?;
    }
    Ok(found.last().map(|secret| secret.id))
}

/// Whether one of the three days has come that was not written about yet.
fn is_due(ends_at: Timestamp, reminded_at: Option<Timestamp>, now: Timestamp) -> bool {
    let day = REMINDERS.iter().rev().map(|before| ends_at.minus(*before)).find(|day| *day <= now);
    day.is_some_and(|day| reminded_at.is_none_or(|at| at < day))
}

/// Takes away tokens that are over and lines of access logs that are too old.
pub struct SweepSecrets;

impl Job for SweepSecrets {
    const NAME: &'static str = "sweep_secrets";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let now = job.act().now;
        job.store.write_now(|db| tokens::sweep(db, now))?;
        while job.store.write_now(|db| uses::sweep(db, now))? > 0 {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::hours;

    #[test]
    fn a_secret_is_announced_two_weeks_one_week_and_one_day_before_its_end() {
        let made = Timestamp::from_seconds(1_795_000_000);
        let ends = made.plus(days(60));
        let (mut reminded, mut told) = (None, Vec::new());
        for hour in 0..60 * 24 {
            let now = made.plus(hours(hour));
            if is_due(ends, reminded, now) {
                reminded = Some(now);
                told.push(ends.since(now).as_secs() / 86_400);
            }
        }
        assert_eq!(told, [14, 7, 1]);
    }
}
