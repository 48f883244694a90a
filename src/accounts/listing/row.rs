//! What the list shows of an account.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{accounts, listed_accounts, usage_months};
use crate::kernel::cursor::Cursor;
use crate::kernel::id::AccountId;
use crate::kernel::minutes_rank;
use crate::kernel::month::Month;
use crate::kernel::names::Username;
use crate::kernel::time::Timestamp;
use crate::sessions::account::Status;

/// Minutes are those of the current month, whole, rounded half up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: AccountId,
    pub username: Username,
    pub name: String,
    pub email: String,
    pub photo: Option<String>,
    pub plan: String,
    pub cpu_minutes: i64,
    pub gpu_minutes: i64,
    pub total_minutes: i64,
    pub status: Status,
    pub has_mfa: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Person {
    id: AccountId,
    username: Username,
    name: String,
    email: String,
    photo: Option<String>,
    status: Status,
    has_mfa: bool,
    created_at: Timestamp,
    last_seen_at: Timestamp,
}

/// The rows at these places, by id. An account that went meanwhile has none.
pub(super) fn of_places(db: &mut Db, places: &[Cursor], month: Month) -> QueryResult<HashMap<String, Row>> {
    let ids: Vec<String> = places.iter().map(|place| place.id.clone()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let people: Vec<Person> =
        accounts::table.filter(accounts::id.eq_any(ids.clone())).select(Person::as_select()).load(db)?;
    let plans: Vec<(String, String, i64)> = listed_accounts::table
        .filter(listed_accounts::account_id.eq_any(ids.clone()))
        .select((listed_accounts::account_id, listed_accounts::plan, listed_accounts::minutes_rank))
        .load(db)?;
    let seconds: Vec<(String, i64, i64)> = usage_months::table
        .filter(usage_months::workspace_id.eq_any(ids))
        .filter(usage_months::month.eq(month.index()))
        .select((usage_months::workspace_id, usage_months::cpu_seconds, usage_months::gpu_seconds))
        .load(db)?;
    let mut plans: HashMap<String, (String, i64)> =
        plans.into_iter().map(|(id, plan, rank)| (id, (plan, rank))).collect();
    let seconds: HashMap<String, (i64, i64)> = seconds.into_iter().map(|(id, cpu, gpu)| (id, (cpu, gpu))).collect();
    let rows = people.into_iter().map(|person| {
        let id = person.id.to_string();
        let (plan, rank) = plans.remove(&id).unwrap_or_default();
        let (cpu, gpu) = seconds.get(&id).copied().unwrap_or_default();
        (id, person.row(plan, cpu, gpu, minutes(minutes_rank::counted_seconds(rank, month))))
    });
    Ok(rows.collect())
}

impl Person {
    fn row(self, plan: String, cpu_seconds: i64, gpu_seconds: i64, total_minutes: i64) -> Row {
        Row {
            id: self.id,
            username: self.username,
            name: self.name,
            email: self.email,
            photo: self.photo,
            plan,
            cpu_minutes: minutes(cpu_seconds),
            gpu_minutes: minutes(gpu_seconds),
            total_minutes,
            status: self.status,
            has_mfa: self.has_mfa,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
        }
    }
}

/// Whole minutes, half a minute rounded up.
fn minutes(seconds: i64) -> i64 {
    (seconds + 30).div_euclid(60)
}
