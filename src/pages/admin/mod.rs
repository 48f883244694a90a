//! The administration, for administrators only. What is done here to somebody is recorded where its owner sees it.

pub mod account;
pub mod account_deeds;
pub mod account_facts;
pub mod accounts;
pub mod delete;
pub mod delete_many;
pub mod deletion;
pub mod doctor;
pub mod files;
pub mod invitations;
pub mod jobs;
pub mod organization;
pub mod organization_delete;
pub mod organizations;
mod selection;
pub mod target;

use actix_web::HttpResponse;

use crate::pages::guards::{Administrator, Visitor};
use crate::pages::links;

/// `GET /admin`: the first of its lists.
pub async fn home(_: Administrator) -> HttpResponse {
    Visitor::redirect(links::ADMIN_ACCOUNTS)
}
