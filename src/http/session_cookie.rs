//! The one cookie: for visitors it carries their few words by itself, signed; for people who are signed in it names a row.
//!
//! Rule: this store decides nothing. A token read from a cookie is only a claim until `sessions::session::live` says so,
//! and a row that is gone is never revived: what was to be kept goes to a visitor's cookie instead.

use std::collections::HashMap;

use actix_session::Session;
use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, CookieContentSecurity};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, CookieJar, Key, SameSite};
use actix_web::http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use data_encoding::BASE64URL_NOPAD;

use super::site::Site;
use crate::crypto::token::{TokenDigest, looks_like_token};
use crate::db::DbError;
use crate::kernel::percent;
use crate::kernel::region::Region;
use crate::regions::Regions;
use crate::sessions::session::{self, SessionKind};

type State = HashMap<String, String>;

/// Where the session's token stands among the words of the state. Everything else there is for showing only.
const TOKEN: &str = "token";
const SEED: &str = "seed";
/// A visitor's key begins with this letter, which is no region's.
const VISITOR: &str = "v";
/// The key of a session that is remembered begins with this letter, which is no region's either.
const REMEMBERED: &str = "m";
/// Before the key in a cookie's value: the signature, 32 bytes in base64.
const SIGNATURE: usize = 44;

pub fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-keystead" } else { "keystead" }
}

pub fn middleware(site: &Site) -> SessionMiddleware<Cookies> {
    SessionMiddleware::builder(Cookies { regions: site.regions.clone() }, key(site))
        .cookie_name(cookie_name(site.is_https()).to_owned())
        .cookie_secure(site.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        // The row's own `expires_at` decides. A browser that is closed forgets, unless it was told to remember.
        .session_lifecycle(BrowserSession::default())
        .build()
}

/// The claim in the cookie, to be looked up.
pub fn token(session: &Session) -> Option<String> {
    session.get::<String>(TOKEN).ok().flatten()
}

/// The claim in a text that another program was sent: the cookie's value as the browser sends it, which is signed, or a
/// tool's bare token. Each names a session of its own kind only.
pub fn claim(text: &str, site: &Site) -> Option<(SessionKind, String)> {
    if looks_like_token(text) {
        return Some((SessionKind::Tool, text.to_owned()));
    }
    // Programs hand on what stood in the header, or what their cookie library made of it.
    let value = percent::decoded(text)?;
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::new(cookie_name(site.is_https()), value));
    let signed = jar.signed(&key(site)).get(cookie_name(site.is_https()))?;
    let token = signed.value().strip_prefix(REMEMBERED).unwrap_or(signed.value());
    looks_like_token(token).then(|| (SessionKind::Browser, token.to_owned()))
}

fn key(site: &Site) -> Key {
    Key::derive_from(&site.keyring.cookie_key())
}

/// What form tokens are bound to: the session, or for visitors a seed in their signed cookie.
pub fn seed(session: &Session, chance: &crate::crypto::chance::Chance) -> String {
    if let Some(token) = token(session) {
        return TokenDigest::of(&token).as_str().to_owned();
    }
    if let Ok(Some(seed)) = session.get::<String>(SEED) {
        return seed;
    }
    let seed = BASE64URL_NOPAD.encode(&chance.bytes::<16>());
    // Only fails when a String cannot become JSON, which it always can.
    let _ = session.insert(SEED, &seed);
    seed
}

/// From now on this browser is signed in. The cookie changes, so that nobody who planted the old one shares the session.
pub fn sign_in(session: &Session, token: &str) {
    session.clear();
    let _ = session.insert(TOKEN, token);
    session.renew();
}

/// From now on this browser is a visitor.
pub fn sign_out(session: &Session) {
    session.clear();
    session.renew();
}

/// Lets the cookie of a remembered session outlive the browser's window.
pub fn keep_remembered(headers: &mut HeaderMap, is_https: bool) {
    let sent: Vec<HeaderValue> = headers.get_all(SET_COOKIE).cloned().collect();
    headers.remove(SET_COOKIE);
    for value in sent {
        headers.append(SET_COOKIE, remembering(&value, is_https).unwrap_or(value));
    }
}

fn remembering(value: &HeaderValue, is_https: bool) -> Option<HeaderValue> {
    let text = value.to_str().ok()?;
    let cookie = Cookie::parse_encoded(text).ok()?;
    let is_ours = cookie.name() == cookie_name(is_https) && cookie.max_age().is_none();
    let is_remembered = cookie.value().get(SIGNATURE..)?.starts_with(REMEMBERED);
    let lasting = || format!("{text}; Max-Age={}", session::REMEMBERED_LIFETIME.as_secs());
    (is_ours && is_remembered).then(lasting)?.parse().ok()
}

pub struct Cookies {
    regions: Regions,
}

impl SessionStore for Cookies {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let text = key.as_ref();
        if let Some(sealed) = text.strip_prefix(VISITOR) {
            let state =
                BASE64URL_NOPAD.decode(sealed.as_bytes()).ok().and_then(|json| serde_json::from_slice(&json).ok());
            return Ok(state);
        }
        let token = text.strip_prefix(REMEMBERED).unwrap_or(text);
        let token = serde_json::to_string(token).map_err(|error| LoadError::Other(error.into()))?;
        Ok(Some(HashMap::from([(TOKEN.to_owned(), token)])))
    }

    async fn save(&self, mut state: State, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        match take_token(&mut state) {
            Some(token) => {
                let kept = keep(&self.regions, &token, &state).await.map_err(|error| SaveError::Other(error.into()))?;
                match kept {
                    Some(is_remembered) if is_remembered => session_key(format!("{REMEMBERED}{token}")),
                    Some(_) => session_key(token),
                    None => visitor_key(&state),
                }
            }
            None => visitor_key(&state),
        }
        .map_err(SaveError::Other)
    }

    async fn update(&self, _key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        self.save(state, ttl).await.map_err(|error| UpdateError::Other(error.into()))
    }

    async fn update_ttl(&self, _key: &SessionKey, _ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    /// The domain ends sessions itself, with its record; a cookie that changes has nothing left to delete.
    async fn delete(&self, _key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(())
    }
}

fn take_token(state: &mut State) -> Option<String> {
    state.remove(TOKEN).and_then(|json| serde_json::from_str(&json).ok())
}

/// Whether the session is remembered; `None` when it is gone.
async fn keep(regions: &Regions, token: &str, state: &State) -> Result<Option<bool>, DbError> {
    let Some(store) = Region::of_token(token).and_then(|region| regions.store(region)) else { return Ok(None) };
    let digest = TokenDigest::of(token);
    let json = serde_json::to_string(state).unwrap_or_else(|_| "{}".to_owned());
    store.write(move |db| session::keep_state(db, &digest, &json)).await
}

fn session_key(text: String) -> Result<SessionKey, anyhow::Error> {
    Ok(SessionKey::try_from(text)?)
}

fn visitor_key(state: &State) -> Result<SessionKey, anyhow::Error> {
    let json = serde_json::to_vec(state)?;
    session_key(format!("{VISITOR}{}", BASE64URL_NOPAD.encode(&json)))
}
