//! Recording what happened to a secret, and telling whom it concerns.

use super::path;
use crate::activity::{self, Event, SecretEvent};
use crate::crypto::act::Act;
use crate::db::Db;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::mail::{Letter, SecretLetter};
use crate::projects::{people, place};
use diesel::QueryResult;

pub(super) fn record(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    actor: Option<AccountId>,
    event: SecretEvent,
) -> QueryResult<()> {
    activity::record(db, act, workspace, actor, &Event::Secret(event))
}

/// Queues a mail to whoever did it and to the workspace's Owners. `letter` is given where the secrets are, in words and
/// as a path.
pub(super) fn tell(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    actor: Option<AccountId>,
    letter: impl FnOnce(String, String) -> SecretLetter,
) -> QueryResult<()> {
    let Some(letter) = addressed(db, workspace, letter)? else { return Ok(()) };
    people::tell_owners(db, act, workspace, actor, &letter)
}

/// The same for what happens by itself: to whoever changed it last only while they belong there.
pub(super) fn remind(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    changer: Option<AccountId>,
    letter: impl FnOnce(String, String) -> SecretLetter,
) -> QueryResult<()> {
    let Some(letter) = addressed(db, workspace, letter)? else { return Ok(()) };
    people::remind_owners(db, act, workspace, changer, &letter)
}

/// The same to the Owners and Admins, with the page below the secrets that it is about.
pub(super) fn alarm(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    below: &str,
    letter: impl FnOnce(String, String) -> SecretLetter,
) -> QueryResult<()> {
    let letter = |place, path: String| letter(place, format!("{path}/{below}"));
    let Some(letter) = addressed(db, workspace, letter)? else { return Ok(()) };
    people::tell_admins(db, act, workspace, &letter)
}

fn addressed(
    db: &mut Db,
    workspace: WorkspaceId,
    letter: impl FnOnce(String, String) -> SecretLetter,
) -> QueryResult<Option<Letter>> {
    let at = place::of(db, workspace, None)?;
    Ok(at.map(|at| Letter::Secret(letter(at.words(), path(&at)))))
}
