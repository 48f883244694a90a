//! `/api`: the account API that a workspace's key opens, in the words of UL's platform SDK and command line.
//!
//! Rule: camelCase; errors are `{"error": "…"}` with the status; 404 for what the caller may not see, 403 for what it
//! sees but may not do. A key reads; it makes and revokes no key.

mod caller;
mod keys;
mod refusal;
mod storage;
mod summary;
mod users;

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};

pub use refusal::Refusal;

/// Method and path of every call, for the tests that hold them.
pub const TABLE: &[(&str, &str)] = &[
    ("get", "/api/account/summary"),
    ("get", "/api/api-keys"),
    ("get", "/api/storage"),
    ("get", "/api/users"),
    ("patch", "/api/users"),
];

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(only("/api/account/summary", "GET").route(web::get().to(summary::show)))
        .service(only("/api/api-keys", "GET").route(web::get().to(keys::list)))
        .service(only("/api/storage", "GET").route(web::get().to(storage::show)))
        .service(
            only("/api/users", "GET, PATCH").route(web::get().to(users::show)).route(web::patch().to(users::follow)),
        );
}

/// What no dialect of `/api` knows.
pub fn configure_rest(config: &mut ServiceConfig) {
    let nothing = || async { Err::<String, _>(Refusal::NotFound) };
    config.service(web::resource("/api/{rest:.*}").default_service(web::to(nothing)));
}

/// An address that answers to these methods and says so to others.
fn only(path: &str, methods: &'static str) -> Resource {
    web::resource(path)
        .default_service(web::to(move || async move { Err::<String, _>(Refusal::MethodNotAllowed(methods)) }))
}
