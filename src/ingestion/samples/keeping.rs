//! Files that have arrived and were judged become samples: their bytes to their place, then their rows, all in one
//! transaction.
//!
//! Rule: a request is kept whole. Where its rows cannot be written none of it is there, and what was moved already is
//! let go of.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{folder, lock, path_of, removal, spent};
use crate::crypto::act::Act;
use crate::crypto::content_hash::ContentHash;
use crate::db::schema::{projects, samples};
use crate::db::{Db, DbError, Store, dialect};
use crate::files::{Files, Incoming};
use crate::ingestion::category::Category;
use crate::ingestion::extension::Extension;
use crate::ingestion::file_name::FileName;
use crate::ingestion::labels_within::LabelsWithin;
use crate::ingestion::verdict::Standing;
use crate::kernel::id::{ApiKeyId, HmacKeyId, ProjectId, SampleId};
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;
use crate::projects::hmac_keys::{self, HmacKeyError};
use crate::workspaces::numbers;
use diesel::QueryResult;

/// Judged and admitted.
pub struct NewSample {
    pub id: SampleId,
    pub name: FileName,
    pub extension: Extension,
    pub category: Category,
    pub label: String,
    pub labels_within: Option<LabelsWithin>,
    pub size: i64,
    pub hash: ContentHash,
    pub told: Told,
}

/// What is known of it besides, and by whom.
pub struct Told {
    pub verdict: Standing,
    /// The verdict in a sentence.
    pub diagnosis: String,
    /// Whose signature it bears.
    pub hmac_key: Option<HmacKeyId>,
    pub api_key: Option<ApiKeyId>,
    pub device_name: String,
    pub device_type: String,
    pub metadata: String,
    pub upload_source: String,
    pub signed_at: Option<Timestamp>,
    /// The sender wants no content twice.
    pub refuses_duplicates: bool,
    /// The project wants no signed content twice.
    pub refuses_replays: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub id: SampleId,
    pub number: i64,
}

/// Why one file of a request is not kept: the text of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// Clients look for the first words.
    #[error("An item with this hash already exists (ids: {0})")]
    Duplicate(i64),
    #[error("This signed file came in before (ids: {0}), and this project takes each once.")]
    Replayed(i64),
    #[error("This signed file came in before and was deleted since, and this project takes each once.")]
    Spent,
}

/// Why nothing of a request is kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("the project is gone")]
    Gone,
    /// The last other sample of the same content was deleted in this very moment.
    #[error("a file was removed while it came in")]
    Removed,
    #[error("the file storage failed: {0}")]
    Storage(#[from] std::io::Error),
    #[error("signatures cannot be checked: {0}")]
    Keys(#[source] HmacKeyError),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
}

impl From<HmacKeyError> for KeepError {
    fn from(error: HmacKeyError) -> Self {
        match error {
            HmacKeyError::Database(error) => Self::Database(error),
            error => Self::Keys(error),
        }
    }
}

/// Blocks. In the order they were given.
pub fn keep(
    store: &Store,
    files: &Files,
    region: Region,
    act: &Act,
    project: ProjectId,
    arrived: Vec<(NewSample, Incoming)>,
) -> Result<Vec<Result<Kept, NotKept>>, KeepError> {
    if arrived.is_empty() {
        return Ok(Vec::new());
    }
    let (new, incoming): (Vec<NewSample>, Vec<Incoming>) = arrived.into_iter().unzip();
    let kept = place(files, region, project, &new, incoming).map_err(KeepError::from).and_then(|()| {
        store.write_now(|db| {
            dialect::lock_key(db, &lock(project))?;
            if !is_live(db, project)? {
                return Err(KeepError::Gone);
            }
            let kept: Vec<_> = new.iter().map(|one| insert(db, files, region, act, project, one)).collect();
            let kept = kept.into_iter().collect::<Result<Vec<_>, _>>()?;
            note_keys(db, &new, &kept, act.now)?;
            Ok(kept)
        })
    });
    let unnamed = new.iter().enumerate().filter(|(at, _)| match &kept {
        Err(_) => true,
        // What is refused otherwise has a sample with the same bytes.
        Ok(kept) => kept.get(*at) == Some(&Err(NotKept::Spent)),
    });
    let hashes: Vec<String> = unnamed.map(|(_, one)| one.hash.to_string()).collect();
    if !hashes.is_empty()
        && let Err(error) = removal::let_go(store, files, region, project, &hashes, act.now)
    {
        tracing::warn!(%error, "files that were not kept could not be removed; they will be swept");
    }
    kept
}

/// The same content from elsewhere in the project is replaced by itself.
fn place(
    files: &Files,
    region: Region,
    project: ProjectId,
    new: &[NewSample],
    incoming: Vec<Incoming>,
) -> std::io::Result<()> {
    for (one, incoming) in new.iter().zip(incoming) {
        files.keep(region, incoming, &path_of(project, &one.hash))?;
    }
    files.settle(region, &folder(project))
}

fn is_live(db: &mut Db, project: ProjectId) -> QueryResult<bool> {
    let live = projects::table.find(project).filter(projects::deleted_at.is_null());
    Ok(live.count().get_result::<i64>(db)? > 0)
}

fn insert(
    db: &mut Db,
    files: &Files,
    region: Region,
    act: &Act,
    project: ProjectId,
    new: &NewSample,
) -> Result<Result<Kept, NotKept>, KeepError> {
    let hash = new.hash.to_string();
    if new.told.refuses_duplicates || new.told.refuses_replays {
        let same = samples::table.filter(samples::project_id.eq(project)).filter(samples::content_hash.eq(&hash));
        let number: Option<i64> = same.order(samples::number).select(samples::number).first(db).optional()?;
        if let Some(number) = number {
            let why = if new.told.refuses_duplicates { NotKept::Duplicate } else { NotKept::Replayed };
            return Ok(Err(why(number)));
        }
    }
    if new.told.refuses_replays && spent::is_known(db, project, &hash)? {
        return Ok(Err(NotKept::Spent));
    }
    if !files.exists(region, &path_of(project, &new.hash))? {
        return Err(KeepError::Removed);
    }
    let labels_within = new.labels_within.as_ref().map(serde_json::to_string).transpose();
    let labels_within = labels_within.map_err(std::io::Error::from)?;
    let number = numbers::of(db, new.id.as_str())?;
    diesel::insert_into(samples::table)
        .values((
            (samples::id.eq(new.id), samples::number.eq(number), samples::project_id.eq(project)),
            (samples::category.eq(new.category), samples::label.eq(&new.label)),
            (samples::file_name.eq(new.name.as_str()), samples::extension.eq(new.extension)),
            (samples::size.eq(new.size), samples::content_hash.eq(hash)),
            (samples::verdict.eq(new.told.verdict), samples::diagnosis.eq(&new.told.diagnosis)),
            (samples::hmac_key_id.eq(new.told.hmac_key), samples::api_key_id.eq(new.told.api_key)),
            (samples::device_name.eq(&new.told.device_name), samples::device_type.eq(&new.told.device_type)),
            (samples::metadata.eq(&new.told.metadata), samples::upload_source.eq(&new.told.upload_source)),
            (samples::signed_at.eq(new.told.signed_at), samples::created_at.eq(act.now)),
            samples::labels_within.eq(labels_within),
        ))
        .execute(db)?;
    Ok(Ok(Kept { id: new.id, number }))
}

/// Each key that rightly signed one of them was seen now.
fn note_keys(db: &mut Db, new: &[NewSample], kept: &[Result<Kept, NotKept>], now: Timestamp) -> QueryResult<()> {
    let signed = new.iter().zip(kept).filter(|(new, kept)| kept.is_ok() && new.told.verdict == Standing::Valid);
    let keys: BTreeSet<HmacKeyId> = signed.filter_map(|(new, _)| new.told.hmac_key).collect();
    keys.into_iter().try_for_each(|key| hmac_keys::signature_seen(db, key, now))
}
