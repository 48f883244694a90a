//! Who is signed in, from which browser, and how often somebody may try.
//!
//! Rule: the row decides. A cookie only names it, and a row that is gone is refused at the next request, everywhere.

pub mod account;
pub mod approval;
pub mod credential;
pub mod device;
pub mod ending;
pub mod last_seen;
pub mod one_time;
pub mod session;
pub mod shown_once;
pub mod sweep;
pub mod throttle;
