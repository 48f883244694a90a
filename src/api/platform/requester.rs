//! Who asks for an environment: a job with the token that was made for it, or somebody who may add secrets, with a
//! workspace's key or the token of a program that was allowed with a code.
//!
//! Rule: what was sent decides, never what is asked for. A browser's session opens nothing here, nor does a tool's, which
//! lies in other people's files and was never said to get secrets.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::Problem;
use crate::api::rates;
use crate::crypto::act::Act;
use crate::crypto::api_key;
use crate::crypto::token::{TokenDigest, looks_like_token};
use crate::db::{DbError, Store};
use crate::http::site::Site;
use crate::kernel::id::{AccountId, WorkspaceId};
use crate::kernel::region::Region;
use crate::projects::api_keys;
use crate::regions::service_tokens;
use crate::secrets::environment;
use crate::sessions::session::{self, SessionKind};

const OTHER_LOGIN: &str =
    "A log-in with a password gets no secrets. Sign in with `keystead login`, or use a workspace key.";

pub enum Requester {
    /// A job: its token says what it gets.
    Job {
        store: Store,
        digest: TokenDigest,
    },
    ByHand(ByHand),
}

/// Somebody who may add secrets, or who could when they made the key.
pub struct ByHand {
    pub store: Store,
    pub account: AccountId,
    /// What the key is called, where one asks, and the only workspace it opens.
    pub key: Option<(String, WorkspaceId, String)>,
}

pub async fn of(request: &HttpRequest, site: &Data<Site>, act: &Act, text: &str) -> Result<Requester, Problem> {
    match api_key::parse(text) {
        Some(parsed) => by_key(request, site, act, parsed).await,
        None => by_token(request, site, act, text).await,
    }
}

async fn by_key(
    request: &HttpRequest,
    site: &Data<Site>,
    act: &Act,
    parsed: api_key::Parsed,
) -> Result<Requester, Problem> {
    let store = site.regions.store(parsed.region).ok_or(Problem::UnknownKey)?.clone();
    let (digest, now, address) = (parsed.digest, act.now, act.origin.address);
    let found = store.glance(move |db| api_keys::verify(db, &digest, address, now)).await?;
    let key = found.map_err(|refused| match refused {
        api_keys::Refused::Network => Problem::Forbidden("This key may not be used from this network.".to_owned()),
        api_keys::Refused::Unknown | api_keys::Refused::Expired => Problem::UnknownKey,
    })?;
    if key.project.is_some() {
        return Err(Problem::Forbidden("This is a project's key. Use a workspace's.".to_owned()));
    }
    if !key.may_fetch_secrets() {
        return Err(Problem::Forbidden(
            "This key reads the account only. Make one that also gets its secrets.".to_owned(),
        ));
    }
    rates::count(request, &rates::Caller::of_key(parsed.region, &key)).await?;
    site.key_uses.note(parsed.region, &key, now, address, &act.origin.agent);
    let maker = "Whoever made this key is gone. Make a new one.";
    let account = key.created_by.ok_or_else(|| Problem::Forbidden(maker.to_owned()))?;
    Ok(Requester::ByHand(ByHand { store, account, key: Some((key.name, key.workspace, key.workspace_name)) }))
}

async fn by_token(request: &HttpRequest, site: &Data<Site>, act: &Act, text: &str) -> Result<Requester, Problem> {
    let region = Region::of_token(text).filter(|_| looks_like_token(text)).ok_or(Problem::SpentToken)?;
    let store = site.regions.store(region).ok_or(Problem::SpentToken)?.clone();
    // Anybody can send any text here: none of them gets to the one writer of a database for it.
    let (digest, now) = (TokenDigest::of(text), act.now);
    let asked = digest.clone();
    let (job, found) = store
        .glance(move |db| {
            if let Some(job) = environment::look(db, &asked, now)? {
                return Ok::<_, DbError>((Some(job), None));
            }
            Ok((None, session::live(db, &asked, now)?))
        })
        .await?;
    if let Some(job) = job {
        // What a service token asked for ends with it, in every region at once.
        if let Some(id) = job.service_token
            && !site.regions.directory.glance(move |db| service_tokens::is_live(db, id)).await?
        {
            return Err(Problem::SpentToken);
        }
        return Ok(Requester::Job { store, digest });
    }
    let (session, account) = found.ok_or(Problem::SpentToken)?;
    match session.kind {
        SessionKind::Program => {}
        SessionKind::Tool => return Err(Problem::Forbidden(OTHER_LOGIN.to_owned())),
        SessionKind::Browser => return Err(Problem::SpentToken),
    }
    let workspace = account.id.personal_workspace();
    rates::count(request, &rates::Caller { region, workspace, key: None }).await?;
    site.last_seen.note(region, session.id, account.id, session.last_seen_at, now);
    Ok(Requester::ByHand(ByHand { store, account: account.id, key: None }))
}
