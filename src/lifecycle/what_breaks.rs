//! What hangs on a member of an organization: what they made there and others may still need.
//!
//! Rule: looked at only. Nothing of it goes with them; it stays, made by nobody any more.

use diesel::dsl::{self, auto_type, exists, not};
use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{api_keys, hmac_keys, invitations, projects, secrets};
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::time::Timestamp;

const STOPS: &str = "They are disabled at once; an Owner or Admin can enable them";
const STAND_STILL: &str = "Nothing comes in there until somebody adds another key";
/// So many keys are named.
const MOST_NAMED: i64 = 20;

/// A key that stops working when they go.
#[derive(Clone, Debug, Queryable)]
pub struct KeyThatStops {
    pub name: String,
    pub prefix: String,
    pub last_four: String,
    pub last_used_at: Option<Timestamp>,
    /// `None` for a workspace key.
    pub project: Option<String>,
}

/// Whether a key is let in now, as far as it depends on itself.
#[auto_type]
fn is_let_in(now: Timestamp) -> _ {
    let lives: dsl::Or<dsl::IsNull<api_keys::expires_at>, dsl::Gt<api_keys::expires_at, Timestamp>> =
        api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now));
    api_keys::revoked_at.is_null().and(api_keys::disabled_at.is_null()).and(lives)
}

/// Their keys that are let in now: those of a deleted project are not, nor are those that ended.
#[auto_type(no_type_alias)]
fn of_member(workspace: WorkspaceId, member: AccountId, now: Timestamp) -> _ {
    let lets_in: is_let_in = is_let_in(now);
    api_keys::table
        .left_join(projects::table)
        .filter(api_keys::workspace_id.eq(workspace))
        .filter(api_keys::created_by.eq(member))
        .filter(lets_in)
        .filter(projects::deleted_at.is_null())
}

/// These keys, the newest first.
pub fn keys(db: &mut Db, workspace: WorkspaceId, member: AccountId, now: Timestamp) -> QueryResult<Vec<KeyThatStops>> {
    of_member(workspace, member, now)
        .order(api_keys::id.desc())
        .select((
            api_keys::name,
            api_keys::prefix,
            api_keys::last_four,
            api_keys::last_used_at,
            projects::name.nullable(),
        ))
        .limit(MOST_NAMED)
        .load(db)
}

/// Who reads what hangs on a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Whoever may remove them.
    Another,
    /// Whoever thinks of leaving.
    Oneself,
}

/// How many of what, and what becomes of it. Kinds of which there is nothing are left out.
pub fn count(
    db: &mut Db,
    workspace: WorkspaceId,
    member: AccountId,
    now: Timestamp,
    reader: Reader,
) -> QueryResult<Vec<(i64, &'static str, &'static str)>> {
    let theirs = || of_member(workspace, member, now);
    let keys: i64 = theirs().count().get_result(db)?;
    let used: i64 = theirs().filter(api_keys::last_used_at.is_not_null()).count().get_result(db)?;
    let own = projects::table.filter(projects::workspace_id.eq(workspace)).filter(projects::deleted_at.is_null());
    let made: i64 = own.filter(projects::created_by.eq(member)).count().get_result(db)?;
    let in_use = || {
        api_keys::table
            .filter(api_keys::project_id.eq(projects::id.nullable()))
            .filter(is_let_in(now))
            .filter(api_keys::last_used_at.is_not_null())
    };
    let of_others = || in_use().filter(api_keys::created_by.is_null().or(api_keys::created_by.ne(member)));
    let alone: i64 = own
        .filter(exists(in_use().filter(api_keys::created_by.eq(member))))
        .filter(not(exists(of_others())))
        .count()
        .get_result(db)?;
    let signing: i64 = hmac_keys::table
        .filter(hmac_keys::project_id.eq_any(own.select(projects::id)))
        .filter(hmac_keys::created_by.eq(member))
        .filter(hmac_keys::revoked_at.is_null())
        .count()
        .get_result(db)?;
    let hidden: i64 = secrets::table
        .filter(secrets::workspace_id.eq(workspace))
        .filter(secrets::created_by.eq(member))
        .filter(secrets::deleted_at.is_null())
        .count()
        .get_result(db)?;
    let sent: i64 = invitations::table
        .filter(invitations::workspace_id.eq(workspace))
        .filter(invitations::invited_by.eq(member))
        .filter(invitations::expires_at.gt(now))
        .count()
        .get_result(db)?;
    let counted = [keys, used, alone, signing, hidden, made, sent];
    let lines = counted.into_iter().zip(LINES).filter(|(count, _)| *count > 0);
    Ok(lines.map(|(count, line)| (count, line.what(count, reader), line.with)).collect())
}

/// One kind of what hangs on a member.
struct Line {
    one: &'static str,
    many: &'static str,
    /// The same two, said to the member.
    your_one: &'static str,
    your_many: &'static str,
    with: &'static str,
}

impl Line {
    fn what(&self, count: i64, reader: Reader) -> &'static str {
        match (reader, count) {
            (Reader::Another, 1) => self.one,
            (Reader::Another, _) => self.many,
            (Reader::Oneself, 1) => self.your_one,
            (Reader::Oneself, _) => self.your_many,
        }
    }
}

/// In the order in which they are counted.
const LINES: [Line; 7] = [
    Line {
        one: "API key that they made",
        many: "API keys that they made",
        your_one: "API key that you made",
        your_many: "API keys that you made",
        with: STOPS,
    },
    Line {
        one: "of these keys has been used",
        many: "of these keys have been used",
        your_one: "of these keys has been used",
        your_many: "of these keys have been used",
        with: "Programs and devices depend on them",
    },
    Line {
        one: "project that only their keys are used in",
        many: "projects that only their keys are used in",
        your_one: "project that only your keys are used in",
        your_many: "projects that only your keys are used in",
        with: STAND_STILL,
    },
    Line {
        one: "HMAC key that they made",
        many: "HMAC keys that they made",
        your_one: "HMAC key that you made",
        your_many: "HMAC keys that you made",
        with: "Devices go on signing with them",
    },
    Line {
        one: "secret that they added",
        many: "secrets that they added",
        your_one: "secret that you added",
        your_many: "secrets that you added",
        with: "They stay, and jobs go on getting them",
    },
    Line {
        one: "project that they began",
        many: "projects that they began",
        your_one: "project that you began",
        your_many: "projects that you began",
        with: "They stay, with everything in them",
    },
    Line {
        one: "invitation that they sent",
        many: "invitations that they sent",
        your_one: "invitation that you sent",
        your_many: "invitations that you sent",
        with: "Their links stop working, and the seats are free",
    },
];
