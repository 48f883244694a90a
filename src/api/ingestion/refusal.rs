//! Why a whole request is refused, in the dialect's own form: `{"success":false,"error":"…"}`.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::api::rates::Over;
use crate::db::DbError;
use crate::ingestion::intake::Failed;
use crate::ingestion::labels_within::BadAreas;
use crate::ingestion::metadata::BadMetadata;

/// Nothing of the request is repeated in it.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("Invalid API key: send the key of a project in the header x-api-key.")]
    UnknownKey,
    #[error("This API key has expired.")]
    ExpiredKey,
    #[error("This API key may not be used from this address.")]
    Network,
    #[error("This API key may not add data: its role only reads.")]
    Role,
    #[error("This is the key of a whole workspace. Send the key of a project.")]
    WorkspaceKey,
    #[error("This API key belongs to the region {0}, which is served at {1}.")]
    Elsewhere(&'static str, String),
    #[error("There is nothing at this address: send to training, testing, anomaly or split.")]
    NoSuchCategory,
    #[error("Use {0} here.")]
    Method(&'static str),
    #[error("The header {0} is missing.")]
    MissingHeader(&'static str),
    #[error("The header {0} must be one line of at most 200 visible characters.")]
    BadHeader(&'static str),
    #[error(transparent)]
    BadMetadata(#[from] BadMetadata),
    #[error(transparent)]
    BadAreas(#[from] BadAreas),
    #[error("Send files as they are, without a content encoding.")]
    Encoded,
    #[error("Send the files as multipart/form-data.")]
    NoMultipart,
    #[error("The multipart body is broken or was cut off.")]
    BrokenMultipart,
    #[error("One file is sent here. Send several to …/files.")]
    SeveralFiles,
    #[error("The request holds no file.")]
    NoFile,
    #[error("The request holds too many parts.")]
    TooManyParts,
    /// One file alone was refused.
    #[error("{0}")]
    File(String),
    #[error(transparent)]
    TooMany(#[from] Over),
    #[error(transparent)]
    Failed(#[from] Failed),
}

#[derive(Serialize)]
struct Body {
    success: bool,
    error: String,
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::UnknownKey
            | Self::ExpiredKey
            | Self::Network
            | Self::Role
            | Self::WorkspaceKey
            | Self::Elsewhere(..)
            | Self::Failed(Failed::Gone) => StatusCode::UNAUTHORIZED,
            Self::NoSuchCategory => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            // What Edge Impulse answers with, whatever HTTP means by it.
            Self::MissingHeader(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::Failed(Failed::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Failed(Failed::TooSlow(_)) => StatusCode::REQUEST_TIMEOUT,
            Self::Failed(Failed::NotStored(_)) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Failed(Failed::NotStored(error)) => tracing::error!(%error, "files that came in were not stored"),
            refused if refused.status_code() == StatusCode::UNAUTHORIZED => {
                tracing::warn!(reason = %refused, "a call of ingestion was refused");
            }
            _ => {}
        }
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::Method(allowed) => answer.insert_header((ALLOW, *allowed)),
            Self::Failed(Failed::NotStored(_)) => answer.insert_header((RETRY_AFTER, "5")),
            _ => &mut answer,
        };
        answer.json(Body { success: false, error: self.to_string() })
    }
}
