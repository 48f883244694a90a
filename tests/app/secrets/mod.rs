//! Secrets: kept, changed, handed to jobs and to nobody else.

mod by_hand;
mod canaries;
mod environment;
mod handing;
mod keeping;
mod leak_pages;
mod leaks;
mod pages;
mod pasting;
mod tampering;
