//! `/invitation/{token}`: carries an invitation to the page that answers it, or to signing up, and cleans the address.

use actix_web::{HttpResponse, web};

use super::guards::Visitor;
use super::{joining, links, reset};
use crate::config::Registration;
use crate::entry::invitation;
use crate::http::error::PageError;
use crate::kernel::region::Region;

/// `GET /invitation/{token}`
pub async fn follow(here: Visitor, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    let token = token.into_inner();
    // The first letter tells an organization's, which lives in a region, from one to sign up on this instance.
    if Region::of_token(&token).is_some() {
        return match joining::find(&here, &token).await? {
            Some(_) => reset::keep_link(&here, token, links::INVITATION),
            None => joining::gone(&here),
        };
    }
    let (act, asked) = (here.act.clone(), token.clone());
    let found = here.site.regions.directory.read(move |db| invitation::live(db, &act, &asked)).await?;
    if found.is_none() || here.site.config.registration == Registration::Closed {
        let sentence = "It was used, taken back, or is older than 14 days. Ask whoever invited you for a new one.";
        return reset::gone_page(&here, sentence, links::SIGN_IN, "Sign in");
    }
    reset::keep_link(&here, token, links::SIGN_UP)
}
