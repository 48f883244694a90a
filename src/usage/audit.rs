//! The invariant of this room, asked of the database: sums are those of the events.

use diesel::sql_types::Text;
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use crate::db::Db;
use crate::kernel::id::WorkspaceId;

/// Enough to see what went wrong.
const MOST: usize = 100;

/// Days are microseconds ÷ 86,400,000,000, counted from 1970. Both directions, so that a sum without events and events
/// without a sum are found alike.
const DAYS: &str = "
    WITH counted AS (SELECT workspace_id, ended_at / 86400000000 AS day, kind, sum(seconds) AS seconds
                     FROM usage_events GROUP BY 1, 2, 3),
         more AS (SELECT workspace_id, day, kind, seconds FROM usage_days EXCEPT SELECT workspace_id, day, kind, seconds FROM counted),
         less AS (SELECT workspace_id, day, kind, seconds FROM counted EXCEPT SELECT workspace_id, day, kind, seconds FROM usage_days)
    SELECT workspace_id FROM more UNION SELECT workspace_id FROM less ORDER BY 1";

const MONTHS: &str = "
    WITH by_day AS (SELECT workspace_id, sum(CASE kind WHEN 'cpu' THEN seconds ELSE 0 END) AS cpu,
                           sum(CASE kind WHEN 'gpu' THEN seconds ELSE 0 END) AS gpu FROM usage_days GROUP BY 1),
         by_month AS (SELECT workspace_id, sum(cpu_seconds) AS cpu, sum(gpu_seconds) AS gpu FROM usage_months GROUP BY 1),
         more AS (SELECT * FROM by_day EXCEPT SELECT * FROM by_month),
         less AS (SELECT * FROM by_month EXCEPT SELECT * FROM by_day)
    SELECT workspace_id FROM more UNION SELECT workspace_id FROM less ORDER BY 1";

const PROJECTS: &str = "
    WITH by_event AS (SELECT workspace_id, project, sum(CASE kind WHEN 'cpu' THEN seconds ELSE 0 END) AS cpu,
                             sum(CASE kind WHEN 'gpu' THEN seconds ELSE 0 END) AS gpu
                      FROM usage_events WHERE project <> '' GROUP BY 1, 2),
         by_month AS (SELECT workspace_id, project, sum(cpu_seconds) AS cpu, sum(gpu_seconds) AS gpu
                      FROM usage_projects GROUP BY 1, 2),
         more AS (SELECT * FROM by_event EXCEPT SELECT * FROM by_month),
         less AS (SELECT * FROM by_month EXCEPT SELECT * FROM by_event)
    SELECT workspace_id FROM more UNION SELECT workspace_id FROM less ORDER BY 1";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    workspace_id: WorkspaceId,
}

/// Workspaces whose sums are not those of their events, with the sum that is wrong. Reads every event.
pub fn wrong_sums(db: &mut Db) -> QueryResult<Vec<(WorkspaceId, &'static str)>> {
    let mut wrong = Vec::new();
    for (what, sql) in [("days", DAYS), ("months", MONTHS), ("projects", PROJECTS)] {
        let rows: Vec<Row> = crate::on_each!(db, |c| diesel::sql_query(sql).load(c))?;
        wrong.extend(rows.into_iter().take(MOST).map(|row| (row.workspace_id, what)));
    }
    Ok(wrong)
}
