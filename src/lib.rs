//! Keystead: the self-hosted account home of a developer or machine-learning platform.
//!
//! Read this list as a table of contents, from the top down. A room may use the rooms below it (see
//! `tests/architecture.rs`); a request comes in at `pages` or `api` and goes down.

// How it is started and put together.
pub mod app;
pub mod cli;
pub mod config;
pub mod telemetry;

// What people and programs meet.
pub mod api;
pub mod http;
pub mod lifecycle;
pub mod pages;

// What it is about.
pub mod accounts;
pub mod billing;
pub mod entry;
pub mod ingestion;
pub mod mfa;
pub mod projects;
pub mod secrets;
pub mod sessions;
pub mod usage;
pub mod workspaces;

// What that stands on.
pub mod access;
pub mod activity;
pub mod files;
pub mod jobs;
pub mod mail;
pub mod photos;
pub mod regions;

pub mod crypto;
pub mod db;

pub mod kernel;
