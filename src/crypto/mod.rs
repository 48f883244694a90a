//! The only room with cryptography in it. Everything here calls well-known crates; nothing is invented.
//!
//! Rule: time and chance are given, never taken; what is secret has no `Debug`, is zeroed when dropped, and leaves only
//! through a function whose name says so.

pub mod act;
pub mod api_key;
pub mod chance;
pub mod content_hash;
pub mod digest;
pub mod form_token;
pub mod keyring;
mod lending;
pub mod mailed_code;
pub mod master_key;
mod masters;
pub mod passphrase;
pub mod password;
pub mod recovery_code;
pub mod sealed_form;
pub mod signature;
pub mod strength;
mod threads;
pub mod token;
pub mod totp;
pub mod user_code;
