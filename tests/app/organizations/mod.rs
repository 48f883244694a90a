//! Organizations: made, joined, run and left.

mod creation;
mod owners;
mod seats;
