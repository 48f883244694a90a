//! Writing an event down, at the end of its chain.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::chain::{Chain, Head, Row, head, mac, move_head, personal_digest};
use super::event::Event;
use crate::crypto::act::Act;
use crate::db::schema::activity_events;
use crate::db::{self, Db, DbError, dialect};
use crate::kernel::id::{AccountId, EventId, WorkspaceId};

/// Records what happened in a workspace, inside the caller's transaction. `actor` is whoever did it, if an account did;
/// in a personal workspace the owner is the subject.
pub fn record(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    actor: Option<AccountId>,
    event: &Event,
) -> QueryResult<()> {
    let personal = from_where(act, event);
    append(db, act, workspace.into(), actor, None, event, personal)
}

/// The same for what was done to somebody, as in an organization to one of its members.
pub fn record_about(
    db: &mut Db,
    act: &Act,
    workspace: WorkspaceId,
    actor: Option<AccountId>,
    subject: AccountId,
    event: &Event,
) -> QueryResult<()> {
    let personal = from_where(act, event);
    append(db, act, workspace.into(), actor, Some(subject), event, personal)
}

/// Records what an administrator did (`None`: the command line) in the region's own chain, and, when it concerns an
/// account, in the owner's too: the owner sees that it happened, not where the administrator sat.
pub fn record_administration(
    db: &mut Db,
    act: &Act,
    administrator: Option<AccountId>,
    subject: Option<AccountId>,
    event: &Event,
) -> QueryResult<()> {
    if let Some(owner) = subject {
        append(db, act, owner.personal_workspace().into(), administrator, subject, event, event.typed())?;
    }
    record_instance(db, act, administrator, subject, event)
}

/// Records what concerns no workspace, or outlives it: erased accounts, jobs.
pub fn record_instance(
    db: &mut Db,
    act: &Act,
    actor: Option<AccountId>,
    subject: Option<AccountId>,
    event: &Event,
) -> QueryResult<()> {
    let personal = from_where(act, event);
    append(db, act, Chain::Instance, actor, subject, event, personal)
}

/// The erasable part: what was typed, and where the request came from.
fn from_where(act: &Act, event: &Event) -> Map<String, Value> {
    let mut personal = event.typed();
    personal.insert("address".to_owned(), Value::from(act.origin.address_text()));
    personal.insert("agent".to_owned(), Value::from(act.origin.agent.as_str()));
    personal
}

fn append(
    db: &mut Db,
    act: &Act,
    chain: Chain,
    actor: Option<AccountId>,
    subject: Option<AccountId>,
    event: &Event,
    personal: Map<String, Value>,
) -> QueryResult<()> {
    let name = chain.as_str();
    // Two events at once would both follow the same one.
    dialect::lock_key(db, &format!("activity:{name}"))?;
    let before = head(db, name)?;
    let (last, link_before, is_whole) = match &before {
        Some(head) => (head.sequence, head.link.clone(), head.is_authentic(&act.keyring)),
        None => end_without_head(db, name)?,
    };
    let mut facts = event.facts();
    if !act.origin.request_id.is_empty() {
        facts.insert("request".to_owned(), Value::from(act.origin.request_id.as_str()));
    }
    let salt: [u8; 32] = act.chance.bytes();
    let personal = json(&Value::Object(personal))?;
    let mut row = Row {
        id: act.id::<EventId>(),
        workspace_id: name.to_owned(),
        sequence: last + 1,
        kind: event.kind().as_str().to_owned(),
        actor_id: actor,
        subject_id: subject,
        at: act.now,
        facts: json(&Value::Object(facts))?,
        personal_digest: personal_digest(&salt, &personal),
        salt: Some(salt.to_vec()),
        personal: Some(personal),
        link: String::new(),
    };
    row.link = row.link_after(&link_before);
    // A head that was tampered with is not made good again by the next event: its mark stays wrong until a person looks.
    let mac = if is_whole { mac(&act.keyring, name, row.sequence, &row.link) } else { String::new() };
    if !is_whole {
        tracing::error!(chain = name, "An activity chain was changed by somebody else; run `keystead verify`.");
    }
    let head = Head { workspace_id: name.to_owned(), sequence: row.sequence, link: row.link.clone(), mac };
    diesel::insert_into(activity_events::table).values(row).execute(db)?;
    let kind = event.kind().as_str();
    db::after_commit(move || metrics::counter!("keystead_events_total", "kind" => kind).increment(1));
    move_head(db, before.is_none(), &head)
}

/// A new chain begins at nothing. One that has events but no head was robbed of it.
fn end_without_head(db: &mut Db, chain: &str) -> QueryResult<(i64, String, bool)> {
    let last: Option<(i64, String)> = activity_events::table
        .filter(activity_events::workspace_id.eq(chain))
        .order(activity_events::sequence.desc())
        .select((activity_events::sequence, activity_events::link))
        .first(db)
        .optional()?;
    Ok(last.map_or((0, String::new(), true), |(sequence, link)| (sequence, link, false)))
}

fn json(value: &Value) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| DbError::SerializationError(Box::new(error)))
}
