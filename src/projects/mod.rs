//! Projects: what holds keys, samples and artifacts.
//!
//! Rule: a project belongs to one workspace for good; whoever is not in that workspace cannot tell that it exists, unless
//! it is public. A key's value is known to whoever it was shown to: what is kept recognises it and does not reveal it.

pub mod api_keys;
pub mod artifacts;
pub mod creation;
pub mod hmac_keys;
pub mod holdings;
pub mod key_role;
pub mod people;
pub mod place;
pub mod project;
pub mod rates;
pub mod settings;
pub mod storage;
