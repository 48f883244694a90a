//! `/v1/api/user/photo`: the profile photo, drawn anew from what was sent like every photo.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Refusal;
use super::caller::Tool;
use super::shapes::{DONE, photo as address};
use crate::accounts::profile::{self, Profile, Saved};
use crate::db::DbError;
use crate::http::upload::{self, Upload};
use crate::photos::{self, BadPhoto, PhotoChange};
use crate::sessions::account;

#[derive(Serialize)]
struct Stored {
    success: bool,
    url: Option<String>,
}

/// `POST`: a form with the file in `photo`.
pub async fn replace(here: Tool, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    if !upload::is_multipart(&request) {
        return Err(Refusal::Failed("Send a multipart form with the picture in the field photo.".to_owned()));
    }
    let file = upload::file_of(&request, payload.into_inner()).await?;
    let bytes = match file {
        Upload::File(bytes) => bytes,
        Upload::Nothing => return Err(Refusal::of_field("photo", "No file was sent.")),
        Upload::TooLarge => return Err(Refusal::of_field("photo", BadPhoto::TooLarge)),
    };
    let developed = photos::develop(bytes, None).await.map_err(|bad| Refusal::of_field("photo", bad))?;
    let (files, region, id) = (here.site.files.clone(), here.region, here.account.id);
    let owner = id.personal_workspace();
    let version = photos::keep(&files, region, owner, &here.act.chance, developed).await;
    let version = version.map_err(|error| Refusal::Unavailable(error.to_string()))?;
    let changed = change(&here, PhotoChange::Replace(version.clone())).await;
    if changed.is_err() {
        tidy(&here, &version).await;
    }
    changed?;
    let url = address(&here.site.public_origin(), id, Some(&version));
    Ok(HttpResponse::Ok().json(Stored { success: true, url }))
}

/// `DELETE`: initials from now on.
pub async fn remove(here: Tool) -> Result<HttpResponse, Refusal> {
    change(&here, PhotoChange::Remove).await?;
    Ok(HttpResponse::Ok().json(DONE))
}

async fn tidy(here: &Tool, version: &str) {
    let Some(store) = here.site.regions.store(here.region) else { return };
    let owner = here.account.id.personal_workspace();
    photos::tidy(&here.site.files, store, here.region, here.act.now, owner, version).await;
}

async fn change(here: &Tool, what: PhotoChange) -> Result<(), Refusal> {
    let (act, id) = (here.act.clone(), here.account.id);
    let saved = here
        .write(move |db| {
            let Some(now) = account::held(db, id)? else { return Err(DbError::NotFound) };
            profile::save(db, &act, id, now.revision, &Profile::of(&now), &what)
        })
        .await?;
    match saved {
        Saved::Done { old_photo: Some(old) } => {
            tidy(here, &old).await;
            Ok(())
        }
        Saved::Done { old_photo: None } => Ok(()),
        Saved::ChangedMeanwhile(_) => Err(Refusal::Failed("It was changed somewhere else just now.".to_owned())),
    }
}
