//! Secrets: kept, changed, handed to jobs and to nobody else.

mod canaries;
mod environment;
mod handing;
mod keeping;
mod pages;
mod pasting;
mod tampering;
