//! Organizations: made, joined, run and left.

mod creation;
mod joining;
mod matrix;
mod owners;
mod pages;
mod seats;
