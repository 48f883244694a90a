//! The words everybody uses: times, ids, regions, names, addresses.
//!
//! Rule: a value of one of these types has already been checked. Nothing here knows a database table,
//! a page or a secret, and nothing here reads the clock or draws a random number by itself, except
//! [`clock`], which is the one place that may ask the system for the time.

pub mod beginning;
pub mod clock;
pub mod csv_cell;
pub mod cursor;
pub mod email_address;
pub mod id;
pub mod minutes_rank;
pub mod month;
pub mod names;
pub mod network;
pub mod origin;
pub mod percent;
pub mod region;
pub mod shown_once;
pub mod stored_text;
pub mod text_enum;
pub mod time;
