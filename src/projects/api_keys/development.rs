//! The one key of a project that local tools look for. The database lets there be no second.

use diesel::prelude::*;

use super::making::sealed_place;
use super::{Maker, one};
use crate::activity::{self, Event, KeyEvent};
use crate::crypto::act::Act;
use crate::crypto::keyring::{Keyring, OpenError};
use crate::db::Db;
use crate::db::schema::api_keys;
use crate::kernel::id::{ApiKeyId, ProjectId};
use crate::kernel::shown_once::ShownOnce;
use diesel::QueryResult;

/// Why the value of a key that lies sealed cannot be had. A new key can be made.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("its value is gone")]
    Missing,
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("it is no text")]
    NoText,
}

/// Its value, for privileged jobs. `None` when there is none that would be let in.
pub fn development(
    db: &mut Db,
    act: &Act,
    project: ProjectId,
) -> QueryResult<Option<Result<(ApiKeyId, ShownOnce), Broken>>> {
    let found: Option<(ApiKeyId, Option<Vec<u8>>)> = api_keys::table
        .filter(api_keys::project_id.eq(project))
        .filter(api_keys::is_development.eq(true))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::disabled_at.is_null())
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.gt(act.now)))
        .select((api_keys::id, api_keys::sealed))
        .first(db)
        .optional()?;
    Ok(found.map(|(id, sealed)| open(&act.keyring, id, project, sealed.as_deref()).map(|value| (id, value))))
}

/// Opens what stands at this place, and tells the operator when it does not open.
fn open(keyring: &Keyring, id: ApiKeyId, project: ProjectId, sealed: Option<&[u8]>) -> Result<ShownOnce, Broken> {
    let opened =
        sealed.ok_or(Broken::Missing).and_then(|sealed| Ok(keyring.open(sealed_place(&id, &project), sealed)?));
    let text = opened.and_then(|bytes| String::from_utf8(bytes.to_vec()).map_err(|_| Broken::NoText));
    if let Err(why) = &text {
        let is_tampering = !matches!(why, Broken::Sealed(OpenError::UnknownMasterKey(_)));
        tracing::error!(key = %id, error = %why, tampering = is_tampering, "a development key does not open");
    }
    text.map(ShownOnce::new)
}

/// The same for the `devkeys` call with a person's own session, unless it has more rights than that person may give. Each
/// look is recorded.
pub fn reveal_development(db: &mut Db, act: &Act, maker: &Maker) -> QueryResult<Option<ShownOnce>> {
    let Some(project) = maker.project else { return Ok(None) };
    // Of one that does not open the operator was told; tools go on without.
    let Some(Ok((id, value))) = development(db, act, project)? else { return Ok(None) };
    let key = one(db, maker.workspace, Some(project), id)?;
    let Some(key) = key.filter(|key| maker.may(key.role)) else { return Ok(None) };
    let event = KeyEvent::Shown { key: id, project: Some(project), name: key.name };
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    Ok(Some(value))
}

/// Takes the flag from whichever key has it, and with it the value.
pub(super) fn clear(db: &mut Db, project: ProjectId) -> QueryResult<usize> {
    diesel::update(api_keys::table.filter(api_keys::project_id.eq(project)).filter(api_keys::is_development.eq(true)))
        .set((api_keys::is_development.eq(false), api_keys::sealed.eq(None::<Vec<u8>>)))
        .execute(db)
}
