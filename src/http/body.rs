//! The body of a form, read once: by the form itself, or by the guard that turns its sender away.
//!
//! Rule: the guard decides first. A request's arguments are all gathered at the same time, so a form would otherwise
//! take what the guard is about to carry through signing in, or complain of what the guard took.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use tokio::sync::{Mutex, Notify};

use super::error::PageError;
use crate::kernel::time::seconds;

/// Far more than any form of ours needs, far less than what would hurt.
pub const LIMIT: usize = 256 * 1024;

/// A form of this size arrives within it on any line; who sends a byte now and then only wants the connection.
const PATIENCE: Duration = seconds(30);

#[derive(Clone)]
pub struct Body(Rc<Inner>);

struct Inner {
    state: Mutex<State>,
    is_kept: Cell<bool>,
    given: Notify,
}

enum State {
    Unread(Payload),
    Read(Result<Rc<Vec<u8>>, &'static str>),
}

impl Body {
    /// The request's body; every later call for the same request gives the same.
    pub fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        if let Some(body) = request.extensions().get::<Self>() {
            return body.clone();
        }
        let state = Mutex::new(State::Unread(payload.take()));
        let body = Self(Rc::new(Inner { state, is_kept: Cell::new(false), given: Notify::new() }));
        request.extensions_mut().insert(body.clone());
        body
    }

    /// For a guard: no form reads it until it is [given](Self::give). One whose sender is turned away never does.
    pub fn keep(&self) {
        self.0.is_kept.set(true);
    }

    pub fn give(&self) {
        self.0.is_kept.set(false);
        self.0.given.notify_waiters();
    }

    /// For a form: waits until no guard keeps it.
    pub async fn given(&self) {
        while self.0.is_kept.get() {
            self.0.given.notified().await;
        }
    }

    /// Piece by piece, for forms that carry a file. Whoever comes second gets nothing.
    pub async fn pieces(&self) -> Payload {
        match &mut *self.0.state.lock().await {
            State::Unread(payload) => payload.take(),
            State::Read(_) => Payload::None,
        }
    }

    /// The whole, if it fits.
    pub async fn bytes(&self) -> Result<Rc<Vec<u8>>, PageError> {
        let mut state = self.0.state.lock().await;
        if let State::Unread(payload) = &mut *state {
            let in_time = tokio::time::timeout(PATIENCE, read(payload)).await;
            let whole = in_time.unwrap_or(Err("the form took too long to arrive")).map(Rc::new);
            *state = State::Read(whole);
        }
        match &*state {
            State::Read(Ok(bytes)) => Ok(bytes.clone()),
            State::Read(Err(why)) => Err(PageError::BadRequest(why)),
            State::Unread(_) => Err(PageError::BadRequest("the connection broke off")),
        }
    }
}

async fn read(payload: &mut Payload) -> Result<Vec<u8>, &'static str> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| "the connection broke off")?;
        if body.len() + chunk.len() > LIMIT {
            return Err("the form holds more than 256 KB");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
