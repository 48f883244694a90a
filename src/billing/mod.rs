//! What a workspace may use, and what that costs.
//!
//! Rule: plans are configuration. No figure of a plan stands in code, and an account whose plan was taken out of the
//! file keeps working on the first one.

pub mod plan;
pub mod plans_file;
mod store;

pub use plan::{Plan, Plans};
pub use store::{plan_of, unknown_plans};
