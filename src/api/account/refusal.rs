//! What a call is refused with, in the dialect's form.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::api::platform::Problem;
use crate::api::rates::Over;
use crate::db::DbError;
use crate::http::error::PageError;
use crate::kernel::time::{Timestamp, seconds};

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("Send a workspace's API key: Authorization: Bearer …")]
    NoKey,
    /// Never made, revoked, expired, not from here, or a project's.
    #[error("Invalid API key")]
    InvalidKey,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("Not found")]
    NotFound,
    #[error("Use {0} here.")]
    MethodNotAllowed(&'static str),
    #[error("{0}")]
    Invalid(String),
    #[error("Too many requests. Wait before the next.")]
    TooMany { after: Duration, resets_at: Timestamp },
    #[error("This server cannot answer right now. Try again in a moment.")]
    Unavailable(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    error: String,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_at: Option<String>,
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoKey | Self::InvalidKey => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        let mut body = Body { error: self.to_string(), retry_after: None, reset_at: None };
        match self {
            Self::NoKey | Self::InvalidKey => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"account\""));
            }
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((ALLOW, *allowed));
            }
            Self::TooMany { after, resets_at } => {
                let seconds = after.as_secs().max(1);
                response.insert_header((RETRY_AFTER, seconds.to_string()));
                body = Body { retry_after: Some(seconds), reset_at: Some(resets_at.to_string()), ..body };
            }
            Self::Unavailable(error) => {
                tracing::error!(%error, "a call of the account API failed");
                response.insert_header((RETRY_AFTER, "5"));
            }
            _ => {}
        }
        response.json(body)
    }
}

impl From<Over> for Refusal {
    fn from(over: Over) -> Self {
        Self::TooMany { after: seconds(over.retry_after), resets_at: over.resets_at }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What the body of a call was refused with where it is read.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.to_string())
    }
}

/// What the address was refused with where it is read.
impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Invalid(error.to_string())
    }
}
