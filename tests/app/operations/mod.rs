//! The program as its operator meets it: started, watched, stopped, and told what to do on the command line.

mod canaries;
mod commands;
mod full_disk;
mod health;
mod master_keys;
pub mod people;
mod privacy;
mod proxies;
mod run;
mod serving;
mod settings;
mod sign_outs;
