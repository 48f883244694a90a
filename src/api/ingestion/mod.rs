//! `POST /api/{training,testing,anomaly,split}/{files,data}`: where devices and tools send files to, in the dialect that
//! Edge Impulse's clients speak.
//!
//! Rule: a file is taken by [`Intake`](crate::ingestion::intake::Intake) alone; here is only how the dialect says what it
//! wants and how it is answered. Nothing is read before the key is known.

mod body;
mod caller;
mod data;
mod files;
mod headers;
mod part_types;
mod refusal;

use actix_web::web::ServiceConfig;

use crate::ingestion::category::Category;
use refusal::Refusal;

calls! {
    Refusal::Method;
    "/api/{category}/files": POST files::receive;
    "/api/{category}/data": POST data::receive;
}

pub fn configure(config: &mut ServiceConfig) {
    configure_calls(config);
}

/// The word of the address; `Ok(None)` leaves it to the server.
fn category(word: &str) -> Result<Option<Category>, Refusal> {
    if word == "split" { Ok(None) } else { word.parse().map(Some).map_err(|_| Refusal::NoSuchCategory) }
}
