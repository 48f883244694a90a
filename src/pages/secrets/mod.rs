//! The secrets of a workspace: one set of pages for one's own and for an organization's.
//!
//! Rule: no page ever shows a value, not even the one that was just typed. Whatever takes a value or widens who gets one
//! asks first that it is really them.

pub mod delete;
mod here;
pub mod list;
pub mod manage;
pub mod new;
pub mod paste;
pub mod replace;
pub mod review;
mod row;
mod typed;

/// As it completes "Confirm it is you to …".
const PUT: &str = "add or replace secrets";
const CHANGE: &str = "change a secret";

fn too_many() -> String {
    format!("There are {} secrets here, which is as many as there may be. Delete one first.", crate::secrets::MOST)
}
