//! People's accounts: what they say about themselves, and how they prove who they are.
//!
//! Rule: text that is stored was checked by the words of `kernel`; a change of a credential goes through
//! `sessions::credential` and nothing else.

pub mod creation;
pub mod listing;
pub mod password;
pub mod profile;
pub mod social;
pub mod time_zones;
pub mod use_case;
