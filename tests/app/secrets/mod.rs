//! Secrets: kept, changed, handed to jobs and to nobody else.

mod canaries;
mod environment;
mod keeping;
mod pages;
mod pasting;
mod tampering;
