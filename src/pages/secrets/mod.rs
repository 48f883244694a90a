//! The secrets of a workspace: one set of pages for one's own and for an organization's.
//!
//! Rule: no page ever shows a value, not even the one that was just typed. Whatever takes a value or widens who gets one
//! asks first that it is really them.

pub mod csv;
pub mod delete;
pub mod drill;
mod drill_rows;
mod here;
pub mod leak;
pub mod list;
pub mod manage;
pub mod new;
pub mod paste;
pub mod replace;
pub mod review;
mod row;
mod typed;

use crate::http::words;
use crate::secrets::removal::KEPT_DAYS;
use crate::secrets::{MOST, MOST_WITH_DELETED};

/// As it completes "Confirm it is you to …".
const PUT: &str = "add or replace secrets";
const CHANGE: &str = "change a secret";

/// Of bytes, `with_deleted` ones too.
fn too_large(with_deleted: bool) -> String {
    if with_deleted {
        format!(
            "With those deleted in the last {KEPT_DAYS} days, the secrets here would hold more than 16 MB. Use a smaller value."
        )
    } else {
        "With their earlier versions, the secrets here would hold more than 8 MB. Use a smaller value, or delete a secret first.".to_owned()
    }
}

fn too_many() -> String {
    format!("There are {MOST} secrets here, which is as many as there may be. Delete one first.")
}

/// Of a whole file.
fn more_than_may_be() -> String {
    format!("With these there would be more than {MOST} secrets here. Delete some first, or paste fewer.")
}

fn too_many_deleted() -> String {
    let most = words::number(MOST_WITH_DELETED);
    format!(
        "There may be {most} secrets here with those of the last {KEPT_DAYS} days that are deleted. Restore one of them."
    )
}
