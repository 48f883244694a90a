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
use super::wiped::Wiped;
use crate::kernel::time::seconds;

/// Far more than any form of ours needs, far less than what would hurt.
pub const LIMIT: usize = 256 * 1024;
/// For the one form that takes a whole file of text.
pub const ROOMY: usize = 1024 * 1024;

/// A form of this size arrives within it on any line; who sends a byte now and then only wants the connection.
const PATIENCE: Duration = seconds(30);

#[derive(Clone)]
pub struct Body(Rc<Inner>);

struct Inner {
    most: usize,
    state: Mutex<State>,
    is_kept: Cell<bool>,
    given: Notify,
}

enum State {
    Unread(Payload),
    /// Wiped when the request is done with: passwords and secrets come this way.
    Read(Result<Rc<Wiped>, &'static str>),
}

impl Body {
    /// The request's body; every later call for the same request gives the same.
    pub fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        Self::up_to(request, payload, LIMIT)
    }

    /// The same with a limit of its own, when nobody asked before.
    pub fn up_to(request: &HttpRequest, payload: &mut Payload, most: usize) -> Self {
        if let Some(body) = request.extensions().get::<Self>() {
            return body.clone();
        }
        let state = Mutex::new(State::Unread(payload.take()));
        let body = Self(Rc::new(Inner { most, state, is_kept: Cell::new(false), given: Notify::new() }));
        request.extensions_mut().insert(body.clone());
        body
    }

    /// The body that a guard or a form asked for.
    pub fn if_any(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
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
    pub async fn bytes(&self) -> Result<Rc<Wiped>, PageError> {
        let mut state = self.0.state.lock().await;
        if let State::Unread(payload) = &mut *state {
            *state = State::Read(read(payload, PATIENCE, self.0.most).await.map(Rc::new));
        }
        match &*state {
            State::Read(Ok(bytes)) => Ok(bytes.clone()),
            State::Read(Err(why)) => Err(PageError::BadRequest(why)),
            State::Unread(_) => Err(PageError::BadRequest("the connection broke off")),
        }
    }
}

async fn read(payload: &mut Payload, patience: Duration, most: usize) -> Result<Wiped, &'static str> {
    let in_time = tokio::time::timeout(patience, read_whole(payload, most)).await;
    in_time.unwrap_or(Err("the form took too long to arrive"))
}

async fn read_whole(payload: &mut Payload, most: usize) -> Result<Wiped, &'static str> {
    let mut body = Wiped::default();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| "the connection broke off")?;
        if body.len() + chunk.len() > most {
            return Err(if most > LIMIT { "the form holds more than 1 MB" } else { "the form holds more than 256 KB" });
        }
        body.push(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use actix_web::error::PayloadError;
    use actix_web::web::Bytes;
    use futures_util::stream::{BoxStream, iter, pending};

    use super::*;

    fn payload(pieces: Vec<Bytes>, then_nothing: bool) -> Payload {
        let pieces = iter(pieces.into_iter().map(Ok::<_, PayloadError>));
        let rest: BoxStream<'static, _> = if then_nothing { Box::pin(pending()) } else { Box::pin(iter(None)) };
        Payload::Stream { payload: Box::pin(pieces.chain(rest)) }
    }

    #[actix_web::test]
    async fn a_form_that_dribbles_in_is_given_up() {
        let mut whole = payload(vec![Bytes::from("login="), Bytes::from("ada")], false);
        let read_whole = read(&mut whole, seconds(30), LIMIT).await;
        assert_eq!(read_whole.as_ref().map(|body| &body[..]), Ok(b"login=ada".as_slice()));
        let mut slow = payload(vec![Bytes::from("login=")], true);
        assert_eq!(read(&mut slow, Duration::ZERO, LIMIT).await.err(), Some("the form took too long to arrive"));
    }

    #[actix_web::test]
    async fn a_form_that_never_ends_is_given_up_at_its_limit() {
        let mut full = payload(vec![Bytes::from(vec![b'a'; LIMIT])], false);
        assert_eq!(read(&mut full, seconds(30), LIMIT).await.map(|body| body.len()), Ok(LIMIT));
        let mut endless = payload(vec![Bytes::from(vec![b'a'; LIMIT]), Bytes::from("a")], true);
        assert_eq!(read(&mut endless, seconds(30), LIMIT).await.err(), Some("the form holds more than 256 KB"));
    }
}
