//! The body of a request that is refused before it is read to its end: a little more of it is read and dropped, because
//! a client that is still sending when the connection closes never sees why.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Payload};
use futures_util::{Stream, StreamExt};

use super::refusal::Refusal;
use crate::kernel::time::seconds;

const MOST: usize = 8 * 1024 * 1024;
const PATIENCE: Duration = seconds(5);

/// The same stream in several hands, one of which reads at a time.
#[derive(Clone)]
pub struct Body(Rc<RefCell<Payload>>);

impl Body {
    pub fn new(payload: Payload) -> Self {
        Self(Rc::new(RefCell::new(payload)))
    }

    /// Answers, after reading on where the answer is a refusal.
    pub async fn answered<T>(mut self, answer: Result<T, Refusal>) -> Result<T, Refusal> {
        if answer.is_err() && tokio::time::timeout(PATIENCE, self.drain()).await.is_err() {
            tracing::debug!("a client that was refused went on sending");
        }
        answer
    }

    async fn drain(&mut self) {
        let mut read = 0;
        while let Some(Ok(piece)) = self.next().await {
            read += piece.len();
            if read > MOST {
                return;
            }
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}
