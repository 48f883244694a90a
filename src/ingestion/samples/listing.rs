//! A project's samples, the newest first, a page at a time.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Sample;
use crate::db::Db;
use crate::db::schema::{api_keys, hmac_keys, samples};
use crate::ingestion::category::Category;
use crate::ingestion::verdict::Standing;
use crate::kernel::id::{ProjectId, SampleId};
use diesel::QueryResult;

diesel::define_sql_function! {
    /// Of `a` to `z` alone, in both databases.
    fn lower(text: Text) -> Text;
}

/// What to look for; what is empty is not asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// A part of the file's name.
    pub words: String,
    pub category: Option<Category>,
    pub label: String,
    pub verdict: Option<Standing>,
    pub device: String,
    /// Only what came before this one.
    pub before: Option<SampleId>,
    pub most: i64,
}

pub fn list(db: &mut Db, project: ProjectId, asked: &Asked) -> QueryResult<Vec<Sample>> {
    let mut found = samples::table
        .filter(samples::project_id.eq(project))
        .order(samples::id.desc())
        .select(Sample::as_select())
        .limit(asked.most)
        .into_boxed();
    if !asked.words.is_empty() {
        let pattern = format!("%{}%", plain(&asked.words.to_ascii_lowercase()));
        found = found.filter(lower(samples::file_name).like(pattern).escape('!'));
    }
    if let Some(category) = asked.category {
        found = found.filter(samples::category.eq(category));
    }
    if !asked.label.is_empty() {
        found = found.filter(samples::label.eq(asked.label.clone()));
    }
    if let Some(verdict) = asked.verdict {
        found = found.filter(samples::verdict.eq(verdict));
    }
    if !asked.device.is_empty() {
        found = found.filter(samples::device_name.eq(asked.device.clone()));
    }
    if let Some(before) = asked.before {
        found = found.filter(samples::id.lt(before));
    }
    found.load(db)
}

/// What `LIKE` takes for itself is a letter here.
fn plain(words: &str) -> String {
    words.chars().flat_map(|c| if "%_!".contains(c) { vec!['!', c] } else { vec![c] }).collect()
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
