//! `/v1`: the calls of the studio API that other people's tools make, in that API's own words.
//!
//! Rule: success and failure are told by `success`, with status 200 except 401, 403, 404 and 429; only what failed here
//! is a 503. A call carries a project's key or the token of a tool's session, never a browser's own session.

mod api_keys;
mod caller;
mod change_password;
mod devkeys;
mod hmac_keys;
mod login;
mod members;
mod metrics;
mod mfa;
mod numbered;
mod organizations;
mod photo;
mod places;
mod project;
mod project_info;
mod projects;
mod refusal;
mod secrets;
mod shapes;
mod user;

use actix_web::web::{self, ServiceConfig};

pub use refusal::Refusal;

/// Who a call is for: `anybody`, `tool` (a session's token), `key` (a project's key), `either`.
macro_rules! calls_by {
    ($($who:ident $method:ident $path:literal => $handler:path;)+) => {
        /// Who, method and path of every call, for the tests that hold them.
        pub const TABLE: &[(&str, &str, &str)] = &[$((stringify!($who), stringify!($method), concat!("/v1", $path))),+];

        pub fn configure(config: &mut ServiceConfig) {
            config.service(
                web::scope("/v1")
                    $(.route($path, web::$method().to($handler)))+
                    .default_service(web::to(|| async { Err::<String, _>(Refusal::NotFound) })),
            );
        }
    };
}

calls_by! {
    anybody post "/api-login" => login::log_in;
    anybody get "/api-user-need-to-set-password/{login}" => login::need_to_set_password;
    tool get "/api/user" => user::show;
    tool post "/api/user" => user::save;
    tool delete "/api/user" => user::close;
    tool post "/api/user/photo" => photo::replace;
    tool delete "/api/user/photo" => photo::remove;
    tool post "/api/user/change-password" => change_password::change;
    tool post "/api/user/mfa/totp/create-key" => mfa::create_key;
    tool post "/api/user/mfa/totp/set-key" => mfa::set_key;
    tool post "/api/user/mfa/totp/clear" => mfa::clear;
    tool get "/api/user/subscription/metrics" => metrics::show;
    either get "/api/projects" => projects::list;
    tool post "/api/projects/create" => projects::create;
    key get "/api/projects/api-key-info" => api_keys::info;
    tool get "/api/organizations" => organizations::list;
    tool get "/api/organizations/{organization:[0-9]+}" => organizations::show;
    tool post "/api/organizations/{organization:[0-9]+}/members/add" => members::add;
    tool post "/api/organizations/{organization:[0-9]+}/members/invite" => members::invite;
    tool post "/api/organizations/{organization:[0-9]+}/members/remove" => members::remove;
    tool post "/api/organizations/{organization:[0-9]+}/members/{member:[0-9]+}/role" => members::change_role;
    tool get "/api/organizations/{organization:[0-9]+}/secrets" => secrets::list;
    tool post "/api/organizations/{organization:[0-9]+}/secrets" => secrets::add;
    tool delete "/api/organizations/{organization:[0-9]+}/secrets/{secret:[0-9]+}" => secrets::remove;
    either get "/api/{project:[0-9]+}" => project_info::show;
    either post "/api/{project:[0-9]+}" => project::save;
    tool delete "/api/{project:[0-9]+}" => project::delete;
    either get "/api/{project:[0-9]+}/apikeys" => api_keys::list;
    either post "/api/{project:[0-9]+}/apikeys" => api_keys::create;
    either delete "/api/{project:[0-9]+}/apikeys/{key:[0-9]+}" => api_keys::revoke;
    either get "/api/{project:[0-9]+}/hmackeys" => hmac_keys::list;
    either post "/api/{project:[0-9]+}/hmackeys" => hmac_keys::create;
    either delete "/api/{project:[0-9]+}/hmackeys/{key:[0-9]+}" => hmac_keys::revoke;
    either get "/api/{project:[0-9]+}/devkeys" => devkeys::show;
    either get "/api/{project:[0-9]+}/devkeys/hmac" => devkeys::hmac;
}
