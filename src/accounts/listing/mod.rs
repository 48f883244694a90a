//! The administrators' list of accounts: searched, filtered, sorted, page by page over all regions.
//!
//! Rule: a page costs the same at a million accounts as at a thousand. Everything read here is a bounded stretch of one
//! index ([`walk`]) or a set that was first proved to be small ([`small`]); a question that is neither gets a short
//! page and a cursor to go on with. Never a scan, never a count without an end.

mod conditions;
mod effort;
mod filter;
mod merge;
mod order;
mod page;
mod query;
mod row;
mod small;
mod total;
mod walk;
mod words;

pub use effort::Effort;
pub use filter::{Filter, Search, Span};
pub use merge::{Page, merge};
pub use order::{PageRequest, Sort, Start};
pub use page::{RegionPage, page_of_region, page_with};
pub use row::Row;
pub use total::Total;
pub use words::{rewrite_words, words_of};
