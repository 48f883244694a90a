//! The hash chain: what a link covers, and how a head is authenticated.
//!
//! A link is the SHA-256 of the link before it and of every field that stays; the personal part is covered by a salted
//! digest, so that it and its salt can be erased and nobody can tell by trying what stood there. The head (how many,
//! which link) carries an HMAC with a key that is not in the database: whoever can write to the database can rewrite
//! events and links, but cannot make the head agree.

use std::fmt;

use data_encoding::HEXLOWER;
use diesel::prelude::*;

use crate::crypto::digest::{are_same, sha256_of_parts};
use crate::crypto::keyring::{Keyring, NamedKey};
use crate::db::schema::{activity_events, activity_heads};
use crate::db::{Db, DbError};
use crate::kernel::id::{AccountId, EventId, WorkspaceId};
use crate::kernel::time::Timestamp;

/// Whose chain: a workspace's, or the region's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    Workspace(WorkspaceId),
    /// What administrators did in this region, and what concerns no workspace.
    Instance,
}

impl Chain {
    /// As the column `workspace_id` holds it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Workspace(workspace) => workspace.as_str(),
            Self::Instance => "instance",
        }
    }
}

impl From<WorkspaceId> for Chain {
    fn from(workspace: WorkspaceId) -> Self {
        Self::Workspace(workspace)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One stored event, every column of it.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = activity_events)]
pub(super) struct Row {
    pub id: EventId,
    pub workspace_id: String,
    pub sequence: i64,
    pub kind: String,
    pub actor_id: Option<AccountId>,
    pub subject_id: Option<AccountId>,
    pub at: Timestamp,
    pub facts: String,
    pub salt: Option<Vec<u8>>,
    pub personal: Option<String>,
    pub personal_digest: String,
    pub link: String,
}

impl Row {
    /// The link this event must have after `before`.
    pub fn link_after(&self, before: &str) -> String {
        let (sequence, at) = (self.sequence.to_string(), self.at.as_micros().to_string());
        let id_of = |id: &Option<AccountId>| id.map(|id| id.to_string()).unwrap_or_default();
        let (actor, subject) = (id_of(&self.actor_id), id_of(&self.subject_id));
        let parts = [
            "keystead activity 1",
            before,
            self.id.as_str(),
            &self.workspace_id,
            &sequence,
            &self.kind,
            &actor,
            &subject,
            &at,
            &self.facts,
            &self.personal_digest,
        ];
        HEXLOWER.encode(&sha256_of_parts(&parts.map(str::as_bytes)))
    }
}

pub(super) fn personal_digest(salt: &[u8], personal: &str) -> String {
    HEXLOWER.encode(&sha256_of_parts(&[salt, personal.as_bytes()]))
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = activity_heads)]
pub(super) struct Head {
    pub workspace_id: String,
    pub sequence: i64,
    pub link: String,
    pub mac: String,
}

impl Head {
    pub fn is_authentic(&self, keyring: &Keyring) -> bool {
        let expected = mac(keyring, &self.workspace_id, self.sequence, &self.link);
        are_same(self.mac.as_bytes(), expected.as_bytes())
    }
}

pub(super) fn mac(keyring: &Keyring, chain: &str, sequence: i64, link: &str) -> String {
    keyring.mac_hex(NamedKey::ChainHead, &[chain.as_bytes(), sequence.to_string().as_bytes(), link.as_bytes()])
}

pub(super) fn head(db: &mut Db, chain: &str) -> QueryResult<Option<Head>> {
    let columns = (activity_heads::workspace_id, activity_heads::sequence, activity_heads::link, activity_heads::mac);
    activity_heads::table.find(chain).select(columns).first(db).optional()
}

/// Moves the head to a new end.
pub(super) fn move_head(db: &mut Db, is_first: bool, head: &Head) -> QueryResult<()> {
    if is_first {
        diesel::insert_into(activity_heads::table)
            .values((
                activity_heads::workspace_id.eq(&head.workspace_id),
                activity_heads::sequence.eq(head.sequence),
                activity_heads::link.eq(&head.link),
                activity_heads::mac.eq(&head.mac),
            ))
            .execute(db)?;
        return Ok(());
    }
    let moved = diesel::update(activity_heads::table.find(&head.workspace_id))
        .set((
            activity_heads::sequence.eq(head.sequence),
            activity_heads::link.eq(&head.link),
            activity_heads::mac.eq(&head.mac),
        ))
        .execute(db)?;
    if moved == 1 { Ok(()) } else { Err(DbError::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::Id;

    /// Chains of years hang on this: if it fails, the form of the link has changed and every old record looks broken.
    #[test]
    fn a_link_is_what_it_has_always_been() {
        let at = Timestamp::from_seconds(1_795_239_060);
        let row = Row {
            id: EventId::from_parts(at, [1; 10]),
            workspace_id: "instance".to_owned(),
            sequence: 1,
            kind: "sign_out".to_owned(),
            actor_id: Some(AccountId::from_parts(at, [2; 10])),
            subject_id: None,
            at,
            facts: "{}".to_owned(),
            salt: None,
            personal: None,
            personal_digest: personal_digest(&[3; 32], "{}"),
            link: String::new(),
        };
        assert_eq!(row.link_after(""), "39741de656d3684204f6a3f021bd97319c93ad3140b885c02138a148e9034346");
        assert_ne!(row.link_after(""), row.link_after("0"));
    }
}
