//! What a call is refused with, in the dialect's form: `{"success": false, "error": "…"}`.
//!
//! Rule: tools act on some of these words, so they are exact. Nothing of what was sent is repeated.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::access::NotAllowed;
use crate::api::platform::Problem;
use crate::api::rates::Over;
use crate::crypto::password::Busy;
use crate::db::DbError;
use crate::entry::EntryError;
use crate::http::error::PageError;
use crate::kernel::time::seconds;
use crate::lifecycle::LifecycleError;
use crate::mfa::MfaError;
use crate::projects::api_keys::{self, KeyError};
use crate::projects::hmac_keys::{HmacKeyError, MOST};
use crate::secrets::{self, SecretError};
use crate::workspaces::WorkspaceError;

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("Send an API key as x-api-key, or the token of api-login as x-jwt-token.")]
    NoCredential,
    /// Never made, revoked, expired, not from here, or no project's.
    #[error("Invalid API key")]
    InvalidKey,
    #[error("Your JWT token has expired or was ended. Log in again.")]
    Ended,
    #[error("You may not {0}.")]
    NotAllowed(&'static str),
    /// The place is theirs, but not like this.
    #[error("{0}")]
    Forbidden(String),
    #[error("There is nothing here.")]
    NotFound,
    #[error("Too many tries. Wait before the next.")]
    TooMany(Duration),
    #[error("User not found or Password is incorrect")]
    WrongLogin,
    #[error("ERR_TOTP_TOKEN IS REQUIRED")]
    CodeWanted,
    #[error("This one-time code is not valid now, or was used before.")]
    WrongCode,
    #[error("Password is incorrect")]
    WrongPassword,
    #[error("{0}")]
    Failed(String),
    #[error("This server cannot answer right now. Try again in a moment.")]
    Unavailable(String),
}

#[derive(Serialize)]
struct Body {
    success: bool,
    error: String,
}

impl Refusal {
    /// A sentence about one field.
    pub fn of_field(field: &str, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{field}: {error}"))
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoCredential | Self::InvalidKey | Self::Ended => StatusCode::UNAUTHORIZED,
            Self::NotAllowed(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongLogin | Self::CodeWanted | Self::WrongCode | Self::WrongPassword | Self::Failed(_) => {
                StatusCode::OK
            }
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::TooMany(after) => {
                response.insert_header((RETRY_AFTER, after.as_secs().max(1).to_string()));
            }
            Self::Unavailable(error) => {
                tracing::error!(%error, "a call of the studio API failed");
                response.insert_header((RETRY_AFTER, "5"));
            }
            _ => {}
        }
        response.json(Body { success: false, error: self.to_string() })
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Over> for Refusal {
    fn from(over: Over) -> Self {
        Self::TooMany(seconds(over.retry_after))
    }
}

impl From<NotAllowed> for Refusal {
    fn from(NotAllowed(what): NotAllowed) -> Self {
        Self::NotAllowed(what)
    }
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::TooMany(seconds(5))
    }
}

impl From<MfaError> for Refusal {
    fn from(error: MfaError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<EntryError> for Refusal {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::TooMany(too_many) => Self::TooMany(too_many.retry_after),
            EntryError::Busy(busy) => busy.into(),
            EntryError::LinkGone => Self::NotFound,
            EntryError::Mfa(error) => error.into(),
            EntryError::Database(error) => error.into(),
        }
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Gone => Self::NotFound,
            KeyError::AboveRights => {
                Self::Forbidden("You may not make or change a key with more rights than yours.".to_owned())
            }
            KeyError::TooLong(most) => Self::Failed(format!("A key may live {most} days at most: a policy says so.")),
            KeyError::TooMany => {
                Self::Failed(format!("There are {} API keys here already. Revoke one.", api_keys::MOST))
            }
            KeyError::WasRotated => Self::Failed("This key has a successor already.".to_owned()),
            KeyError::Database(error) => error.into(),
        }
    }
}

impl From<HmacKeyError> for Refusal {
    fn from(error: HmacKeyError) -> Self {
        match error {
            HmacKeyError::Gone => Self::NotFound,
            HmacKeyError::TooMany => Self::Failed(format!("A project has at most {MOST} HMAC keys.")),
            HmacKeyError::Database(error) => error.into(),
            error @ HmacKeyError::Unreadable(..) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<SecretError> for Refusal {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Gone => Self::NotFound,
            SecretError::Taken => Self::Failed("A secret of this name is there already.".to_owned()),
            SecretError::TooMany => {
                Self::Failed(format!("There are {} secrets here already. Delete one.", secrets::MOST))
            }
            SecretError::TooManyDeleted => Self::Failed(format!(
                "With those deleted in the last {} days, there are {} secrets here already.",
                secrets::removal::KEPT_DAYS,
                secrets::MOST_WITH_DELETED
            )),
            SecretError::TooLarge(_) => Self::Failed("The secrets here hold as much as they may.".to_owned()),
            SecretError::Leaked | SecretError::Unfinished => {
                Self::Failed("This version of the secret is marked as leaked.".to_owned())
            }
            SecretError::Unreadable => Self::Failed("What is stored of this secret cannot be read.".to_owned()),
            SecretError::Database(error) => error.into(),
        }
    }
}

impl From<WorkspaceError> for Refusal {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::NotThere => Self::NotFound,
            WorkspaceError::LastOwner => Self::Failed("An organization always has an Owner.".to_owned()),
            WorkspaceError::NotAllowed(refused) => refused.into(),
            WorkspaceError::Database(error) => error.into(),
        }
    }
}

impl From<LifecycleError> for Refusal {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Database(error) => error.into(),
            LifecycleError::SoleOwner => Self::Failed(
                "You are the only Owner of an organization. Say on the page that deletes your account what becomes of it."
                    .to_owned(),
            ),
            LifecycleError::LastAdministrator => {
                Self::Failed("You are the last administrator. Make somebody else one first.".to_owned())
            }
            other => Self::Failed(format!("{other}.")),
        }
    }
}

/// What the body of a call was refused with where it is read.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.to_string())
    }
}

/// What the parts shared with pages say.
impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        match error {
            PageError::BadRequest(why) => Self::Failed(format!("What was sent cannot be read: {why}.")),
            PageError::NotFound => Self::NotFound,
            PageError::TooMany(after) => Self::TooMany(after),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
