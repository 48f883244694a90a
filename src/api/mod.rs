//! What programs call. One folder is one dialect, thin over the same domain functions as the pages.
//!
//! Rule: a call carries its own credential and never the browser's session, and every refusal is JSON with a reason.

pub mod account;
pub mod health;
pub mod ingestion;
pub mod platform;
pub mod rates;
pub mod studio;

use actix_web::web::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    account::configure(config);
    health::configure(config);
    ingestion::configure(config);
    platform::configure(config);
    studio::configure(config);
    // After every call of `/api`, and before the pages: no workspace has a name that calls have.
    account::configure_rest(config);
}
