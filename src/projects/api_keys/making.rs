//! Making a key, and making its successor.

use diesel::prelude::*;

use super::maker::Maker;
use super::{ApiKey, Because, KeyError, MOST};
use crate::activity::{self, Event, KeyEvent};
use crate::crypto::act::Act;
use crate::crypto::api_key::{self, Prefix};
use crate::crypto::keyring::Context;
use crate::crypto::token::TokenDigest;
use crate::db::Db;
use crate::db::schema::{api_keys, organizations, projects, workspaces};
use crate::kernel::id::{AccountId, ApiKeyId, ProjectId, WorkspaceId};
use crate::kernel::names::{BadText, thing_name};
use crate::kernel::network::Networks;
use crate::kernel::region::Region;
use crate::kernel::shown_once::ShownOnce;
use crate::kernel::time::{Timestamp, days};
use crate::load_to_change;
use crate::mail::{KeyLetter, Letter};
use crate::projects::key_role::KeyRole;
use crate::projects::{people, place};
use crate::workspaces::numbers;
use diesel::QueryResult;

/// What a key is to be. Checked: the name may be shown to others.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: String,
    pub role: KeyRole,
    /// The one that local tools look for. Taken from whichever key had it.
    pub is_development: bool,
    pub expires_at: Option<Timestamp>,
    pub networks: Networks,
}

impl NewKey {
    /// One line, 1 to 100 characters.
    pub fn name(typed: &str) -> Result<String, BadText> {
        thing_name(typed, 100)
    }
}

/// What a key's text begins with here.
#[derive(Clone, Debug)]
pub struct Stamp {
    pub prefix: Prefix,
    pub region: Region,
}

/// A key with its only copy.
pub struct Made {
    pub id: ApiKeyId,
    pub number: i64,
    pub value: ShownOnce,
}

/// For how many days the old key may live on beside its successor.
pub const LONGEST_OVERLAP: u64 = 30;

#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct Row<'a> {
    id: ApiKeyId,
    number: i64,
    workspace_id: WorkspaceId,
    project_id: Option<ProjectId>,
    name: &'a str,
    role: KeyRole,
    digest: TokenDigest,
    prefix: String,
    last_four: String,
    sealed: Option<Vec<u8>>,
    is_development: bool,
    networks: String,
    created_by: Option<AccountId>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_address: &'static str,
    last_used_agent: &'static str,
    disabled_because: Because,
}

/// Makes a key and hands out its only copy.
pub fn create(db: &mut Db, act: &Act, maker: &Maker, stamp: &Stamp, new: &NewKey) -> Result<Made, KeyError> {
    let parent = hold(db, act, maker)?;
    let new = &match &parent {
        Some(parent) => within(parent, new),
        None => new.clone(),
    };
    let answers = parent.map_or(maker.account, |parent| parent.created_by);
    let made = insert(db, act, maker, answers, stamp, new)?;
    let event = KeyEvent::Created {
        key: made.id,
        project: maker.project,
        role: new.role.as_str(),
        is_development: new.is_development,
        expires_at: new.expires_at,
        name: new.name.clone(),
    };
    tell(db, act, maker, event, |at| KeyLetter::Created {
        name: new.name.clone(),
        place: at.words(),
        can: super::can(new.role, maker.project),
        path: at.path(),
    })?;
    Ok(made)
}

/// Makes a key with the same name and rights. The old one ends after `overlap` days, or when it would have ended anyway.
pub fn rotate(
    db: &mut Db,
    act: &Act,
    maker: &Maker,
    stamp: &Stamp,
    id: ApiKeyId,
    overlap: u64,
) -> Result<Made, KeyError> {
    let parent = hold(db, act, maker)?;
    let old = super::one(db, maker.workspace, maker.project, id)?.ok_or(KeyError::Gone)?;
    if old.is_disabled() || old.has_expired(act.now) {
        return Err(KeyError::Gone);
    }
    if old.succeeded_by.is_some() {
        return Err(KeyError::WasRotated);
    }
    let lives = old.expires_at.map(|at| at.since(old.created_at));
    let longest = longest_days(db, maker.workspace)?.map(|most| days(most.unsigned_abs()));
    let lives = match (lives, longest) {
        (Some(lives), Some(longest)) => Some(lives.min(longest)),
        (lives, longest) => lives.or(longest),
    };
    let new = NewKey {
        name: old.name.clone(),
        role: old.role,
        is_development: old.is_development,
        expires_at: lives.map(|lives| act.now.plus(lives)),
        networks: networks_of(&old),
    };
    let answers = parent.map_or(maker.account, |parent| parent.created_by);
    let made = insert(db, act, maker, answers, stamp, &new)?;
    let ends_at = act.now.plus(days(overlap.min(LONGEST_OVERLAP)));
    let ends_at = old.expires_at.map_or(ends_at, |at| at.min(ends_at));
    diesel::update(api_keys::table.find(id))
        .set((
            api_keys::succeeded_by.eq(made.id),
            api_keys::expires_at.eq(ends_at),
            api_keys::reminded_at.eq(None::<Timestamp>),
        ))
        .execute(db)?;
    let event =
        KeyEvent::Rotated { key: id, successor: made.id, project: maker.project, ends_at, name: old.name.clone() };
    tell(db, act, maker, event, |at| KeyLetter::Rotated {
        name: old.name.clone(),
        place: at.words(),
        ends_at,
        path: at.path(),
    })?;
    Ok(made)
}

/// The longest life of a key in days that the workspace's policy allows; `None` allows keys that never expire.
pub fn longest_days(db: &mut Db, workspace: WorkspaceId) -> QueryResult<Option<i64>> {
    let found: Option<Option<i64>> =
        organizations::table.find(workspace).select(organizations::key_days).first(db).optional()?;
    Ok(found.flatten())
}

/// Holds the place until the transaction ends, so that two development keys come one after the other, and none comes
/// after the place was deleted. The key that asks, where a key does.
fn hold(db: &mut Db, act: &Act, maker: &Maker) -> Result<Option<ApiKey>, KeyError> {
    let key = maker.still(db, act.now)?;
    let held = if let Some(project) = maker.project {
        let live = projects::table.filter(projects::id.eq(project)).filter(projects::deleted_at.is_null());
        let ids: Vec<ProjectId> = load_to_change!(db, live.select(projects::id))?;
        ids.len()
    } else {
        let workspace = workspaces::table.filter(workspaces::id.eq(maker.workspace)).select(workspaces::id);
        let ids: Vec<WorkspaceId> = load_to_change!(db, workspace)?;
        ids.len()
    };
    if held == 1 { Ok(key) } else { Err(KeyError::Gone) }
}

/// What a key makes is in nothing more than itself.
fn within(parent: &ApiKey, new: &NewKey) -> NewKey {
    let expires_at = match (parent.expires_at, new.expires_at) {
        (Some(parent), Some(new)) => Some(parent.min(new)),
        (parent, new) => parent.or(new),
    };
    let networks = if parent.networks.is_empty() { new.networks.clone() } else { networks_of(parent) };
    NewKey { expires_at, networks, ..new.clone() }
}

fn networks_of(key: &ApiKey) -> Networks {
    Networks::parse(&key.networks).unwrap_or_default()
}

/// `answers` is whose rights the key hangs on.
fn insert(
    db: &mut Db,
    act: &Act,
    maker: &Maker,
    answers: Option<AccountId>,
    stamp: &Stamp,
    new: &NewKey,
) -> Result<Made, KeyError> {
    if !maker.may(new.role) {
        return Err(KeyError::AboveRights);
    }
    if let Some(most) = longest_days(db, maker.workspace)?
        && new.expires_at.is_none_or(|at| at > act.now.plus(days(most.unsigned_abs())))
    {
        return Err(KeyError::TooLong(most));
    }
    if live(db, maker)? >= MOST {
        return Err(KeyError::TooMany);
    }
    let key = api_key::mint(&act.chance, &stamp.prefix, stamp.region);
    let id: ApiKeyId = act.id();
    let is_development = new.is_development && maker.project.is_some();
    let mut sealed = None;
    if let (true, Some(project)) = (is_development, maker.project) {
        super::development::clear(db, project)?;
        sealed = Some(act.keyring.seal(&act.chance, sealed_place(&id, &project), key.value.as_bytes()));
    }
    let row = Row {
        id,
        number: numbers::of(db, id.as_str())?,
        workspace_id: maker.workspace,
        project_id: maker.project,
        name: &new.name,
        role: new.role,
        digest: key.digest,
        prefix: key.beginning,
        last_four: key.last_four,
        sealed,
        is_development,
        networks: new.networks.to_string(),
        created_by: answers,
        created_at: act.now,
        expires_at: new.expires_at,
        last_used_address: "",
        last_used_agent: "",
        disabled_because: Because::Nothing,
    };
    diesel::insert_into(api_keys::table).values(&row).execute(db)?;
    Ok(Made { id, number: row.number, value: key.value })
}

/// How many there are at the maker's place, which is held.
fn live(db: &mut Db, maker: &Maker) -> QueryResult<i64> {
    let live = api_keys::table.filter(api_keys::revoked_at.is_null());
    if let Some(project) = maker.project {
        return live.filter(api_keys::project_id.eq(project)).count().get_result(db);
    }
    let of_workspace = live.filter(api_keys::workspace_id.eq(maker.workspace));
    of_workspace.filter(api_keys::project_id.is_null()).count().get_result(db)
}

/// Where a development key's value lies sealed.
pub fn sealed_place<'a>(id: &'a ApiKeyId, project: &'a ProjectId) -> Context<'a> {
    Context { table: "api_keys", row: id.as_str(), owner: project.as_str(), name: "value", version: 1 }
}

/// Records what happened to a key and mails the owners.
pub(super) fn tell(
    db: &mut Db,
    act: &Act,
    maker: &Maker,
    event: KeyEvent,
    letter: impl FnOnce(&place::Place) -> KeyLetter,
) -> Result<(), KeyError> {
    activity::record(db, act, maker.workspace, maker.account, &Event::Key(event))?;
    let at = place::of(db, maker.workspace, maker.project)?.ok_or(KeyError::Gone)?;
    people::tell_owners(db, act, maker.workspace, maker.account, &Letter::Key(letter(&at)))?;
    Ok(())
}

/// The key, when this maker may change it. Held until the transaction ends, so that who presses at the same time comes
/// after it and finds what it left.
pub(super) fn mine(db: &mut Db, act: &Act, maker: &Maker, id: ApiKeyId) -> Result<ApiKey, KeyError> {
    maker.still(db, act.now)?;
    let row = api_keys::table.filter(api_keys::id.eq(id)).select(api_keys::id);
    let held: Vec<ApiKeyId> = load_to_change!(db, row)?;
    let id = held.first().copied().ok_or(KeyError::Gone)?;
    let key = super::one(db, maker.workspace, maker.project, id)?.ok_or(KeyError::Gone)?;
    if maker.may(key.role) { Ok(key) } else { Err(KeyError::AboveRights) }
}
