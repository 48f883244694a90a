//! A project's samples, the newest first, a page at a time.
//!
//! Rule: a page costs the same in a project of a million samples. Which ones may stand on it is read from one index,
//! [`Effort`] entries at most, and only those are looked at.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Sample;
use crate::db::Db;
use crate::db::dialect::like_letters;
use crate::db::schema::{api_keys, hmac_keys, samples};
use crate::ingestion::category::Category;
use crate::ingestion::verdict::Standing;
use crate::kernel::beginning;
use crate::kernel::id::{ProjectId, SampleId};
use diesel::QueryResult;

diesel::define_sql_function! {
    /// Of `a` to `z` alone, in both databases.
    fn lower(text: Text) -> Text;
}

/// Values bound in one query.
const CHUNK: usize = 500;

/// What to look for; what is empty is not asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Of the file's name or of the device's, in large or small letters.
    pub beginning: String,
    pub category: Option<Category>,
    pub label: String,
    pub verdict: Option<Standing>,
    pub device: String,
    /// Only what came before this one.
    pub before: Option<SampleId>,
    /// Rows of the page.
    pub most: usize,
}

/// Entries of an index that are read for one page. Tests use less to see what happens at the ends.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Of files, and of devices, that begin alike: so few are looked at one by one.
    pub beginnings: usize,
    /// Along the list where it is narrowed by more than one index tells.
    pub along: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { beginnings: 500, along: 2_000 }
    }
}

#[derive(Debug)]
pub struct Page {
    pub samples: Vec<Sample>,
    /// The page behind this one begins before this sample.
    pub next: Option<SampleId>,
    /// The page is not full, and there may be more behind so many that were looked at.
    pub looked_through: Option<usize>,
}

pub fn list(db: &mut Db, project: ProjectId, asked: &Asked, effort: Effort) -> QueryResult<Page> {
    let (ids, read_to) = match that_begin(db, project, asked, effort.beginnings)? {
        Some(ids) => (ids, None),
        None => along(db, project, asked, effort.along)?,
    };
    let mut samples = among(db, project, asked, &ids)?;
    let is_full = samples.len() > asked.most;
    samples.truncate(asked.most);
    let last = samples.last().filter(|_| is_full).map(|last| last.id);
    let looked_through = read_to.filter(|_| !is_full).map(|_| ids.len());
    Ok(Page { samples, next: last.or(read_to), looked_through })
}

/// All whose file or device begins as asked, the newest first; `None` when nothing is asked, or when they are many.
fn that_begin(db: &mut Db, project: ProjectId, asked: &Asked, most: usize) -> QueryResult<Option<Vec<SampleId>>> {
    if asked.beginning.is_empty() {
        return Ok(None);
    }
    let from = asked.beginning.to_ascii_lowercase();
    let (end, limit) = (beginning::end_of(&from), limit(most + 1));
    let here = || samples::table.filter(samples::project_id.eq(project)).select(samples::id).limit(limit);
    // Ordered as the index is, so that nothing but that index is read.
    let file = || lower(samples::file_name);
    let mut ids: Vec<SampleId> =
        here().filter(file().ge(&from)).filter(file().lt(&end)).order((file(), samples::id)).load(db)?;
    if ids.len() > most {
        return Ok(None);
    }
    let device = || lower(samples::device_name);
    let of_devices: Vec<SampleId> =
        here().filter(device().ge(&from)).filter(device().lt(&end)).order((device(), samples::id)).load(db)?;
    if of_devices.len() > most {
        return Ok(None);
    }
    ids.extend(of_devices);
    ids.sort_by(|one, other| other.cmp(one));
    ids.dedup();
    ids.retain(|id| asked.before.is_none_or(|before| *id < before));
    Ok(Some(ids))
}

/// The next ones of the list, by the narrowest index there is for it, and the last of them unless the list ends there.
fn along(
    db: &mut Db,
    project: ProjectId,
    asked: &Asked,
    effort: usize,
) -> QueryResult<(Vec<SampleId>, Option<SampleId>)> {
    // Where one index tells all, no more than the page need be read of it.
    let most = if asked.is_one_index() { asked.most + 1 } else { effort };
    let mut next = samples::table
        .filter(samples::project_id.eq(project))
        .order(samples::id.desc())
        .select(samples::id)
        .limit(limit(most))
        .into_boxed();
    if !asked.device.is_empty() {
        next = next.filter(samples::device_name.eq(&asked.device));
    } else if !asked.label.is_empty() {
        next = next.filter(samples::label.eq(&asked.label));
    } else if let Some(verdict) = asked.verdict {
        next = next.filter(samples::verdict.eq(verdict));
    } else if let Some(category) = asked.category {
        next = next.filter(samples::category.eq(category));
    }
    if let Some(before) = asked.before {
        next = next.filter(samples::id.lt(before));
    }
    let ids: Vec<SampleId> = next.load(db)?;
    let read_to = ids.last().copied().filter(|_| ids.len() == most);
    Ok((ids, read_to))
}

/// Those of `ids`, which are the newest first, that are as asked: a page and one more.
fn among(db: &mut Db, project: ProjectId, asked: &Asked, ids: &[SampleId]) -> QueryResult<Vec<Sample>> {
    let mut all: Vec<Sample> = Vec::new();
    for some in ids.chunks(CHUNK) {
        let mut found = samples::table
            .filter(samples::id.eq_any(some))
            .filter(samples::project_id.eq(project))
            .order(samples::id.desc())
            .select(Sample::as_select())
            .limit(limit(asked.most + 1 - all.len()))
            .into_boxed();
        if !asked.beginning.is_empty() {
            let pattern = format!("{}%", like_letters(&asked.beginning.to_ascii_lowercase()));
            let file = lower(samples::file_name).like(pattern.clone()).escape('!');
            found = found.filter(file.or(lower(samples::device_name).like(pattern).escape('!')));
        }
        if let Some(category) = asked.category {
            found = found.filter(samples::category.eq(category));
        }
        if !asked.label.is_empty() {
            found = found.filter(samples::label.eq(&asked.label));
        }
        if let Some(verdict) = asked.verdict {
            found = found.filter(samples::verdict.eq(verdict));
        }
        if !asked.device.is_empty() {
            found = found.filter(samples::device_name.eq(&asked.device));
        }
        all.extend(found.load(db)?);
        if all.len() > asked.most {
            break;
        }
    }
    Ok(all)
}

impl Asked {
    /// Whether [`along`] reads nothing but what is asked for.
    fn is_one_index(&self) -> bool {
        let narrowed =
            [self.category.is_some(), self.verdict.is_some(), !self.label.is_empty(), !self.device.is_empty()];
        self.beginning.is_empty() && narrowed.into_iter().filter(|is| *is).count() <= 1
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A sample with the names of the keys that signed and sent it, revoked ones too.
#[derive(Clone, Debug)]
pub struct Known {
    pub sample: Sample,
    pub hmac_key: Option<String>,
    pub api_key: Option<String>,
}

/// What stands where in a sample, as JSON; most have none.
pub fn labels_within(db: &mut Db, id: SampleId) -> QueryResult<Option<String>> {
    samples::table.find(id).select(samples::labels_within).first(db)
}

/// A sample of another project is none.
pub fn one(db: &mut Db, project: ProjectId, id: SampleId) -> QueryResult<Option<Known>> {
    let here = samples::table.filter(samples::id.eq(id)).filter(samples::project_id.eq(project));
    let Some(sample) = here.select(Sample::as_select()).first(db).optional()? else { return Ok(None) };
    let hmac_key = match sample.hmac_key_id {
        Some(key) => hmac_keys::table.find(key).select(hmac_keys::name).first(db).optional()?,
        None => None,
    };
    let api_key = match sample.api_key_id {
        Some(key) => api_keys::table.find(key).select(api_keys::name).first(db).optional()?,
        None => None,
    };
    Ok(Some(Known { sample, hmac_key, api_key }))
}
