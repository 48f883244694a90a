//! `/platform/v1`: what the platform's own programs call, each with a service token.
//!
//! Rule: an answer that says a thing was done is given after it is committed. Errors are RFC 9457 problems.

mod bearer;
mod problem;
mod usage;
mod usage_events;

use actix_web::web::{self, ServiceConfig};

pub use problem::Problem;

/// Method and path of every call, for the tests that hold them.
pub const TABLE: &[(&str, &str)] = &[("post", "/platform/v1/usage/events")];

pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/platform")
            .service(
                web::resource("/v1/usage/events")
                    .route(web::post().to(usage::report))
                    .default_service(web::to(|| async { Err::<String, _>(Problem::MethodNotAllowed("POST")) })),
            )
            .default_service(web::to(|| async { Err::<String, _>(Problem::NotFound) })),
    );
}
