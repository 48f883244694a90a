//! `/photos/{account}/{version}-{size}`: one size of a person's photo, for people who are signed in.
//!
//! Rule: only the photo that an account in use shows now; one that was closed or suspended has none. The answer's type is that of what was drawn here, never what somebody uploaded. The address changes with every
//! photo, so a browser may keep what it got.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::accounts::photo;
use crate::http::error::PageError;
use crate::kernel::id::AccountId;
use crate::kernel::region::Region;
use crate::pages::guards::SignedIn;
use crate::sessions::account::{self, Account, Status};

pub async fn show(here: SignedIn, path: web::Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (account, name) = path.into_inner();
    let account: AccountId = account.parse().map_err(|_| PageError::NotFound)?;
    let (version, size) = name.rsplit_once('-').ok_or(PageError::NotFound)?;
    let (version, size) = (version.to_owned(), size.parse().map_err(|_| PageError::NotFound)?);
    let region = Region::of_token(&version).ok_or(PageError::NotFound)?;
    let store = here.site.regions.store(region).ok_or(PageError::NotFound)?;
    let owner = store.glance(move |db| account::by_id(db, account)).await?;
    let shows = |owner: &Account| owner.status == Status::Active && owner.photo.as_ref() == Some(&version);
    owner.filter(shows).ok_or(PageError::NotFound)?;
    let files = here.site.files.clone();
    let read = tokio::task::spawn_blocking(move || photo::read(&files, account, &version, size)).await;
    let read = read.map_err(|stopped| PageError::Internal(format!("reading a photo stopped: {stopped}")))?;
    let (encoding, bytes) = read?.ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, encoding.content_type()))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .body(bytes))
}
