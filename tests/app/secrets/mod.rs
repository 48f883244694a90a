//! Secrets: kept, changed, handed to jobs and to nobody else.

mod environment;
mod keeping;
mod tampering;
