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

use actix_web::web::{self, ServiceConfig};

pub use refusal::Refusal;

calls! {
    Refusal::MethodNotAllowed;
    "/api/account/summary": GET summary::show;
    "/api/api-keys": GET keys::list;
    "/api/storage": GET storage::show;
    "/api/users": GET users::show, PATCH users::follow;
}

pub fn configure(config: &mut ServiceConfig) {
    configure_calls(config);
}

/// What no dialect of `/api` knows.
pub fn configure_rest(config: &mut ServiceConfig) {
    let nothing = || async { Err::<String, _>(Refusal::NotFound) };
    config.service(web::resource("/api/{rest:.*}").default_service(web::to(nothing)));
}
