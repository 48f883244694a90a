//! `/platform/v1`: what the platform's own programs call, each with a service token, and a job with the token it was given.
//! Its environment is also had by hand, with a workspace's key or a tool's token.
//!
//! Rule: an answer that says a thing was done is given after it is committed. Errors are RFC 9457 problems.

mod artifacts;
mod bearer;
pub(in crate::api) mod body;
mod environment;
mod keys;
mod problem;
mod requester;
mod sessions;
mod usage;
mod usage_events;

use actix_web::web::{self, ServiceConfig};

pub use problem::Problem;

calls! {
    Problem::MethodNotAllowed;
    "/platform/v1/usage/events": POST usage::report;
    "/platform/v1/keys/verify": POST keys::verify;
    "/platform/v1/sessions/introspect": POST sessions::introspect;
    "/platform/v1/artifacts": POST artifacts::register;
    "/platform/v1/artifacts/{id}": PATCH artifacts::change, DELETE artifacts::remove;
    "/platform/v1/environment-tokens": POST environment::issue;
    "/platform/v1/environment": GET environment::fetch;
}

pub fn configure(config: &mut ServiceConfig) {
    configure_calls(config);
    let nothing = || async { Err::<String, _>(Problem::NotFound) };
    config.service(web::scope("/platform").default_service(web::to(nothing)));
}
