//! Who may do what in a workspace.
//!
//! Rule: the matrix in [`action`] is the whole rule. A domain function that changes something takes a [`Permit`] for it,
//! and only [`Membership::permit`] makes one, so that forgetting the check does not compile. Nothing here reads a
//! database or knows a page.

pub mod action;
mod permit;
mod role;

pub use permit::{Membership, NotAllowed, Permit};
pub use role::Role;
