//! Reads a call's JSON within its limit, and says where it cannot be read without repeating it.

use std::time::Duration;

use actix_web::web::Payload;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::Problem;
use crate::kernel::time::minutes;

/// For calls of a few fields.
pub const SMALL: usize = 64 * 1024;
/// For the whole body; a program on the slowest line sends less in one call.
const PATIENCE: Duration = minutes(1);

/// `shape` ends the sentence "send …".
pub async fn json<T: DeserializeOwned>(payload: Payload, most: usize, shape: &str) -> Result<T, Problem> {
    let body = all(payload, most).await?;
    serde_json::from_slice(&body).map_err(|error| {
        Problem::BadBody(if error.is_data() {
            format!("send {shape}")
        } else {
            format!("it is not JSON, at line {} column {}", error.line(), error.column())
        })
    })
}

/// The whole body, within its limit and in time.
pub async fn all(payload: Payload, most: usize) -> Result<Vec<u8>, Problem> {
    let too_slow = || Err(Problem::BadBody("it took too long to arrive".to_owned()));
    tokio::time::timeout(PATIENCE, bytes(payload, most)).await.unwrap_or_else(|_| too_slow())
}

async fn bytes(mut payload: Payload, most: usize) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::BadBody("the connection broke off".to_owned()))?;
        if body.len() + chunk.len() > most {
            let words = if most >= 1_048_576 { format!("{} MB", most >> 20) } else { format!("{} kB", most >> 10) };
            return Err(Problem::TooLarge(format!("Send at most {words} in one call.")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
