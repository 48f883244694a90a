//! `/invitation/{token}`: carries an invitation to the sign-up page and cleans the address.

use actix_web::{HttpResponse, web};

use super::guards::Visitor;
use super::{links, reset};
use crate::config::Registration;
use crate::entry::invitation;
use crate::http::error::PageError;

/// `GET /invitation/{token}`
pub async fn follow(here: Visitor, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    let token = token.into_inner();
    let (act, asked) = (here.act.clone(), token.clone());
    let found = here.site.regions.directory.read(move |db| invitation::live(db, &act, &asked)).await?;
    if found.is_none() || here.site.config.registration == Registration::Closed {
        let sentence = "It was used, taken back, or is older than 14 days. Ask whoever invited you for a new one.";
        return reset::gone_page(&here, sentence, links::SIGN_IN, "Sign in");
    }
    reset::keep_link(&here, token, links::SIGN_UP)
}
