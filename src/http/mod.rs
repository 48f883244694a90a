//! What every page needs and no page is: its frame, forms, faces, words and charts.
//!
//! Rule: nothing here knows an account or a page; it draws what it is given.

pub mod assets;
pub mod body;
pub mod chart;
pub mod day;
pub mod error;
pub mod face;
pub mod field_errors;
pub mod flash;
pub mod form;
pub mod gate;
pub mod headers;
pub mod log;
pub mod origin;
pub mod page;
pub mod qr;
pub mod return_to;
pub mod session_cookie;
pub mod site;
pub mod small_cookies;
pub mod table_file;
pub mod tabs;
pub mod unread;
pub mod upload;
pub mod wiped;
pub mod words;

#[cfg(test)]
pub(crate) mod samples;

/// Programs' calls: their own credential, their own errors, no cookie and no form token.
pub fn is_api(path: &str) -> bool {
    ["/platform/", "/v1/", "/api/", "/oauth/"].iter().any(|prefix| path.starts_with(prefix))
}
