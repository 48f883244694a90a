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
    let Some(at) = place::of(db, workspace, None)? else { return Ok(()) };
    let letter = Letter::Secret(letter(at.words(), path(&at)));
    people::tell_owners(db, act, workspace, actor, &letter)
}
