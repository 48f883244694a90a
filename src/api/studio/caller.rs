//! Who is calling: a project's key, or a person's tool with the token of its session.
//!
//! Rule: an empty header counts as absent. A cookie is read last and only from a request that no other site's page sent.
//! A browser's own session opens nothing here.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::COOKIE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::Refusal;
use crate::api::rates;
use crate::crypto::act::Act;
use crate::crypto::api_key;
use crate::crypto::password::Password;
use crate::crypto::token::{TokenDigest, looks_like_token};
use crate::db::{Db, DbError, Store};
use crate::entry::step_up::{self, Confirmed};
use crate::http::site::Site;
use crate::http::{gate, origin};
use crate::kernel::region::Region;
use crate::projects::api_keys::{self, Verified};
use crate::sessions::account::Account;
use crate::sessions::session::{self, Session, SessionKind};

/// Beside a credential in a request: what everything that happens is given.
pub struct Anybody {
    pub site: Data<Site>,
    pub act: Act,
    pub request: HttpRequest,
}

/// Where the caller's data lives.
pub struct Here {
    anybody: Anybody,
    pub region: Region,
    pub store: Store,
}

/// A person, through a tool of theirs.
pub struct Tool {
    pub here: Here,
    pub session: Session,
    pub account: Account,
}

/// A project's key.
pub struct Key {
    pub here: Here,
    pub key: Verified,
}

pub enum Caller {
    Tool(Box<Tool>),
    Key(Box<Key>),
}

impl Deref for Here {
    type Target = Anybody;
    fn deref(&self) -> &Anybody {
        &self.anybody
    }
}

impl Deref for Tool {
    type Target = Here;
    fn deref(&self) -> &Here {
        &self.here
    }
}

impl Anybody {
    fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let site = request.app_data::<Data<Site>>().ok_or(Refusal::NotFound)?.clone();
        let act = site.act(origin::of(request, site.config.trusted_proxies));
        Ok(Self { site, act, request: request.clone() })
    }
}

impl Here {
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.store.read(work).await
    }

    /// Changes in one transaction, then wakes whoever sends the mails it queued.
    pub async fn write<T, E>(&self, work: impl Fn(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + std::error::Error + Send + 'static,
    {
        let outcome = self.store.write(work).await;
        self.site.wake.notify_one();
        outcome
    }
}

impl Tool {
    /// What pages ask to be confirmed for is done right after a log-in only: a token that got out changes neither who is in
    /// an organization, nor how its owner signs in; it makes and shows no key, and takes no project away.
    pub fn fresh(&self) -> Result<(), Refusal> {
        if self.session.is_confirmed(&self.account, self.act.now) {
            Ok(())
        } else {
            Err(Refusal::Failed("Log in once more first: this needs a log-in of the last ten minutes.".to_owned()))
        }
    }

    /// Proves within the call that it is the owner: by the password, and by a code where the account asks for one.
    /// `to` names the act, as in "change your password".
    pub async fn proved(&self, to: &'static str, password: &str, code: &str) -> Result<(), Refusal> {
        if self.account.has_mfa && code.trim().is_empty() {
            return Err(Refusal::CodeWanted);
        }
        let attempt = self.attempt(to, password, code);
        let site = &self.site;
        match step_up::prove(&site.regions, &site.hasher, &self.store, &self.act, attempt).await? {
            Confirmed::Yes(()) => Ok(()),
            Confirmed::WrongPassword => Err(Refusal::WrongPassword),
            Confirmed::WrongCode => Err(Refusal::WrongCode),
        }
    }

    /// The same by the code alone.
    pub async fn proved_by_code(&self, to: &'static str, code: &str) -> Result<(), Refusal> {
        let attempt = self.attempt(to, "", code);
        match step_up::prove_factor(&self.site.regions, &self.store, &self.act, attempt).await? {
            Confirmed::Yes(()) => Ok(()),
            Confirmed::WrongPassword | Confirmed::WrongCode => Err(Refusal::WrongCode),
        }
    }

    fn attempt(&self, to: &'static str, password: &str, code: &str) -> step_up::Attempt {
        step_up::Attempt {
            region: self.region,
            account: self.account.clone(),
            session: self.session.clone(),
            to,
            password: Password::from_typed(password),
            code: code.to_owned(),
        }
    }
}

impl Caller {
    async fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let anybody = Anybody::of(request)?;
        if let Some(text) = header(request, "x-api-key") {
            return Ok(Self::Key(Box::new(by_key(anybody, &text).await?)));
        }
        let token = header(request, "x-jwt-token").or_else(|| from_cookie(request, &anybody.site));
        let token = token.ok_or(Refusal::NoCredential)?;
        Ok(Self::Tool(Box::new(by_token(anybody, &token).await?)))
    }
}

async fn by_key(anybody: Anybody, text: &str) -> Result<Key, Refusal> {
    let parsed = api_key::parse(text).ok_or(Refusal::InvalidKey)?;
    let store = anybody.site.regions.store(parsed.region).ok_or(Refusal::InvalidKey)?.clone();
    let (now, address) = (anybody.act.now, anybody.act.origin.address);
    let found = api_keys::verify_at(&store, parsed.digest, address, now).await?;
    let key = found.ok().filter(|key| key.project.is_some()).ok_or(Refusal::InvalidKey)?;
    rates::count(&anybody.request, &rates::Caller::of_key(parsed.region, &key)).await?;
    anybody.site.key_uses.note(parsed.region, &key, now, address, &anybody.act.origin.agent);
    Ok(Key { here: Here { anybody, region: parsed.region, store }, key })
}

async fn by_token(anybody: Anybody, token: &str) -> Result<Tool, Refusal> {
    let region = Some(token).filter(|token| looks_like_token(token)).and_then(Region::of_token);
    let region = region.ok_or(Refusal::Ended)?;
    let store = anybody.site.regions.store(region).ok_or(Refusal::Ended)?.clone();
    let (digest, now) = (TokenDigest::of(token), anybody.act.now);
    let found = store.glance(move |db| session::live(db, &digest, now)).await?;
    let of_tool = found.filter(|(session, _)| session.kind == SessionKind::Tool);
    let (session, account) = of_tool.ok_or(Refusal::Ended)?;
    let workspace = account.id.personal_workspace();
    rates::count(&anybody.request, &rates::Caller { region, workspace, key: None }).await?;
    anybody.site.last_seen.note(region, session.id, account.id, session.last_seen_at, now);
    // As on pages: an administrator without a second factor gets no further than setting one up.
    if account.is_administrator && !account.has_mfa && !anybody.request.path().starts_with("/v1/api/user/mfa/") {
        return Err(Refusal::Forbidden("Administrators need an authenticator. Set it up to go on.".to_owned()));
    }
    Ok(Tool { here: Here { anybody, region, store }, session, account })
}

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    let text = request.headers().get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `jwt=…`, or the token alone, as some bindings write it.
fn from_cookie(request: &HttpRequest, site: &Site) -> Option<String> {
    if !gate::is_from_here(request, &site.public_origin()) {
        return None;
    }
    let values = request.headers().get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).map(str::trim);
    let token = pairs.find_map(|pair| pair.strip_prefix("jwt=").or_else(|| looks_like_token(pair).then_some(pair)))?;
    (!token.is_empty()).then(|| token.to_owned())
}

impl FromRequest for Anybody {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(request))
    }
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

impl FromRequest for Tool {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match Caller::of(&request).await? {
                Caller::Tool(tool) => Ok(*tool),
                Caller::Key(_) => Err(Refusal::Forbidden(
                    "This call needs the token of api-login; an API key does not do.".to_owned(),
                )),
            }
        })
    }
}

impl FromRequest for Key {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match Caller::of(&request).await? {
                Caller::Key(key) => Ok(*key),
                Caller::Tool(_) => Err(Refusal::Forbidden("This call needs an API key.".to_owned())),
            }
        })
    }
}
