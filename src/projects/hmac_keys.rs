//! HMAC keys: shared with devices, which sign what they send with one.
//!
//! Rule: the value lies sealed, because devices need it again and every signature is checked with it. It is shown only to
//! those who may manage keys, after they confirmed who they are, and each look is recorded.

use diesel::prelude::*;
use zeroize::Zeroizing;

use super::api_keys::{Broken, KeyError, Maker};
use super::{people, place};
use crate::activity::{self, Event, KeyEvent};
use crate::crypto::act::Act;
use crate::crypto::keyring::{Context, Keyring};
use crate::db::schema::{hmac_keys, projects};
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, HmacKeyId, ProjectId};
use crate::kernel::shown_once::ShownOnce;
use crate::kernel::time::{Timestamp, minutes};
use crate::load_to_change;
use crate::mail::{KeyLetter, Letter};
use crate::workspaces::numbers;
use diesel::QueryResult;

/// Of a key that somebody brings along, in characters.
pub const LEAST: usize = 16;
pub const LONGEST: usize = 256;
/// Every one of them is tried on a file.
pub const MOST: i64 = 50;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = hmac_keys)]
pub struct HmacKey {
    pub id: HmacKeyId,
    pub number: i64,
    pub project_id: ProjectId,
    pub name: String,
    /// `3f0a…c91e`
    pub recognised_by: String,
    pub is_development: bool,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub last_signature_at: Option<Timestamp>,
}

/// Checked: the name may be shown to others. No `Debug`: it may carry a key.
pub struct NewHmacKey {
    pub name: String,
    pub is_development: bool,
    /// The client's own; `None` makes one.
    pub own: Option<OwnKey>,
}

/// A key that somebody brought along: 16 to 256 visible characters.
pub struct OwnKey(Zeroizing<String>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOwnKey {
    #[error("Use at least {LEAST} characters.")]
    Short,
    #[error("Use at most {LONGEST} characters.")]
    Long,
    #[error("Use visible ASCII characters without spaces: what a device is given must be typed the same everywhere.")]
    Characters,
}

impl OwnKey {
    pub fn parse(typed: &str) -> Result<Self, BadOwnKey> {
        if !typed.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadOwnKey::Characters);
        }
        match typed.len() {
            0..LEAST => Err(BadOwnKey::Short),
            LEAST..=LONGEST => Ok(Self(Zeroizing::new(typed.to_owned()))),
            _ => Err(BadOwnKey::Long),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum HmacKeyError {
    #[error("the key or its project is gone")]
    Gone,
    #[error("a project has at most {MOST} HMAC keys")]
    TooMany,
    #[error("the value of the HMAC key {0} cannot be had: {1}")]
    Unreadable(HmacKeyId, #[source] Broken),
    #[error(transparent)]
    Database(#[from] DbError),
}

#[derive(Insertable)]
#[diesel(table_name = hmac_keys)]
struct Row<'a> {
    id: HmacKeyId,
    number: i64,
    project_id: ProjectId,
    name: &'a str,
    sealed: Vec<u8>,
    recognised_by: String,
    is_development: bool,
    created_by: Option<AccountId>,
    created_at: Timestamp,
}

/// Makes a key, or takes the one that was brought along. Its id, its number and its value.
pub fn create(
    db: &mut Db,
    act: &Act,
    maker: &Maker,
    new: &NewHmacKey,
) -> Result<(HmacKeyId, i64, ShownOnce), HmacKeyError> {
    let project = hold(db, act, maker)?;
    let live = hmac_keys::table.filter(hmac_keys::project_id.eq(project)).filter(hmac_keys::revoked_at.is_null());
    if live.count().get_result::<i64>(db)? >= MOST {
        return Err(HmacKeyError::TooMany);
    }
    let value = match &new.own {
        Some(own) => own.0.clone(),
        None => Zeroizing::new(data_encoding::HEXLOWER.encode(&act.chance.bytes::<16>())),
    };
    if new.is_development {
        clear_development(db, project)?;
    }
    let id: HmacKeyId = act.id();
    let number = numbers::of(db, id.as_str())?;
    let row = Row {
        id,
        number,
        project_id: project,
        name: &new.name,
        sealed: act.keyring.seal(&act.chance, sealed_place(&id, &project), value.as_bytes()),
        recognised_by: recognised_by(&value),
        is_development: new.is_development,
        created_by: maker.account,
        created_at: act.now,
    };
    diesel::insert_into(hmac_keys::table).values(&row).execute(db)?;
    let name = new.name.clone();
    let event = KeyEvent::HmacCreated { key: id, project, is_development: new.is_development, name: name.clone() };
    tell(db, act, maker, event, |place, path| KeyLetter::HmacCreated { name, place, path })?;
    Ok((id, number, ShownOnce::new(value.to_string())))
}

/// The project's live keys, the newest first.
pub fn of_project(db: &mut Db, project: ProjectId) -> QueryResult<Vec<HmacKey>> {
    hmac_keys::table
        .filter(hmac_keys::project_id.eq(project))
        .filter(hmac_keys::revoked_at.is_null())
        .order(hmac_keys::id.desc())
        .select(HmacKey::as_select())
        .load(db)
}

pub fn one(db: &mut Db, project: ProjectId, id: HmacKeyId) -> QueryResult<Option<HmacKey>> {
    hmac_keys::table
        .find(id)
        .filter(hmac_keys::project_id.eq(project))
        .filter(hmac_keys::revoked_at.is_null())
        .select(HmacKey::as_select())
        .first(db)
        .optional()
}

/// The same by its number, for clients that know keys by number only.
pub fn by_number(db: &mut Db, project: ProjectId, number: i64) -> QueryResult<Option<HmacKey>> {
    hmac_keys::table
        .filter(hmac_keys::number.eq(number))
        .filter(hmac_keys::project_id.eq(project))
        .filter(hmac_keys::revoked_at.is_null())
        .select(HmacKey::as_select())
        .first(db)
        .optional()
}

/// The value once more, for somebody who may manage keys. Recorded, and the Owners are told.
pub fn reveal(db: &mut Db, act: &Act, maker: &Maker, id: HmacKeyId) -> Result<ShownOnce, HmacKeyError> {
    let (key, project) = mine(db, act, maker, id)?;
    let value = value_of(db, &act.keyring, project, id)?;
    let event = KeyEvent::HmacShown { key: id, project, name: key.name.clone() };
    tell(db, act, maker, event, |place, path| KeyLetter::HmacShown { name: key.name, place, path })?;
    Ok(ShownOnce::new(value.to_string()))
}

/// All live keys with their values, the newest first, for the call of a person's tool that lists them. Each look is
/// recorded.
pub fn reveal_all(db: &mut Db, act: &Act, maker: &Maker) -> Result<Vec<(HmacKey, ShownOnce)>, HmacKeyError> {
    let project = maker.project.ok_or(HmacKeyError::Gone)?;
    let mut shown = Vec::new();
    for key in of_project(db, project)? {
        let value = value_of(db, &act.keyring, project, key.id)?;
        let event = KeyEvent::HmacShown { key: key.id, project, name: key.name.clone() };
        activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
        shown.push((key, ShownOnce::new(value.to_string())));
    }
    Ok(shown)
}

/// The value of the development key, for the `devkeys` call with a person's own session. Each look is recorded.
pub fn reveal_development(db: &mut Db, act: &Act, maker: &Maker) -> Result<Option<ShownOnce>, HmacKeyError> {
    let Some(project) = maker.project else { return Ok(None) };
    let Some((id, value)) = development(db, &act.keyring, project)? else { return Ok(None) };
    let Some(key) = one(db, project, id)? else { return Ok(None) };
    let event = KeyEvent::HmacShown { key: id, project, name: key.name };
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    Ok(Some(value))
}

/// The value of the development key, for privileged jobs.
pub fn development(
    db: &mut Db,
    keyring: &Keyring,
    project: ProjectId,
) -> Result<Option<(HmacKeyId, ShownOnce)>, HmacKeyError> {
    let id: Option<HmacKeyId> = hmac_keys::table
        .filter(hmac_keys::project_id.eq(project))
        .filter(hmac_keys::is_development.eq(true))
        .filter(hmac_keys::revoked_at.is_null())
        .select(hmac_keys::id)
        .first(db)
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    Ok(Some((id, ShownOnce::new(value_of(db, keyring, project, id)?.to_string()))))
}

/// Every live key's value, to try on a signature; the development key first, then the newest. One that does not open is no
/// reason to call forged what it signed, so nothing is judged until it opens or is revoked.
pub fn to_try(
    db: &mut Db,
    keyring: &Keyring,
    project: ProjectId,
) -> Result<Vec<(HmacKeyId, Zeroizing<String>)>, HmacKeyError> {
    let sealed: Vec<(HmacKeyId, Vec<u8>)> = hmac_keys::table
        .filter(hmac_keys::project_id.eq(project))
        .filter(hmac_keys::revoked_at.is_null())
        .order((hmac_keys::is_development.desc(), hmac_keys::id.desc()))
        .select((hmac_keys::id, hmac_keys::sealed))
        .load(db)?;
    sealed.into_iter().map(|(id, sealed)| Ok((id, open(keyring, project, id, &sealed)?))).collect()
}

/// Notes that a file came that this key signed; kept to the minute.
pub fn signature_seen(db: &mut Db, id: HmacKeyId, now: Timestamp) -> QueryResult<()> {
    let is_old = hmac_keys::last_signature_at.is_null().or(hmac_keys::last_signature_at.le(now.minus(minutes(1))));
    diesel::update(hmac_keys::table.find(id).filter(is_old)).set(hmac_keys::last_signature_at.eq(now)).execute(db)?;
    Ok(())
}

/// Gives the flag to this key, whoever had it, or takes it away.
pub fn set_development(
    db: &mut Db,
    act: &Act,
    maker: &Maker,
    id: HmacKeyId,
    is_development: bool,
) -> Result<(), HmacKeyError> {
    let project = hold(db, act, maker)?;
    let (key, _) = mine(db, act, maker, id)?;
    if key.is_development == is_development {
        return Ok(());
    }
    clear_development(db, project)?;
    // Revoked in this very moment it gets no flag.
    let live = hmac_keys::table.find(id).filter(hmac_keys::revoked_at.is_null());
    if diesel::update(live).set(hmac_keys::is_development.eq(is_development)).execute(db)? == 0 {
        return Err(HmacKeyError::Gone);
    }
    let event = KeyEvent::HmacDevelopment { key: id, project, is_development, name: key.name };
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    Ok(())
}

/// Proves nothing from now on, and its value is gone; what it signed stays as it was judged.
pub fn revoke(db: &mut Db, act: &Act, maker: &Maker, id: HmacKeyId) -> Result<HmacKey, HmacKeyError> {
    let (key, project) = mine(db, act, maker, id)?;
    let live = hmac_keys::table.find(id).filter(hmac_keys::revoked_at.is_null());
    let changed = diesel::update(live)
        .set((
            hmac_keys::revoked_at.eq(act.now),
            hmac_keys::is_development.eq(false),
            hmac_keys::sealed.eq(Vec::<u8>::new()),
        ))
        .execute(db)?;
    if changed == 0 {
        return Err(HmacKeyError::Gone);
    }
    let (name, event) = (key.name.clone(), KeyEvent::HmacRevoked { key: id, project, name: key.name.clone() });
    tell(db, act, maker, event, |place, path| KeyLetter::HmacRevoked { name, place, path })?;
    Ok(key)
}

fn mine(db: &mut Db, act: &Act, maker: &Maker, id: HmacKeyId) -> Result<(HmacKey, ProjectId), HmacKeyError> {
    let project = place_of(db, act, maker)?;
    Ok((one(db, project, id)?.ok_or(HmacKeyError::Gone)?, project))
}

/// Holds the project until the transaction ends, so that two development keys come one after the other.
fn hold(db: &mut Db, act: &Act, maker: &Maker) -> Result<ProjectId, HmacKeyError> {
    let project = place_of(db, act, maker)?;
    let live = projects::table.filter(projects::id.eq(project)).filter(projects::deleted_at.is_null());
    let held: Vec<ProjectId> = load_to_change!(db, live.select(projects::id))?;
    held.first().copied().ok_or(HmacKeyError::Gone)
}

/// The project of a maker who is one still: to anybody else there is none.
fn place_of(db: &mut Db, act: &Act, maker: &Maker) -> Result<ProjectId, HmacKeyError> {
    match maker.still(db, act.now) {
        Ok(_) => maker.project.ok_or(HmacKeyError::Gone),
        Err(KeyError::Database(error)) => Err(error.into()),
        Err(_) => Err(HmacKeyError::Gone),
    }
}

fn clear_development(db: &mut Db, project: ProjectId) -> QueryResult<usize> {
    let flagged = hmac_keys::table.filter(hmac_keys::project_id.eq(project)).filter(hmac_keys::is_development.eq(true));
    diesel::update(flagged).set(hmac_keys::is_development.eq(false)).execute(db)
}

/// Of a key that was there a moment ago.
fn value_of(
    db: &mut Db,
    keyring: &Keyring,
    project: ProjectId,
    id: HmacKeyId,
) -> Result<Zeroizing<String>, HmacKeyError> {
    let live = hmac_keys::table.find(id).filter(hmac_keys::revoked_at.is_null());
    let sealed: Option<Vec<u8>> = live.select(hmac_keys::sealed).first(db).optional()?;
    open(keyring, project, id, &sealed.ok_or(HmacKeyError::Gone)?)
}

fn open(
    keyring: &Keyring,
    project: ProjectId,
    id: HmacKeyId,
    sealed: &[u8],
) -> Result<Zeroizing<String>, HmacKeyError> {
    let broken = |why| HmacKeyError::Unreadable(id, why);
    let bytes = keyring.open(sealed_place(&id, &project), sealed).map_err(|why| broken(why.into()))?;
    let text = String::from_utf8(bytes.to_vec()).map_err(|_| broken(Broken::NoText))?;
    Ok(Zeroizing::new(text))
}

pub fn sealed_place<'a>(id: &'a HmacKeyId, project: &'a ProjectId) -> Context<'a> {
    Context { table: "hmac_keys", row: id.as_str(), owner: project.as_str(), name: "value", version: 1 }
}

/// A quarter of it at most.
fn recognised_by(value: &str) -> String {
    let shown = if value.len() >= 32 { 4 } else { 2 };
    format!("{}…{}", &value[..shown], &value[value.len() - shown..])
}

fn tell(
    db: &mut Db,
    act: &Act,
    maker: &Maker,
    event: KeyEvent,
    letter: impl FnOnce(String, String) -> KeyLetter,
) -> Result<(), HmacKeyError> {
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    let at = place::of(db, maker.workspace, maker.project)?.ok_or(HmacKeyError::Gone)?;
    let letter = Letter::Key(letter(at.words(), at.path()));
    Ok(people::tell_owners(db, act, maker.workspace, maker.account, &letter)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_ones_own_is_visible_and_long_enough() {
        assert_eq!(OwnKey::parse("fifteen-letters").err(), Some(BadOwnKey::Short));
        assert!(OwnKey::parse("sixteen-letters!").is_ok());
        assert_eq!(OwnKey::parse(&"x".repeat(257)).err(), Some(BadOwnKey::Long));
        for wrong in ["sixteen letters!", "sixteen-létters!", "sixteen-letters\n"] {
            assert_eq!(OwnKey::parse(wrong).err(), Some(BadOwnKey::Characters), "{wrong:?}");
        }
    }

    #[test]
    fn no_more_than_a_quarter_of_a_key_is_kept_in_the_open() {
        assert_eq!(recognised_by("sixteen-letters!"), "si…s!");
        assert_eq!(recognised_by("3f0a5e1b9c7d2846a1b2c3d4e5f6c91e"), "3f0a…c91e");
    }
}
