//! How much a workspace's projects hold together, in things and in bytes. What lies in the trash is not counted.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::artifacts::ArtifactKind;
use crate::db::Db;
use crate::db::schema::{artifacts, projects};
use crate::kernel::id::{ArtifactId, WorkspaceId};
use diesel::QueryResult;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub count: i64,
    pub bytes: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub projects: i64,
    pub datasets: Amount,
    pub models: Amount,
    pub samples: Amount,
}

impl Held {
    pub fn bytes(self) -> i64 {
        let sizes = [self.datasets.bytes, self.models.bytes, self.samples.bytes];
        sizes.into_iter().fold(0, i64::saturating_add)
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

pub fn of_workspace(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Held> {
    // A sum of BIGINTs is a NUMERIC to PostgreSQL.
    const SQL: &str = "
        SELECT artifacts.kind AS what, COUNT(*) AS count, CAST(SUM(artifacts.size) AS BIGINT) AS bytes
        FROM artifacts JOIN projects ON projects.id = artifacts.project_id
        WHERE projects.workspace_id = $1 AND projects.deleted_at IS NULL GROUP BY artifacts.kind
        UNION ALL
        SELECT 'sample' AS what, COUNT(*) AS count, CAST(COALESCE(SUM(samples.size), 0) AS BIGINT) AS bytes
        FROM samples JOIN projects ON projects.id = samples.project_id
        WHERE projects.workspace_id = $1 AND projects.deleted_at IS NULL";
    let query = diesel::sql_query(SQL).bind::<Text, _>(workspace);
    let rows: Vec<Row> = crate::on_each!(db, |c| query.load(c))?;
    let live = projects::table.filter(projects::workspace_id.eq(workspace)).filter(projects::deleted_at.is_null());
    let mut held = Held { projects: live.count().get_result(db)?, ..Held::default() };
    for Row { what, count, bytes } in rows {
        let amount = Amount { count, bytes };
        match what.parse() {
            Ok(ArtifactKind::Dataset) => held.datasets = amount,
            Ok(ArtifactKind::Model) => held.models = amount,
            Err(_) => held.samples = amount,
        }
    }
    Ok(held)
}

/// A large thing, and the project that it belongs to.
#[derive(Clone, Debug, Queryable)]
pub struct Large {
    pub id: ArtifactId,
    pub name: String,
    /// In bytes.
    pub size: i64,
    pub kind: ArtifactKind,
    pub project: String,
    pub slug: String,
}

/// The largest datasets and models, the largest first.
pub fn largest(db: &mut Db, workspace: WorkspaceId, most: i64) -> QueryResult<Vec<Large>> {
    artifacts::table
        .inner_join(projects::table)
        .filter(projects::workspace_id.eq(workspace))
        .filter(projects::deleted_at.is_null())
        .order((artifacts::size.desc(), artifacts::id))
        .select((artifacts::id, artifacts::name, artifacts::size, artifacts::kind, projects::name, projects::slug))
        .limit(most)
        .load(db)
}
