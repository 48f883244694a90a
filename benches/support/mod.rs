//! What benches are measured on.

pub mod people;
