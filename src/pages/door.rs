//! What the pages of the door share: who waits before it, and how it opens.
//!
//! Rule: a visitor's cookie carries where they stand (a code to type, a link to use), signed; it opens nothing by itself.

use std::time::Duration;

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use serde::{Deserialize, Serialize};

use super::frame;
use super::guards::Visitor;
use super::{links, resume};
use crate::crypto::token::{PlainToken, TokenDigest};
use crate::entry::EntryError;
use crate::entry::sign_in::HalfOpen;
use crate::entry::sign_up::Pending;
use crate::http::error::PageError;
use crate::http::field_errors::FieldErrors;
use crate::http::return_to::local_path;
use crate::http::{session_cookie, small_cookies, words};
use crate::sessions::session;

/// Said at every field that asks for a one-time code.
pub const CODE_MISSING: &str = "Enter the code your app shows, or a recovery code.";
pub const CODE_WRONG: &str = "This code is wrong or was used before. Enter the next one.";
/// Where a new password is typed twice.
pub const NOT_TWICE: &str = "The two do not match. Enter the new password twice.";

const SIGN_UP: &str = "sign_up";
const HALF_OPEN: &str = "half_open";

/// A sign-up that waits for its code.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignUpState {
    pub pending: Pending,
    /// What they typed as their address; empty when they typed their username.
    pub address: String,
}

/// A sign-in that waits for its code.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInState {
    pub half: HalfOpen,
    pub return_to: String,
}

impl From<EntryError> for PageError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::TooMany(too_many) => too_many.into(),
            EntryError::Busy(busy) => busy.into(),
            EntryError::Database(error) => error.into(),
            EntryError::LinkGone => Self::NotFound,
            EntryError::Mfa(error) => Self::Internal(error.to_string()),
        }
    }
}

impl Visitor {
    /// This browser as an account knows it, and the cookie to send when it had none.
    pub fn browser(&self) -> (TokenDigest, Option<Cookie<'static>>) {
        small_cookies::browser(&self.request, &self.site)
    }

    /// Ends the session this browser has, if any, so that it is not listed for days after somebody else took its place.
    pub async fn leave_session(&self) -> Result<(), PageError> {
        if let Some(before) = self.signed_in().await? {
            let (account, session) = (before.account.id, before.session.id);
            before.write(move |db| session::end(db, account, session)).await?;
        }
        self.forget_dead_session();
        Ok(())
    }

    /// Lets go of a session that has ended, so that what this visitor does next stands in a cookie of its own.
    pub fn forget_dead_session(&self) {
        if session_cookie::token(&self.cookie).is_some() {
            session_cookie::sign_out(&self.cookie);
        }
    }

    pub fn sign_up_state(&self) -> Option<SignUpState> {
        self.cookie.get(SIGN_UP).ok().flatten()
    }

    pub fn sign_in_state(&self) -> Option<SignInState> {
        self.cookie.get(HALF_OPEN).ok().flatten()
    }

    pub fn wait_for_sign_up_code(&self, state: &SignUpState) {
        keep(&self.cookie, SIGN_UP, state);
    }

    pub fn wait_for_sign_in_code(&self, state: &SignInState) {
        keep(&self.cookie, HALF_OPEN, state);
    }

    /// Signs this browser in and leads on: to a form left behind, to where they were going, or to their account.
    pub async fn enter(
        &self,
        token: PlainToken,
        new_browser: Option<Cookie<'static>>,
        return_to: &str,
        held: &str,
    ) -> Result<HttpResponse, PageError> {
        let held = resume::open(self, held);
        self.leave_session().await?;
        session_cookie::sign_in(&self.cookie, &token.reveal());
        self.site.wake.notify_one();
        let mut answer = match held {
            Some(held) => resume::page(self, &held, "You are signed in")?,
            None => Self::redirect(local_path(return_to).unwrap_or(links::ACCOUNT)),
        };
        if let Some(cookie) = new_browser {
            answer.add_cookie(&cookie).map_err(|error| PageError::Internal(error.to_string()))?;
        }
        Ok(answer)
    }
}

/// The page once more, with what is wrong with it.
pub fn again(page: &impl Template) -> Result<HttpResponse, PageError> {
    frame::html(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// The page once more for a network that tried too often.
pub fn later(page: &impl Template, wait: Duration) -> Result<HttpResponse, PageError> {
    tracing::warn!(again_in = wait.as_secs(), "too many tries from one network");
    let mut answer = frame::html(StatusCode::TOO_MANY_REQUESTS, page)?;
    answer.headers_mut().insert(RETRY_AFTER, wait.as_secs().max(1).into());
    Ok(answer)
}

/// What to say to such a network.
pub fn too_many(wait: Duration) -> FieldErrors {
    FieldErrors::whole(format!("There were too many tries from your network. Try again in {}.", words::wait(wait)))
}

fn keep(cookie: &Session, entry: &str, state: &impl Serialize) {
    // Only fails when the state cannot become JSON, which it always can.
    let _ = cookie.insert(entry, state);
}
