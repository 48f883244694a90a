//! What a project holds, in numbers, and what came last.

use diesel::prelude::*;

use super::artifacts::ArtifactKind;
use crate::db::Db;
use crate::db::schema::{api_keys, artifacts, hmac_keys, samples};
use crate::kernel::id::{ProjectId, SampleId};
use crate::kernel::time::Timestamp;
use diesel::QueryResult;
use diesel::dsl::{max, min};

/// More devices are not named in one answer.
const MOST_DEVICES: i64 = 1_000;
/// More labels are not told apart in one answer.
const MOST_LABELS: i64 = 1_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    pub samples: i64,
    pub datasets: i64,
    pub models: i64,
    pub api_keys: i64,
    pub hmac_keys: i64,
}

/// A file that came in, in short.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = samples)]
pub struct Latest {
    pub id: SampleId,
    pub file_name: String,
    pub label: String,
    pub category: String,
    pub size: i64,
    pub verdict: String,
    pub device_name: String,
    pub created_at: Timestamp,
}

/// Something that sent files, as far as they say so.
#[derive(Clone, Debug, Queryable)]
pub struct Device {
    pub name: String,
    /// Of the greatest name, where it changed.
    pub kind: String,
    /// The number of its first file: no other device has it.
    pub number: i64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

pub fn of(db: &mut Db, project: ProjectId) -> QueryResult<Holdings> {
    let of_kind = |db: &mut Db, kind: ArtifactKind| {
        let all = artifacts::table.filter(artifacts::project_id.eq(project)).filter(artifacts::kind.eq(kind));
        all.count().get_result(db)
    };
    let keys = api_keys::table.filter(api_keys::project_id.eq(project)).filter(api_keys::revoked_at.is_null());
    let hmac = hmac_keys::table.filter(hmac_keys::project_id.eq(project)).filter(hmac_keys::revoked_at.is_null());
    Ok(Holdings {
        samples: samples::table.filter(samples::project_id.eq(project)).count().get_result(db)?,
        datasets: of_kind(db, ArtifactKind::Dataset)?,
        models: of_kind(db, ArtifactKind::Model)?,
        api_keys: keys.count().get_result(db)?,
        hmac_keys: hmac.count().get_result(db)?,
    })
}

/// How many files of each category and label there are, by category and label.
pub fn by_label(db: &mut Db, project: ProjectId) -> QueryResult<Vec<(String, String, i64)>> {
    samples::table
        .filter(samples::project_id.eq(project))
        .group_by((samples::category, samples::label))
        .order((samples::category, samples::label))
        .select((samples::category, samples::label, diesel::dsl::count_star()))
        .limit(MOST_LABELS)
        .load(db)
}

/// The devices whose files are still there, by name.
pub fn devices(db: &mut Db, project: ProjectId) -> QueryResult<Vec<Device>> {
    samples::table
        .filter(samples::project_id.eq(project))
        .filter(samples::device_name.ne(""))
        .group_by(samples::device_name)
        .order(samples::device_name)
        .select((
            samples::device_name,
            max(samples::device_type).assume_not_null(),
            min(samples::number).assume_not_null(),
            min(samples::created_at).assume_not_null(),
            max(samples::created_at).assume_not_null(),
        ))
        .limit(MOST_DEVICES)
        .load(db)
}

/// The last files that came in, the newest first.
pub fn latest(db: &mut Db, project: ProjectId, most: i64) -> QueryResult<Vec<Latest>> {
    samples::table
        .filter(samples::project_id.eq(project))
        .order(samples::id.desc())
        .select(Latest::as_select())
        .limit(most)
        .load(db)
}
