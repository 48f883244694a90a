//! Compute minutes: taken in as events, kept in seconds, shown by month.
//!
//! Rule: an event counts once in its region, ever. Sums are made from seconds and rounded to minutes at the very end.
//! This room must not know a price or a plan: the allowance and the weight of a GPU minute are given to it.

pub mod csv;
pub mod event;
pub mod forecast;
pub mod meter;
pub mod month;
pub mod recount;
mod store;

pub use crate::kernel::minutes_rank as rank;

crate::text_enum! {
    /// What ran.
    pub enum Kind {
        Cpu = "cpu",
        Gpu = "gpu",
    }
}
