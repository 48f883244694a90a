//! Where a version was used, out of the access log.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::secret_uses;
use crate::kernel::id::{AccountId, ProjectId, SecretId};
use crate::kernel::time::Timestamp;
use crate::secrets::uses::Use;

/// So many of the latest fetches are looked at.
pub const MOST_FETCHES: i64 = 5_000;
/// So many places are named.
const MOST_PLACES: usize = 100;

/// One job of one project, through one program from one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub job: String,
    pub project: Option<ProjectId>,
    pub program: String,
    pub address: String,
    /// Who had it fetched outside of the platform's jobs: the person, and the key where one was used.
    pub account: Option<AccountId>,
    pub key: Option<String>,
    /// The service token that the job was started with; may be empty.
    pub service_token: String,
    pub times: i64,
    pub first: Timestamp,
    pub last: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The one used last first.
    pub all: Vec<Place>,
    pub fetches: i64,
    /// Whether there is more than what is listed or counted.
    pub has_more: bool,
}

pub fn of_version(db: &mut Db, secret: SecretId, version: i64) -> QueryResult<Places> {
    let latest: Vec<Use> = secret_uses::table
        .filter(secret_uses::secret_id.eq(secret))
        .filter(secret_uses::version.eq(version))
        .order(secret_uses::at.desc())
        .select(Use::as_select())
        .limit(MOST_FETCHES + 1)
        .load(db)?;
    Ok(gathered(latest))
}

fn gathered(mut latest: Vec<Use>) -> Places {
    let most = usize::try_from(MOST_FETCHES).unwrap_or(usize::MAX);
    let mut has_more = latest.len() > most;
    latest.truncate(most);
    let fetches = i64::try_from(latest.len()).unwrap_or(i64::MAX);
    let (mut all, mut known): (Vec<Place>, HashMap<_, usize>) = (Vec::new(), HashMap::new());
    for one in latest {
        let whom = (one.account_id, one.key_name.clone(), one.service_token.clone());
        let key = (one.job.clone(), one.project_id, one.program.clone(), one.address.clone(), whom);
        if let Some(place) = known.get(&key).and_then(|index| all.get_mut(*index)) {
            place.times += 1;
            place.first = place.first.min(one.at);
            continue;
        }
        known.insert(key, all.len());
        let Use { job, project_id: project, program, address, at, .. } = one;
        let (account, key, service_token) = (one.account_id, one.key_name, one.service_token);
        all.push(Place { job, project, program, address, account, key, service_token, times: 1, first: at, last: at });
    }
    has_more |= all.len() > MOST_PLACES;
    all.truncate(MOST_PLACES);
    Places { all, fetches, has_more }
}
