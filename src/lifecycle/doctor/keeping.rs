//! What nobody notices until it is needed: how long one master key has sealed, when there was last a backup, and whether
//! anybody tried to restore one. Advice, never wrong.

use diesel::prelude::*;

use super::{Check, Finding, Repair};
use crate::activity::{Chain, Kind};
use crate::config::MasterKeySource;
use crate::crypto::keyring::{Keyring, key_name};
use crate::db::schema::{activity_events, named_keys};
use crate::db::{Db, DbError};
use crate::kernel::time::{Timestamp, days};
use crate::lifecycle::backups::Last;
use crate::regions::Regions;

pub const KEY_AGE: Check = Check { id: "key_age", says: "the master key was made within a year" };
pub const BACKUP: Check =
    Check { id: "backup", says: "there is a backup of this week, and one was restored this year" };

const KEY_DAYS: u64 = 365;
const BACKUP_DAYS: u64 = 7;
const REHEARSED_DAYS: u64 = 365;

fn advice(check: Check, what: String) -> Finding {
    Finding { check, region: None, what, repair: Repair::Advice }
}

fn whole_days(now: Timestamp, then: Timestamp) -> u64 {
    now.since(then).as_secs() / 86_400
}

/// The record of the instance says when the key that seals was made. The first one is in no record: it is as old as the
/// instance's own keys.
pub fn key_age(
    regions: &Regions,
    keyring: &Keyring,
    source: &MasterKeySource,
    now: Timestamp,
) -> Result<Option<Finding>, DbError> {
    let name = key_name(keyring.master_ids()[0]);
    let made = made_at(regions, &name)?;
    let first = || {
        regions.directory.read_now(|db| named_keys::table.select(diesel::dsl::min(named_keys::created_at)).first(db))
    };
    let made: Option<Timestamp> = if made.is_some() { made } else { first()? };
    Ok(made.filter(|made| now.since(*made) > days(KEY_DAYS)).map(|made| {
        let age = whole_days(now, made);
        let way = match source {
            MasterKeySource::File { may_create: true, .. } => "`keystead keys rotate` makes a new one",
            // A copy of a file, as systemd and containers hand it out, is not changed by a program either.
            MasterKeySource::File { .. } | MasterKeySource::Text(_) => {
                "put a new line (32 bytes in base64) before the old one where the key comes from, start the servers \
                 again, then run `keystead keys rotate`"
            }
        };
        advice(KEY_AGE, format!("the master key {name} has sealed for {age} days; {way}"))
    }))
}

/// When the record of the instance says that this key began to seal.
pub fn made_at(regions: &Regions, key: &str) -> Result<Option<Timestamp>, DbError> {
    let mut made = None;
    for (_, store) in regions.served() {
        made = made.max(store.read_now(|db| recorded(db, key))?);
    }
    Ok(made)
}

fn recorded(db: &mut Db, key: &str) -> QueryResult<Option<Timestamp>> {
    let made = activity_events::table
        .filter(activity_events::workspace_id.eq(Chain::Instance.as_str()))
        .filter(activity_events::kind.eq(Kind::MasterKeyMade.as_str()));
    let made: Vec<(Timestamp, String)> = made.select((activity_events::at, activity_events::facts)).load(db)?;
    let is_it = |facts: &str| {
        serde_json::from_str::<serde_json::Value>(facts).is_ok_and(|facts| facts["key"].as_str() == Some(key))
    };
    Ok(made.into_iter().filter(|(_, facts)| is_it(facts)).map(|(at, _)| at).max())
}

pub fn backup(last: Last, now: Timestamp) -> Vec<Finding> {
    let Last { made_at: Some(made_at), rehearsed_at } = last else {
        return vec![advice(BACKUP, "no backup was made with `keystead backup` yet".to_owned())];
    };
    let mut findings = Vec::new();
    if now.since(made_at) > days(BACKUP_DAYS) {
        findings.push(advice(BACKUP, format!("the last backup is {} days old", whole_days(now, made_at))));
    }
    match rehearsed_at {
        None => findings.push(advice(
            BACKUP,
            "no backup was ever restored to see whether it can be; `keystead restore --verify` does".to_owned(),
        )),
        Some(at) if now.since(at) > days(REHEARSED_DAYS) => {
            let age = whole_days(now, at);
            findings.push(advice(
                BACKUP,
                format!("a backup was last rehearsed {age} days ago: `keystead restore --verify`"),
            ));
        }
        Some(_) => {}
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_asked_for_each_week_and_its_rehearsal_each_year() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let said = |made: u64, rehearsed: Option<u64>| -> Vec<String> {
            let rehearsed_at = rehearsed.map(|ago| now.minus(days(ago)));
            let last = Last { made_at: Some(now.minus(days(made))), rehearsed_at };
            backup(last, now).into_iter().map(|finding| finding.what).collect()
        };
        assert!(backup(Last::default(), now)[0].what.starts_with("no backup was made"));
        assert_eq!(said(7, Some(365)), Vec::<String>::new());
        assert_eq!(said(8, Some(1)), ["the last backup is 8 days old"]);
        assert!(said(1, None)[0].starts_with("no backup was ever restored"));
        assert!(said(1, Some(366))[0].starts_with("a backup was last rehearsed 366 days ago"));
        assert!(backup(Last::default(), now).iter().all(|finding| finding.repair == Repair::Advice));
    }
}
