//! Organizations: made, joined, run and left.

mod creation;
mod endings;
mod joining;
mod makers;
mod owners;
mod pages;
mod policies;
mod seats;
