//! What can go wrong on a page, and how it is told: every refusal has its status, its words and a way on.
//!
//! Rule: a database failure is never "not found", a refusal is never a 500, and nothing a person typed is repeated.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};

use crate::access::NotAllowed;
use crate::crypto::password::Busy;
use crate::db::DbError;
use crate::sessions::throttle::TooMany;

#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("there is nothing here, or it is not this person's to see")]
    NotFound,
    #[error("refused: {0}")]
    Forbidden(&'static str),
    /// The person sees this place, but their role does not reach that far.
    #[error("the role does not allow to {0}")]
    NotAllowed(&'static str),
    #[error("what was sent cannot be read: {0}")]
    BadRequest(&'static str),
    #[error("the form was not made by this site for this browser, or is too old")]
    ForeignForm,
    /// The form came after the session had ended; it goes through signing in, sealed.
    #[error("signed out meanwhile")]
    SignInFirst { held: String },
    /// `to` is the page that asks who is there; a form that was sent goes through it, sealed.
    #[error("not confirmed lately")]
    ConfirmFirst { deed: &'static str, to: String },
    #[error("too many tries")]
    TooMany(Duration),
    #[error("more sign-ins than this server can check at once")]
    Busy,
    #[error("elsewhere: {0}")]
    SeeOther(String),
    #[error("the database failed: {0}")]
    Database(#[from] DbError),
    #[error("{0}")]
    Internal(String),
}

impl From<Busy> for PageError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl From<NotAllowed> for PageError {
    fn from(NotAllowed(what): NotAllowed) -> Self {
        Self::NotAllowed(what)
    }
}

impl From<TooMany> for PageError {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many.retry_after)
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(format!("a template failed: {error}"))
    }
}

impl From<std::io::Error> for PageError {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(format!("the file storage failed: {error}"))
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) | Self::NotAllowed(_) | Self::ForeignForm | Self::SignInFirst { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::SeeOther(_) | Self::ConfirmFirst { .. } => StatusCode::SEE_OTHER,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Headers only; the page around it is drawn by `pages::errors`, which knows the site and the request.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::SeeOther(to) | Self::ConfirmFirst { to, .. } => {
                response.insert_header((LOCATION, to.as_str())).finish()
            }
            Self::TooMany(after) => response.insert_header((RETRY_AFTER, after.as_secs().max(1).to_string())).finish(),
            Self::Busy => response.insert_header((RETRY_AFTER, "5")).finish(),
            _ => response.finish(),
        }
    }
}
