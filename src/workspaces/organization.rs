//! What an organization is called, its picture, and what it demands of its members.
//!
//! Rule: two open tabs cannot overwrite each other: a save names the revision it began with.

use diesel::prelude::*;

use super::WorkspaceError;
use super::members::{hold, still};
use crate::access::Permit;
use crate::access::action::{EditOrganization, ManagePolicies};
use crate::activity::{self, Event, OrganizationEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::organizations;
use crate::kernel::id::WorkspaceId;
use crate::kernel::names::one_line;
use crate::photos::PhotoChange;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileSaved {
    /// With the version of the picture that nobody shows any more; its files can go.
    Yes { old_photo: Option<String> },
    /// Somebody saved meanwhile; nothing was written.
    Conflict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    Yes,
    /// Somebody saved meanwhile.
    Conflict,
}

/// What an organization demands, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    pub requires_mfa: bool,
    /// In days; `None` allows keys that never expire.
    pub key_days: Option<i64>,
    /// One network a line; empty is anywhere.
    pub networks: String,
}

/// What people call an organization: one line, 1 to 100 characters.
pub fn title(typed: &str) -> Result<String, String> {
    let title = one_line(typed, 100).map_err(|error| error.to_string())?;
    if title.is_empty() { Err("Enter a name.".to_owned()) } else { Ok(title) }
}

/// The version of the picture that this organization shows. One that nobody can enter shows none.
pub fn photo_shown(db: &mut Db, id: WorkspaceId) -> QueryResult<Option<String>> {
    let photo: Option<Option<String>> = organizations::table
        .find(id)
        .filter(organizations::erase_at.is_null())
        .filter(organizations::suspended_at.is_null())
        .select(organizations::photo)
        .first(db)
        .optional()?;
    Ok(photo.flatten())
}

/// Saves what people call it, and its picture.
pub fn save_profile(
    db: &mut Db,
    act: &Act,
    permit: &Permit<EditOrganization>,
    revision: i64,
    title: &str,
    photo: &PhotoChange,
) -> Result<ProfileSaved, WorkspaceError> {
    let now = hold(db, permit.workspace)?;
    still(db, permit)?;
    if now.revision != revision {
        return Ok(ProfileSaved::Conflict);
    }
    let new_photo = photo.after(now.photo.as_deref());
    let (is_renamed, is_redrawn) = (now.title != title, now.photo != new_photo);
    if !is_renamed && !is_redrawn {
        return Ok(ProfileSaved::Yes { old_photo: None });
    }
    diesel::update(organizations::table.find(permit.workspace))
        .set((
            organizations::title.eq(title),
            organizations::photo.eq(&new_photo),
            organizations::revision.eq(revision + 1),
        ))
        .execute(db)?;
    let renamed = is_renamed.then(|| OrganizationEvent::Changed { fields: vec!["name"] });
    let redrawn = match new_photo {
        Some(_) => OrganizationEvent::PictureChanged,
        None => OrganizationEvent::PictureRemoved,
    };
    let redrawn = is_redrawn.then_some(redrawn);
    for event in renamed.into_iter().chain(redrawn) {
        activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Organization(event))?;
    }
    Ok(ProfileSaved::Yes { old_photo: now.photo.filter(|_| is_redrawn) })
}

/// Saves what it demands. It holds from the next request on.
pub fn save_policies(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ManagePolicies>,
    revision: i64,
    new: &Policies,
) -> Result<Saved, WorkspaceError> {
    let now = hold(db, permit.workspace)?;
    still(db, permit)?;
    if now.revision != revision {
        return Ok(Saved::Conflict);
    }
    let changed = [
        ("require multi-factor authentication", now.requires_mfa != new.requires_mfa),
        ("longest lifetime of keys", now.key_days != new.key_days),
        ("networks of keys", now.networks != new.networks),
    ];
    let fields: Vec<&str> = changed.into_iter().filter(|(_, is_new)| *is_new).map(|(field, _)| field).collect();
    if fields.is_empty() {
        return Ok(Saved::Yes);
    }
    diesel::update(organizations::table.find(permit.workspace))
        .set((
            organizations::requires_mfa.eq(new.requires_mfa),
            organizations::key_days.eq(new.key_days),
            organizations::networks.eq(&new.networks),
            organizations::revision.eq(revision + 1),
        ))
        .execute(db)?;
    let event = OrganizationEvent::PoliciesChanged { fields };
    activity::record(db, act, permit.workspace, Some(permit.actor), &Event::Organization(event))?;
    Ok(Saved::Yes)
}
