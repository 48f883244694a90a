//! `/platform/v1`: what the platform's own programs call, each with a service token.
//!
//! Rule: an answer that says a thing was done is given after it is committed. Errors are RFC 9457 problems.

mod artifacts;
mod bearer;
pub(in crate::api) mod body;
mod keys;
mod problem;
mod sessions;
mod usage;
mod usage_events;

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};

pub use problem::Problem;

/// Method and path of every call, for the tests that hold them.
pub const TABLE: &[(&str, &str)] = &[
    ("post", "/platform/v1/usage/events"),
    ("post", "/platform/v1/keys/verify"),
    ("post", "/platform/v1/sessions/introspect"),
    ("post", "/platform/v1/artifacts"),
    ("patch", "/platform/v1/artifacts/{id}"),
    ("delete", "/platform/v1/artifacts/{id}"),
];

pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/platform")
            .service(only("/v1/usage/events", "POST").route(web::post().to(usage::report)))
            .service(only("/v1/keys/verify", "POST").route(web::post().to(keys::verify)))
            .service(only("/v1/sessions/introspect", "POST").route(web::post().to(sessions::introspect)))
            .service(only("/v1/artifacts", "POST").route(web::post().to(artifacts::register)))
            .service(
                only("/v1/artifacts/{id}", "PATCH, DELETE")
                    .route(web::patch().to(artifacts::change))
                    .route(web::delete().to(artifacts::remove)),
            )
            .default_service(web::to(|| async { Err::<String, _>(Problem::NotFound) })),
    );
}

/// An address that answers to these methods and says so to others.
fn only(path: &str, methods: &'static str) -> Resource {
    web::resource(path)
        .default_service(web::to(move || async move { Err::<String, _>(Problem::MethodNotAllowed(methods)) }))
}
