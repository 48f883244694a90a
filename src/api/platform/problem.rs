//! Refusals as a program reads them: RFC 9457, `application/problem+json`.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::api::rates::Over;
use crate::db::DbError;

/// What went wrong with a whole call. Nothing of the call's body is repeated in it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("Send a service token: Authorization: Bearer …")]
    NoToken,
    #[error("This token is not known, or was revoked.")]
    UnknownToken,
    #[error("Send a job's token, a workspace's key or a tool's token: Authorization: Bearer …")]
    NoJobToken,
    /// A job's token, or a tool's, of which none of these is told.
    #[error("This token is not known, was used before, or is too old.")]
    SpentToken,
    #[error("This key is not known, has expired, or was revoked.")]
    UnknownKey,
    #[error("{0}")]
    Forbidden(String),
    /// By hand, of what is not there; nothing of who may is told by it.
    #[error("{0}")]
    NotThere(String),
    #[error("Too many requests. Wait before the next.")]
    TooMany,
    #[error("This token may not do this. It would have to allow {0:?}.")]
    NotAllowed(&'static str),
    #[error("There is nothing at this address.")]
    NotFound,
    #[error("Use {0} here.")]
    MethodNotAllowed(&'static str),
    #[error("The body cannot be read: {0}")]
    BadBody(String),
    #[error("{0}")]
    Conflict(&'static str),
    /// A field that is there, but wrong.
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    TooLarge(String),
    /// Some of a batch may be committed; sent again, it counts as duplicates.
    #[error("A database did not answer. Send the same again later: what was done is not done twice.")]
    Unavailable(#[source] DbError),
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    detail: String,
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::Unavailable(error)
    }
}

/// When the next may be made stands in the headers.
impl From<Over> for Problem {
    fn from(_: Over) -> Self {
        Self::TooMany
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::UnknownToken | Self::NoJobToken | Self::SpentToken | Self::UnknownKey => {
                StatusCode::UNAUTHORIZED
            }
            Self::NotAllowed(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NotThere(_) => StatusCode::NOT_FOUND,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadBody(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Unavailable(error) = self {
            tracing::error!(%error, "a call of the platform API failed");
        }
        if let Self::UnknownToken | Self::SpentToken | Self::UnknownKey | Self::NotAllowed(_) | Self::Forbidden(_) =
            self
        {
            tracing::warn!(reason = %self, "a call of the platform API was refused");
        }
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        match self {
            Self::NoToken | Self::NoJobToken => response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"platform\"")),
            Self::UnknownToken | Self::SpentToken | Self::UnknownKey => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"platform\", error=\"invalid_token\""))
            }
            Self::NotAllowed(_) => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"platform\", error=\"insufficient_scope\""))
            }
            Self::MethodNotAllowed(allowed) => response.insert_header((ALLOW, *allowed)),
            Self::Unavailable(_) => response.insert_header((RETRY_AFTER, "5")),
            Self::Forbidden(_) | Self::NotThere(_) | Self::TooMany => &mut response,
            Self::NotFound | Self::BadBody(_) | Self::Conflict(_) | Self::Invalid(_) | Self::TooLarge(_) => {
                &mut response
            }
        };
        let body = Body {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.to_string(),
        };
        response.content_type("application/problem+json").body(serde_json::to_string(&body).unwrap_or_default())
    }
}
