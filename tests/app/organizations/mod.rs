//! Organizations: made, joined, run and left.

mod creation;
mod endings;
mod joining;
mod matrix;
mod owners;
mod pages;
mod policies;
mod seats;
