//! The part of a form that gives somebody a photo, a person or an organization, and what becomes of its file.
//!
//! Rule: the files are stored before the transaction that names them, and removed when it names them no more or never
//! did. Who may change the photo was asked before any of this.

use serde::Deserialize;

use super::guards::SignedIn;
use crate::http::error::PageError;
use crate::http::upload::Upload;
use crate::kernel::id::WorkspaceId;
use crate::photos::{self, BadPhoto, Crop, Developed, PhotoChange};

/// What stands beside the file; see `templates/parts/photo.html`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PhotoTyped {
    pub crop_x: String,
    pub crop_y: String,
    pub crop_size: String,
    pub remove_photo: String,
}

impl PhotoTyped {
    /// The file that was sent as a photo, if there was one.
    pub async fn develop(&self, file: Upload) -> Result<Option<Developed>, BadPhoto> {
        match file {
            Upload::Nothing => Ok(None),
            Upload::TooLarge => Err(BadPhoto::TooLarge),
            Upload::File(bytes) => {
                let crop = Crop::parse(&self.crop_x, &self.crop_y, &self.crop_size);
                photos::develop(bytes, crop).await.map(Some)
            }
        }
    }

    /// What a save is to do, the new photo being stored already.
    pub async fn change(
        &self,
        here: &SignedIn,
        owner: WorkspaceId,
        developed: Option<Developed>,
    ) -> Result<PhotoChange, PageError> {
        Ok(match developed {
            Some(developed) => {
                let (files, region, chance) = (&here.site.files, here.region, &here.act.chance);
                PhotoChange::Replace(photos::keep(files, region, owner, chance, developed).await?)
            }
            None if !self.remove_photo.is_empty() => PhotoChange::Remove,
            None => PhotoChange::Keep,
        })
    }
}

/// Removes the files of a photo that nothing shows.
pub async fn tidy(here: &SignedIn, owner: WorkspaceId, version: Option<String>) {
    if let Some(version) = version {
        let Some(store) = here.site.regions.store(here.region) else { return };
        photos::tidy(&here.site.files, store, here.region, here.act.now, owner, &version).await;
    }
}
