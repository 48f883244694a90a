//! A sample as stored.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::samples;
use crate::ingestion::category::Category;
use crate::ingestion::extension::Extension;
use crate::ingestion::verdict::Standing;
use crate::kernel::id::{ApiKeyId, HmacKeyId, ProjectId, SampleId};
use crate::kernel::time::Timestamp;
use diesel::QueryResult;

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = samples)]
pub struct Sample {
    pub id: SampleId,
    /// For clients that know it by number.
    pub number: i64,
    pub project_id: ProjectId,
    pub category: Category,
    /// Empty: it has none.
    pub label: String,
    pub file_name: String,
    pub extension: Extension,
    /// In bytes.
    pub size: i64,
    pub content_hash: String,
    pub verdict: Standing,
    /// The verdict in a sentence, as it was when the file came.
    pub diagnosis: String,
    /// Whose signature it bears.
    pub hmac_key_id: Option<HmacKeyId>,
    /// By which key it came.
    pub api_key_id: Option<ApiKeyId>,
    pub device_name: String,
    pub device_type: String,
    /// See [`crate::ingestion::metadata`].
    pub metadata: String,
    pub upload_source: String,
    /// As the device says; nothing proves it but a valid signature.
    pub signed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
}

/// A sample of another project is none.
pub fn by_number(db: &mut Db, project: ProjectId, number: i64) -> QueryResult<Option<Sample>> {
    samples::table
        .filter(samples::number.eq(number))
        .filter(samples::project_id.eq(project))
        .select(Sample::as_select())
        .first(db)
        .optional()
}
