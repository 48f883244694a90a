//! The keys of a project, and those of a workspace: one set of pages for both, where a project has more cards.
//!
//! Rule: [`here::KeysHere`] says whose keys these are and what the caller may do with them. Whatever makes or shows a key
//! asks first that it is really them.

pub mod created;
pub mod csv;
mod form;
mod here;
pub mod hmac;
pub mod list;
pub mod manage;
pub mod new;
pub mod revoke;
pub mod rotate;
mod row;
pub mod signing;

use crate::projects::api_keys;

fn too_many() -> String {
    format!(
        "There are {} API keys here, which is as many as there may be. Revoke one that is not used.",
        api_keys::MOST
    )
}
