//! Who may come in. A handler names a guard as its first argument and gets what it loaded, or never runs.
//!
//! Rule: signed in is the default. A guard answers with the way on (sign in, confirm, set up an authenticator) or with
//! 404; it never tells a stranger what exists.

use std::ops::Deref;

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use diesel::QueryResult;
use futures_util::future::LocalBoxFuture;

use super::{lapsed, links};
use crate::crypto::act::Act;
use crate::crypto::token::TokenDigest;
use crate::db::{Db, DbError, Store};
use crate::entry::refusal;
use crate::http::body::Body;
use crate::http::error::PageError;
use crate::http::flash;
use crate::http::page::{Flash, FlashKind};
use crate::http::site::Site;
use crate::http::{headers, origin, session_cookie};
use crate::kernel::region::Region;
use crate::regions::administrators;
use crate::sessions::account::Account;
use crate::sessions::session::{self, ADMINISTRATION_IDLE, SessionKind};
use crate::workspaces::membership::{self, Mine};

/// Anybody, signed in or not.
pub struct Visitor {
    pub site: Data<Site>,
    pub act: Act,
    pub cookie: Session,
    pub request: HttpRequest,
}

impl FromRequest for Visitor {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(request))
    }
}

impl Visitor {
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, PageError> {
        let site = request.app_data::<Data<Site>>().ok_or(PageError::NotFound)?.clone();
        let act = site.act(origin::of(request, site.config.trusted_proxies));
        Ok(Self { site, act, cookie: request.get_session(), request: request.clone() })
    }

    /// The session this browser names, if it counts now.
    pub async fn signed_in(&self) -> Result<Option<SignedIn>, PageError> {
        SignedIn::look_up(&self.request).await
    }

    pub fn redirect(to: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
    }

    /// The same for a browser that nobody is signed in with any longer.
    pub fn redirect_forgetting(to: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((LOCATION, to)).insert_header(headers::FORGET).finish()
    }
}

/// A person who is signed in, with everything the page around them shows.
pub struct SignedIn {
    pub site: Data<Site>,
    pub act: Act,
    pub cookie: Session,
    pub request: HttpRequest,
    pub region: Region,
    pub store: Store,
    pub session: session::Session,
    pub account: Account,
    /// The organizations they are in, for the switcher above every page.
    pub places: Vec<Mine>,
    pub flash: Option<Flash>,
}

impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), lapsed::carriable(request, payload));
        Box::pin(async move {
            let here = Self::admit(&request, body.as_ref()).await?;
            if let Some(body) = body {
                body.give();
            }
            Ok(here)
        })
    }
}

/// Whose browser shows this token, and where they belong.
fn present(db: &mut Db, digest: &TokenDigest) -> QueryResult<Option<(session::Session, Account, Vec<Mine>)>> {
    let Some((session, account)) = session::named(db, digest)? else { return Ok(None) };
    let places = membership::organizations_of(db, account.id)?;
    Ok(Some((session, account, places)))
}

impl SignedIn {
    async fn admit(request: &HttpRequest, body: Option<&Body>) -> Result<Self, PageError> {
        let Some(here) = Self::look_up(request).await? else {
            return Err(lapsed::turn_away(request, body).await);
        };
        // An administrator without a second factor gets no further than setting one up.
        let leads_there =
            request.path().starts_with(links::MFA) || [links::CONFIRM, links::THEME].contains(&request.path());
        if here.account.is_administrator && !here.account.has_mfa && !leads_there {
            flash::set(&here.cookie, FlashKind::Warn, "Administrators need an authenticator. Set it up to go on.");
            return Err(PageError::SeeOther(links::MFA.to_owned()));
        }
        Ok(here)
    }

    async fn look_up(request: &HttpRequest) -> Result<Option<Self>, PageError> {
        let Visitor { site, act, cookie, request } = Visitor::of(request)?;
        let Some(token) = session_cookie::token(&cookie) else { return Ok(None) };
        let Some(region) = Region::of_token(&token) else { return Ok(None) };
        let Some(store) = site.regions.store(region).cloned() else { return Ok(None) };
        let (digest, now) = (TokenDigest::of(&token), act.now);
        let found = store.glance_again(digest, present).await?;
        // A tool's token opens no page.
        let browsers = found.filter(|(session, ..)| session.is_live(now) && session.kind == SessionKind::Browser);
        let Some((session, account, places)) = browsers else { return Ok(None) };
        site.last_seen.note(region, session.id, account.id, session.last_seen_at, now);
        let flash = match *request.method() {
            Method::GET => flash::take_from_row(&cookie, &session.state),
            _ => None,
        };
        Ok(Some(Self { site, act, cookie, request, region, store, session, account, places, flash }))
    }

    /// Reads from the person's region.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.store.read(work).await
    }

    /// Changes the person's region in one transaction, then wakes whoever sends the mails it queued.
    pub async fn write<T, E>(&self, work: impl Fn(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + std::error::Error + Send + 'static,
    {
        let outcome = self.store.write(work).await;
        self.site.wake.notify_one();
        outcome
    }

    /// Goes on only within ten minutes of a sign-in or step-up; else leads to *Confirm it is you* and back to `back`;
    /// a form that was sent goes along (see [`lapsed`]).
    /// `deed` completes the sentence "Confirm it is you to …".
    pub fn confirmed(&self, deed: &'static str, back: &str) -> Result<(), PageError> {
        if self.session.is_confirmed(&self.account, self.act.now) {
            return Ok(());
        }
        Err(PageError::ConfirmFirst { deed, to: links::confirm(deed, back) })
    }

    /// Logs a refusal, and lets the owner see it.
    pub async fn was_refused(&self, what: &'static str) -> Result<(), PageError> {
        tracing::warn!(account = %self.account.id, what, "access was refused");
        Ok(refusal::note(&self.site.regions, &self.store, &self.act, self.account.id, what).await?)
    }

    /// Redirects after a change, with a sentence for the next page.
    pub fn done(&self, to: &str, sentence: &str) -> HttpResponse {
        flash::set(&self.cookie, FlashKind::Good, sentence);
        Visitor::redirect(to)
    }
}

/// An administrator in the administration: recorded in the directory, with a second factor, asked again when idle.
pub struct Administrator(pub SignedIn);

impl Deref for Administrator {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl FromRequest for Administrator {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // The form waits for all of this: nobody else learns from its complaints that there is such a page.
        let (request, body) = (request.clone(), lapsed::carriable(request, payload));
        Box::pin(async move {
            let here = SignedIn::admit(&request, body.as_ref()).await?;
            let account = here.account.id;
            let is_one = here.site.regions.directory.glance(move |db| administrators::is_one(db, account));
            if !is_one.await.map_err(PageError::from)? {
                here.was_refused("the administration").await?;
                return Err(PageError::NotFound.into());
            }
            let (now, session) = (here.act.now, here.session.id);
            // Used within the hour, or confirmed within it; a session without a second factor has to confirm with one.
            let used = here.session.administered_at.unwrap_or(here.session.confirmed_at);
            let used = used.max(here.session.confirmed_at);
            if !here.session.has_second_factor || now.since(used) >= ADMINISTRATION_IDLE {
                let back = if *here.request.method() == Method::GET {
                    here.request.uri().path_and_query().map_or(links::ADMIN_ACCOUNTS, |path| path.as_str()).to_owned()
                } else {
                    links::ADMIN_ACCOUNTS.to_owned()
                };
                let deed = "enter the administration";
                return Err(PageError::ConfirmFirst { deed, to: links::confirm(deed, &back) }.into());
            }
            if here.session.administered_at.is_none_or(|at| now.since(at) >= crate::kernel::time::minutes(1)) {
                here.store.write(move |db| session::administered(db, session, now)).await.map_err(PageError::from)?;
            }
            if let Some(body) = body {
                body.give();
            }
            Ok(Self(here))
        })
    }
}
