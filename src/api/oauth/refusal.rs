//! What a program is refused with: the errors of RFC 6749 and RFC 8628 as JSON.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::api::platform::Problem;
use crate::entry::EntryError;

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    InvalidRequest(String),
    #[error("This program is not known here.")]
    InvalidClient,
    #[error("Only the device authorization grant is given here.")]
    UnsupportedGrant,
    #[error("Nobody has answered yet.")]
    Pending,
    #[error("That was too soon: wait five seconds longer from now on.")]
    SlowDown,
    #[error("It was refused.")]
    Denied,
    #[error("The code is over: it is good for ten minutes. Begin again.")]
    Expired,
    #[error("This code is not known, or its token was fetched before.")]
    InvalidGrant,
    #[error("Use {0} here.")]
    MethodNotAllowed(&'static str),
    #[error("Too many requests from this network. Try again later.")]
    TooMany(Duration),
    #[error("This server cannot answer right now. Try again in a moment.")]
    Unavailable(String),
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: String,
}

impl Refusal {
    const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::MethodNotAllowed(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrant => "unsupported_grant_type",
            Self::Pending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::Denied => "access_denied",
            Self::Expired => "expired_token",
            Self::InvalidGrant => "invalid_grant",
            // The RFCs have no words for these two at this address; these are their words for the next one.
            Self::TooMany(_) | Self::Unavailable(_) => "temporarily_unavailable",
        }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CACHE_CONTROL, "no-store"));
        match self {
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((ALLOW, *allowed));
            }
            Self::TooMany(wait) => {
                response.insert_header((RETRY_AFTER, wait.as_secs().max(1).to_string()));
            }
            Self::Unavailable(error) => {
                tracing::error!(%error, "a program could not be signed in or out");
                response.insert_header((RETRY_AFTER, "5"));
            }
            _ => {}
        }
        response.json(Body { error: self.code(), error_description: self.to_string() })
    }
}

impl From<EntryError> for Refusal {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::TooMany(too_many) => Self::TooMany(too_many.retry_after),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// What the body of a call was refused with where it is read.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::InvalidRequest(problem.to_string())
    }
}
