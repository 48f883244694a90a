//! What people do in a drill: begin it, keep the value from jobs, tick a step, close it.

use diesel::prelude::*;

use super::progress::progress;
use super::{Drill, Step, one};
use crate::access::Permit;
use crate::access::action::ChangeSecrets;
use crate::activity::SecretEvent;
use crate::crypto::act::Act;
use crate::db::Db;
use crate::db::schema::{leak_drills, leak_steps};
use crate::kernel::id::{AccountId, LeakDrillId, SecretId};
use crate::kernel::time::Timestamp;
use crate::load_to_change;
use crate::mail::SecretLetter;
use crate::secrets::adding::to_change;
use crate::secrets::telling::{alarm, record};
use crate::secrets::{Secret, SecretError};

/// Marks the version that jobs get as leaked. The open drill of this version, when there is one already.
pub fn open(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: SecretId,
    is_withheld: bool,
) -> Result<LeakDrillId, SecretError> {
    let secret = to_change(db, permit, id)?;
    let known = leak_drills::table
        .filter(leak_drills::secret_id.eq(id))
        .filter(leak_drills::version.eq(secret.version))
        .filter(leak_drills::is_false_alarm.eq(false));
    let known: Option<Drill> = known.select(Drill::as_select()).first(db).optional()?;
    if let Some(running) = known.as_ref().filter(|drill| drill.is_open()) {
        return Ok(running.id);
    }
    let drill = Drill {
        id: act.id(),
        secret_id: id,
        workspace_id: permit.workspace,
        version: secret.version,
        is_withheld,
        is_false_alarm: false,
        opened_by: Some(permit.actor),
        opened_at: act.now,
        closed_by: None,
        closed_at: None,
        reason: String::new(),
    };
    // One that was closed goes on: of one leak there is one drill, and one answer to whether jobs get the value.
    let drill = if let Some(known) = known {
        diesel::update(leak_drills::table.find(known.id))
            .set((
                leak_drills::closed_by.eq(None::<AccountId>),
                leak_drills::closed_at.eq(None::<Timestamp>),
                leak_drills::reason.eq(""),
                leak_drills::is_withheld.eq(is_withheld),
            ))
            .execute(db)?;
        known
    } else {
        diesel::insert_into(leak_drills::table).values(&drill).execute(db)?;
        drill
    };
    let (version, name) = (secret.version, secret.name.to_string());
    let event = SecretEvent::Leaked { secret: id, version, is_withheld, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    let letter = |place, path| SecretLetter::Leaked { name, version, is_withheld, place, path };
    alarm(db, act, permit.workspace, &below(drill.id), letter)?;
    Ok(drill.id)
}

/// Whether jobs get the leaked version until it is replaced.
pub fn withhold(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: LeakDrillId,
    is_withheld: bool,
) -> Result<(), SecretError> {
    let (drill, secret) = held(db, permit, id)?;
    if drill.is_withheld == is_withheld {
        return Ok(());
    }
    diesel::update(leak_drills::table.find(id)).set(leak_drills::is_withheld.eq(is_withheld)).execute(db)?;
    let name = secret.name.to_string();
    let event = SecretEvent::Withheld { secret: secret.id, is_withheld, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    let letter = |place, path| SecretLetter::Withheld { name, is_withheld, place, path };
    Ok(alarm(db, act, permit.workspace, &below(id), letter)?)
}

/// Ticks a step with a note, checked, or (`None`) opens it again. What is done by itself cannot be ticked.
pub fn mark(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: LeakDrillId,
    step: Step,
    note: Option<&str>,
) -> Result<(), SecretError> {
    let (drill, secret) = held(db, permit, id)?;
    if step == Step::Replace {
        return Err(SecretError::Gone);
    }
    let marked = leak_steps::table.filter(leak_steps::drill_id.eq(id)).filter(leak_steps::step.eq(step));
    // Of two who tick at once, the first did it.
    if let Some(note) = note {
        if marked.count().get_result::<i64>(db)? > 0 {
            return Ok(());
        }
        let row = (
            (leak_steps::drill_id.eq(id), leak_steps::step.eq(step), leak_steps::workspace_id.eq(drill.workspace_id)),
            (leak_steps::note.eq(note), leak_steps::done_by.eq(permit.actor), leak_steps::done_at.eq(act.now)),
        );
        diesel::insert_into(leak_steps::table).values(row).execute(db)?;
    } else if diesel::delete(marked).execute(db)? == 0 {
        return Ok(());
    }
    let (is_done, name) = (note.is_some(), secret.name.to_string());
    let event = SecretEvent::LeakStep { secret: secret.id, step: step.as_str(), is_done, name };
    Ok(record(db, act, permit.workspace, Some(permit.actor), event)?)
}

/// Closes a drill whose steps are all done, or for this reason. After a false alarm jobs get the value as before.
pub fn close(
    db: &mut Db,
    act: &Act,
    permit: &Permit<ChangeSecrets>,
    id: LeakDrillId,
    reason: &str,
    is_false_alarm: bool,
) -> Result<(), SecretError> {
    let (drill, secret) = held(db, permit, id)?;
    let is_all_done = progress(db, &drill, &secret, act.now)?.is_all_done();
    if reason.is_empty() && (is_false_alarm || !is_all_done) {
        return Err(SecretError::Unfinished);
    }
    diesel::update(leak_drills::table.find(id))
        .set((
            leak_drills::closed_by.eq(Some::<AccountId>(permit.actor)),
            leak_drills::closed_at.eq(Some::<Timestamp>(act.now)),
            leak_drills::reason.eq(reason),
            leak_drills::is_false_alarm.eq(is_false_alarm),
        ))
        .execute(db)?;
    let (version, name) = (drill.version, secret.name.to_string());
    let event = SecretEvent::LeakClosed { secret: secret.id, version, is_all_done, is_false_alarm, name: name.clone() };
    record(db, act, permit.workspace, Some(permit.actor), event)?;
    let letter = |place, path| SecretLetter::LeakClosed { name, is_false_alarm, place, path };
    Ok(alarm(db, act, permit.workspace, &below(id), letter)?)
}

/// The open drill, held until the transaction ends, and its secret.
fn held(db: &mut Db, permit: &Permit<ChangeSecrets>, id: LeakDrillId) -> Result<(Drill, Secret), SecretError> {
    let open = leak_drills::table
        .filter(leak_drills::id.eq(id))
        .filter(leak_drills::workspace_id.eq(permit.workspace))
        .filter(leak_drills::closed_at.is_null());
    let found: Vec<LeakDrillId> = load_to_change!(db, open.select(leak_drills::id))?;
    if found.is_empty() {
        return Err(SecretError::Gone);
    }
    one(db, permit.workspace, id)?.ok_or(SecretError::Gone)
}

/// Its page, below that of the secrets.
fn below(id: LeakDrillId) -> String {
    format!("leaks/{id}")
}
