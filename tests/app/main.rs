//! How Keystead behaves, asked from outside: one binary, so that it links once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod account_page;
mod accounts_list;
mod activity;
mod admin_accounts;
mod admin_jobs;
mod administration;
mod attacks;
mod bad_forms;
mod billing;
mod browser;
mod crash;
mod cut_short;
mod delete_many;
mod deletion;
mod doctor;
mod erasure;
mod first_administrator;
mod invitations;
mod jobs;
mod leases;
mod limits;
mod mails;
mod meter;
mod mfa_pages;
mod migrations;
mod operations;
mod organizations;
mod password_page;
mod recovery;
mod reservations;
mod routes;
mod second_factor;
mod sessions_page;
mod settings_in_browser;
mod settings_races;
mod sign_in_page;
mod sign_up_page;
mod smtp;
mod stands;
#[macro_use]
mod support;
mod trusted_browsers;
mod unproved;
mod usage_api;
