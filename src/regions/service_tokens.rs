//! Service tokens: what the platform's own programs show when they call.
//!
//! Rule: the digest is kept, the token is shown once. What a token may do is fixed when it is made.

use diesel::prelude::*;

use crate::crypto::act::Act;
use crate::crypto::token::{PlainToken, Token, TokenDigest};
use crate::db::Db;
use crate::db::schema::service_tokens;
use crate::kernel::id::ServiceTokenId;
use crate::kernel::time::{Timestamp, minutes};
use crate::{on_each, text_enum};
use diesel::QueryResult;

text_enum! {
    /// What a token may be made for.
    pub enum Allowed {
        /// Report compute minutes.
        Usage = "usage",
        /// Ask whether an API key is let in, and what it may.
        Keys = "keys",
        /// Register artifacts.
        Projects = "projects",
        /// Ask who is behind a session.
        Introspect = "introspect",
        /// Start jobs: get them the token that fetches their environment.
        Jobs = "jobs",
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = service_tokens)]
pub struct ServiceToken {
    pub id: ServiceTokenId,
    pub name: String,
    allows: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl ServiceToken {
    /// A word this program does not know allows nothing.
    pub fn allows(&self) -> Vec<Allowed> {
        self.allows.split(',').filter_map(|word| word.parse().ok()).collect()
    }

    /// The last use is kept to the minute, so that a busy program does not write at every call.
    pub fn is_use_to_note(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|at| now.since(at) >= minutes(1))
    }
}

#[derive(Insertable)]
#[diesel(table_name = service_tokens)]
struct NewServiceToken<'a> {
    id: ServiceTokenId,
    name: &'a str,
    token_digest: TokenDigest,
    allows: String,
    created_at: Timestamp,
}

/// Makes a token and hands out its only copy.
pub fn create(db: &mut Db, act: &Act, name: &str, allows: &[Allowed]) -> QueryResult<PlainToken> {
    let (token, token_digest) = Token::mint_service(&act.chance);
    let words: Vec<&str> = allows.iter().map(|allowed| allowed.as_str()).collect();
    diesel::insert_into(service_tokens::table)
        .values(NewServiceToken { id: act.id(), name, token_digest, allows: words.join(","), created_at: act.now })
        .execute(db)?;
    Ok(token)
}

/// The token that counts now.
pub fn live(db: &mut Db, digest: &TokenDigest) -> QueryResult<Option<ServiceToken>> {
    on_each!(db, |c| service_tokens::table
        .filter(service_tokens::token_digest.eq(digest))
        .filter(service_tokens::revoked_at.is_null())
        .select(ServiceToken::as_select())
        .first(c))
    .optional()
}

/// Whether what this token asked for still counts.
pub fn is_live(db: &mut Db, id: ServiceTokenId) -> QueryResult<bool> {
    let live = service_tokens::table.find(id).filter(service_tokens::revoked_at.is_null());
    Ok(live.count().get_result::<i64>(db)? == 1)
}

/// All of them, also revoked ones, oldest first.
pub fn all(db: &mut Db) -> QueryResult<Vec<ServiceToken>> {
    service_tokens::table.order(service_tokens::id).select(ServiceToken::as_select()).load(db)
}

pub fn used(db: &mut Db, id: ServiceTokenId, now: Timestamp) -> QueryResult<()> {
    diesel::update(service_tokens::table.find(id)).set(service_tokens::last_used_at.eq(now)).execute(db)?;
    Ok(())
}

/// From now on it is unknown. Whether it was live.
pub fn revoke(db: &mut Db, id: ServiceTokenId, now: Timestamp) -> QueryResult<bool> {
    let live = service_tokens::table.find(id).filter(service_tokens::revoked_at.is_null());
    Ok(diesel::update(live).set(service_tokens::revoked_at.eq(now)).execute(db)? == 1)
}
