//! An examination asked for on a page: a job, as it reads every row; its report is kept in the directory.
//!
//! Rule: it changes nothing it looks at. Of reports the last is kept, and none that names somebody who was erased since.

use std::sync::Arc;

use diesel::prelude::*;

use super::house::{self, House};
use super::{CHECKS, DoctorError, Patient, Report, examine_and_tell};
use crate::config::Config;
use crate::crypto::act::Act;
use crate::db::dialect::like_letters;
use crate::db::schema::examinations;
use crate::db::{Db, DbError};
use crate::files::Files;
use crate::insert_if_new;
use crate::jobs::{self, Failure, Job, JobContext, Options, State};
use crate::kernel::id::JobId;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::regions::Regions;

pub struct Examine {
    pub config: Arc<Config>,
    pub regions: Regions,
    pub files: Files,
}

/// One that is not over, or that ended without a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    pub done: i64,
    pub total: i64,
    /// Why there will be no report.
    pub failed: Option<String>,
}

/// What there is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub last: Option<(Timestamp, Report)>,
    pub under_way: Option<UnderWay>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = examinations)]
struct Row {
    id: JobId,
    region: Region,
    asked_at: Timestamp,
    finished_at: Option<Timestamp>,
    report: String,
}

/// Queues one, unless one is under way; whether it did. The first region served here does the work.
pub fn ask(regions: &Regions, act: &Act) -> Result<bool, DbError> {
    let is_running = standing(regions)?.under_way.is_some_and(|one| one.failed.is_none());
    let Some((region, store)) = regions.served().next().filter(|_| !is_running) else { return Ok(false) };
    let queued = store.write_now(|db| jobs::enqueue::<Examine>(db, act, &(), Options::default()))?;
    let Some(id) = queued else { return Ok(false) };
    let row = Row { id, region, asked_at: act.now, finished_at: None, report: String::new() };
    let note = |db: &mut Db| {
        // One that broke off is no news any more.
        diesel::delete(examinations::table.filter(examinations::finished_at.is_null())).execute(db)?;
        // It may be over already.
        insert_if_new!(db, examinations::table, &row)
    };
    regions.directory.write_now::<_, DbError>(note)?;
    Ok(true)
}

pub fn standing(regions: &Regions) -> Result<Standing, DbError> {
    let rows: Vec<Row> =
        regions.directory.read_now(|db| examinations::table.order(examinations::asked_at.desc()).load(db))?;
    let last = rows.iter().find_map(|row| Some((row.finished_at?, serde_json::from_str(&row.report).ok()?)));
    let Some(newest) = rows.iter().find(|row| row.finished_at.is_none()) else {
        return Ok(Standing { last, under_way: None });
    };
    let progress = match regions.store(newest.region) {
        Some(store) => store.read_now(|db| jobs::progress_of(db, newest.id))?,
        None => None,
    };
    // Discarded, or forgotten with what was done long ago.
    let gone = || Some(UnderWay { done: 0, total: 0, failed: Some("It was given up.".to_owned()) });
    let under_way = progress.map_or_else(gone, |job| {
        let failed = match job.state {
            State::Dead => Some(job.error),
            State::Done | State::Waiting | State::Running => None,
        };
        Some(UnderWay { done: job.done, total: job.total, failed })
    });
    Ok(Standing { last, under_way })
}

/// A report that names this account or organization goes with it.
pub fn forget(db: &mut Db, id: &str) -> QueryResult<usize> {
    let naming = examinations::report.like(format!("%{}%", like_letters(id))).escape('!');
    diesel::delete(examinations::table.filter(naming)).execute(db)
}

impl Job for Examine {
    const NAME: &'static str = "examine";
    type Request = ();

    fn run(&self, (): (), job: &mut JobContext<'_>) -> Result<(), Failure> {
        let report = self.report(job)?;
        let finished_at = job.act().now;
        let text = serde_json::to_string(&report).map_err(|error| Failure::GiveUp(error.to_string()))?;
        let row = Row {
            id: job.id,
            region: job.region,
            asked_at: job.act.now,
            finished_at: Some(finished_at),
            report: text.clone(),
        };
        let keep = |db: &mut Db| {
            let own = examinations::table.find(job.id);
            if insert_if_new!(db, examinations::table, &row)? == 0 {
                let new = (examinations::finished_at.eq(finished_at), examinations::report.eq(&text));
                diesel::update(own).set(new).execute(db)?;
            }
            diesel::delete(examinations::table.filter(examinations::id.ne(job.id))).execute(db).map(|_| ())
        };
        self.regions.directory.write_now(keep)?;
        Ok(())
    }
}

impl Examine {
    fn report(&self, job: &mut JobContext<'_>) -> Result<Report, Failure> {
        let act = job.act();
        let total = i64::try_from(CHECKS.len()).unwrap_or(i64::MAX);
        job.progress(0, total)?;
        let house = House {
            config: &self.config,
            regions: &self.regions,
            keyring: &act.keyring,
            now: act.now,
            should_fix: false,
            asks_mail: true,
        };
        let mut findings: Vec<_> = house::key_file(&self.config, false).into_iter().collect();
        findings.extend(house::examine(&house)?);
        let patient = Patient {
            regions: &self.regions,
            files: &self.files,
            plans: &self.config.plans,
            act: &act,
            should_fix: false,
        };
        findings.extend(examine_and_tell::<Failure>(&patient, |done| {
            job.progress(i64::try_from(done).unwrap_or(total), total)
        })?);
        let checks = house::CHECKS.iter().copied().chain(CHECKS.iter().map(|(check, _)| *check));
        Ok(Report::new(checks, &findings, act.now.to_jiff().to_string()))
    }
}

impl From<DoctorError> for Failure {
    fn from(error: DoctorError) -> Self {
        match error {
            DoctorError::Database(error) => error.into(),
            DoctorError::Files(_) => Self::Retry("The file storage failed.".to_owned()),
            other => Self::GiveUp(format!("The examination broke off: {other}")),
        }
    }
}
