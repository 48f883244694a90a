//! `/oauth`: how a program without a browser gets a token (RFC 8628) and hands it back (RFC 7009).
//!
//! Rule: forms in, JSON out, errors in the words of RFC 6749, and no answer is to be kept. No cookie is looked at: what
//! a program asks for, a person allows on a page.

mod device;
mod form;
mod refusal;
mod revocation;
mod token;

use actix_web::web::ServiceConfig;

pub use refusal::Refusal;

calls! {
    Refusal::MethodNotAllowed;
    "/oauth/device_authorization": POST device::begin;
    "/oauth/token": POST token::give;
    "/oauth/revoke": POST revocation::revoke;
}

/// The programs that may ask. They are public clients: what they say of themselves proves nothing.
const CLIENTS: &[&str] = &["keystead-cli"];

pub fn configure(config: &mut ServiceConfig) {
    configure_calls(config);
}
