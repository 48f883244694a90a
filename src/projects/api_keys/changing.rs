//! Renaming a key, revoking it, and taking that back.

use diesel::prelude::*;

use super::maker::{Maker, has_rights};
use super::making::{mine, tell};
use super::upkeep::FinishRevoking;
use super::{ApiKey, Because, KeyError, UNDO};
use crate::activity::{self, Event, KeyEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::api_keys;
use crate::jobs::{self, Options};
use crate::kernel::id::{AccountId, ApiKeyId};
use crate::kernel::time::Timestamp;
use crate::mail::KeyLetter;

pub fn rename(db: &mut Db, act: &Act, maker: &Maker, id: ApiKeyId, name: &str) -> Result<(), KeyError> {
    let key = mine(db, act, maker, id)?;
    if key.name == name {
        return Ok(());
    }
    diesel::update(api_keys::table.find(id)).set(api_keys::name.eq(name)).execute(db)?;
    let event = KeyEvent::Renamed { key: id, project: key.project_id, name: name.to_owned() };
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    Ok(())
}

/// No longer the one that local tools look for. It goes on working where it is in use.
pub fn unset_development(db: &mut Db, act: &Act, maker: &Maker, id: ApiKeyId) -> Result<(), KeyError> {
    let key = mine(db, act, maker, id)?;
    let (true, Some(project)) = (key.is_development, key.project_id) else { return Ok(()) };
    super::development::clear(db, project)?;
    let event = KeyEvent::DevelopmentUnset { key: id, project: Some(project), name: key.name };
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    Ok(())
}

/// Refused from now on. For [`UNDO`] it can be had back, then a job makes it final. When that will be.
pub fn revoke(db: &mut Db, act: &Act, maker: &Maker, id: ApiKeyId) -> Result<(ApiKey, Timestamp), KeyError> {
    let key = mine(db, act, maker, id)?;
    if let Some(gone_at) = key.gone_at() {
        return Ok((key, gone_at));
    }
    diesel::update(api_keys::table.find(id))
        .set((api_keys::disabled_at.eq(act.now), api_keys::disabled_because.eq(Because::Revoked)))
        .execute(db)?;
    let gone_at = act.now.plus(UNDO);
    jobs::enqueue::<FinishRevoking>(db, act, &id, Options { run_at: Some(gone_at), ..Options::default() })?;
    let event = KeyEvent::Disabled { key: id, project: key.project_id, name: key.name.clone() };
    tell(db, act, maker, event, |at| KeyLetter::Revoked {
        name: key.name.clone(),
        place: at.words(),
        gone_at,
        path: at.path(),
    })?;
    Ok((key, gone_at))
}

/// Lets a disabled key in again. Whoever does it answers for it from now on, when its maker may not have it any more.
pub fn restore(db: &mut Db, act: &Act, maker: &Maker, id: ApiKeyId) -> Result<ApiKey, KeyError> {
    let key = mine(db, act, maker, id)?;
    if !key.is_disabled() {
        return Ok(key);
    }
    // Pressed a moment before the job that makes it final.
    if key.gone_at().is_some_and(|at| at <= act.now) {
        return Err(KeyError::Gone);
    }
    let answers: Option<AccountId> = match key.created_by {
        Some(made) if has_rights(db, key.workspace_id, key.project_id, made, key.role)? => Some(made),
        Some(_) | None => maker.account,
    };
    diesel::update(api_keys::table.find(id))
        .set((
            api_keys::disabled_at.eq(None::<Timestamp>),
            api_keys::disabled_because.eq(Because::Nothing),
            api_keys::created_by.eq(answers),
        ))
        .execute(db)?;
    let event = KeyEvent::Restored { key: id, project: key.project_id, name: key.name.clone() };
    tell(db, act, maker, event, |at| KeyLetter::Restored {
        name: key.name.clone(),
        place: at.words(),
        path: at.path(),
    })?;
    Ok(key)
}
