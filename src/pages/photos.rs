//! `/photos/{owner}/{version}-{size}`: one size of the photo of a person or the picture of an organization, for people who
//! are signed in.
//!
//! Rule: only what its owner shows now; an account that was closed or suspended shows none, nor does an organization that
//! nobody can enter. The answer's type is that of what was drawn here, never what somebody uploaded. The address changes
//! with every photo, so a browser may keep what it got.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::db::{Db, DbError};
use crate::http::error::PageError;
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::pages::guards::SignedIn;
use crate::photos;
use crate::sessions::account::{self, Status};
use crate::workspaces::organization;

pub async fn show(here: SignedIn, path: web::Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (owner, name) = path.into_inner();
    let owner: WorkspaceId = owner.parse().map_err(|_| PageError::NotFound)?;
    let (version, size) = name.rsplit_once('-').ok_or(PageError::NotFound)?;
    let (version, size) = (version.to_owned(), size.parse().map_err(|_| PageError::NotFound)?);
    let region = Region::of_token(&version).ok_or(PageError::NotFound)?;
    let store = here.site.regions.store(region).ok_or(PageError::NotFound)?;
    let shown = store.glance(move |db| shown_by(db, owner)).await?;
    shown.filter(|shown| *shown == version).ok_or(PageError::NotFound)?;
    let files = here.site.files.clone();
    let read = tokio::task::spawn_blocking(move || photos::read(&files, owner, &version, size)).await;
    let read = read.map_err(|stopped| PageError::Internal(format!("reading a photo stopped: {stopped}")))?;
    let (encoding, bytes) = read?.ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, encoding.content_type()))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .body(bytes))
}

fn shown_by(db: &mut Db, owner: WorkspaceId) -> Result<Option<String>, DbError> {
    match account::by_id(db, owner.as_person())? {
        Some(person) => Ok(person.photo.filter(|_| person.status == Status::Active)),
        None => organization::photo_shown(db, owner),
    }
}
