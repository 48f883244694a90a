//! Organizations: made, joined, run and left.

mod creation;
mod endings;
mod joining;
mod makers;
mod owners;
mod pages;
mod picture;
mod policies;
mod seats;
mod senders;
