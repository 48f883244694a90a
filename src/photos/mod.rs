//! Photos of people and pictures of organizations: what comes in is only ever read as pixels, and what goes out was
//! drawn here.
//!
//! Rule: the bytes say what a file is, never its name or its declared type; nothing of the file is kept but the
//! picture, as a square in three sizes. One picture is decoded at a time, because a large one needs much memory.

mod decode;
mod jpeg;

use std::io;
use std::time::Duration;

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, RgbaImage};
use tokio::sync::Semaphore;

pub use decode::Crop;

use crate::crypto::chance::Chance;
use crate::db::Store;
use crate::files::{Files, Unheld, hold};
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::kernel::time::Timestamp;

/// The edges of the squares that are kept, in pixels.
pub const SIZES: [u32; 3] = [64, 128, 512];
/// The largest file that is read.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
const MOST_PIXELS: u64 = 20_000_000;
/// Where all of them lie, in a folder for each owner.
pub const FOLDER: &str = "photos";
/// How long somebody waits for the pictures of others.
const PATIENCE: Duration = Duration::from_secs(10);

static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// Why a picture was refused, in words for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhoto {
    #[error("The file is larger than 5 MB. Choose a smaller one.")]
    TooLarge,
    #[error("This is not a PNG, JPEG, WebP or GIF picture, whatever its name says.")]
    NotAPicture,
    #[error("The picture has more than 20 megapixels. Choose a smaller one.")]
    TooManyPixels,
    #[error("The picture is too large for 16 bits a colour. Save it with 8 bits, or choose a smaller one.")]
    TooDeep,
    #[error("The picture is damaged or incomplete. Choose another file.")]
    Broken,
    #[error("Others are changing their photos right now. Try again in a moment.")]
    Busy,
}

/// What a save does to the photo of whoever is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoChange {
    Keep,
    Remove,
    /// The version that was stored before this.
    Replace(String),
}

impl PhotoChange {
    /// What is shown from now on.
    pub fn after(&self, before: Option<&str>) -> Option<String> {
        match self {
            Self::Keep => before.map(ToOwned::to_owned),
            Self::Remove => None,
            Self::Replace(version) => Some(version.clone()),
        }
    }

    /// What was stored for it, and is shown by nobody when it is not saved.
    pub fn stored(self) -> Option<String> {
        match self {
            Self::Replace(version) => Some(version),
            Self::Keep | Self::Remove => None,
        }
    }
}

/// A photo that is ready to be stored: each size with its encoding.
pub struct Developed(Vec<(u32, Encoding, Vec<u8>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    WebP,
    Png,
}

impl Encoding {
    const ALL: [Self; 2] = [Self::WebP, Self::Png];

    const fn extension(self) -> &'static str {
        match self {
            Self::WebP => "webp",
            Self::Png => "png",
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::WebP => "image/webp",
            Self::Png => "image/png",
        }
    }
}

/// Reads a picture on a blocking thread, behind the others.
pub async fn develop(bytes: Vec<u8>, crop: Option<Crop>) -> Result<Developed, BadPhoto> {
    if bytes.len() > MOST_BYTES {
        return Err(BadPhoto::TooLarge);
    }
    let turn = tokio::time::timeout(PATIENCE, ONE_AT_A_TIME.acquire()).await;
    let Ok(Ok(turn)) = turn else { return Err(BadPhoto::Busy) };
    let work = move || {
        // Held by the thread: whoever waits no longer does not make room for a second picture.
        let _turn = turn;
        let square = decode::square(&bytes, crop)?;
        drop(bytes);
        Ok(Developed(SIZES.iter().map(|size| encode(&square, *size)).collect::<Result<_, _>>()?))
    };
    // A decoder that panics is one more way of saying that the file is broken.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(BadPhoto::Broken))
}

/// The smaller of both encodings.
fn encode(square: &DynamicImage, size: u32) -> Result<(u32, Encoding, Vec<u8>), BadPhoto> {
    let scaled: RgbaImage = square.resize_exact(size, size, FilterType::CatmullRom).into_rgba8();
    let is_opaque = scaled.pixels().all(|pixel| pixel.0[3] == 255);
    let picture = DynamicImage::ImageRgba8(scaled);
    let picture = if is_opaque { DynamicImage::ImageRgb8(picture.into_rgb8()) } else { picture };
    let mut webp = Vec::new();
    picture.write_with_encoder(WebPEncoder::new_lossless(&mut webp)).map_err(|_| BadPhoto::Broken)?;
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Default, PngFilter::Adaptive);
    picture.write_with_encoder(encoder).map_err(|_| BadPhoto::Broken)?;
    if png.len() < webp.len() { Ok((size, Encoding::Png, png)) } else { Ok((size, Encoding::WebP, webp)) }
}

/// Stores all sizes and names their version: the region's letter and 120 random bits, so that an address that was
/// once served never shows another picture. Blocks.
pub fn store(
    files: &Files,
    region: Region,
    owner: WorkspaceId,
    chance: &Chance,
    photo: &Developed,
) -> io::Result<String> {
    let random = data_encoding::HEXLOWER.encode(&chance.bytes::<15>());
    let version = format!("{}{random}", region.letter());
    for (size, encoding, bytes) in &photo.0 {
        files.put(region, &name(owner, &version, *size, *encoding), bytes)?;
    }
    Ok(version)
}

/// The same apart from the threads that answer. It comes before the transaction that names the version, so that nothing
/// ever shows a photo that is not there.
pub async fn keep(
    files: &Files,
    region: Region,
    owner: WorkspaceId,
    chance: &Chance,
    photo: Developed,
) -> io::Result<String> {
    let (files, chance) = (files.clone(), chance.clone());
    let stored = tokio::task::spawn_blocking(move || store(&files, region, owner, &chance, &photo)).await;
    stored.unwrap_or_else(|stopped| Err(io::Error::other(format!("storing a photo stopped: {stopped}"))))
}

/// Removes the files of a photo that nothing shows, unless a backup holds them. What stays is swept.
pub async fn tidy(files: &Files, store: &Store, region: Region, now: Timestamp, owner: WorkspaceId, version: &str) {
    let (files, store, version) = (files.clone(), store.clone(), version.to_owned());
    apart(move || match store.read_now(|db| hold::unheld(db, now)).map_err(io::Error::other)? {
        Ok(unheld) => remove(&files, region, owner, &version, &unheld),
        Err(_) => Ok(()),
    })
    .await;
}

/// Removes what was stored for somebody who did not come to be.
pub async fn tidy_all(files: &Files, store: &Store, region: Region, now: Timestamp, owner: WorkspaceId) {
    let (files, store) = (files.clone(), store.clone());
    apart(move || match store.read_now(|db| hold::unheld(db, now)).map_err(io::Error::other)? {
        Ok(unheld) => remove_all(&files, region, owner, &unheld),
        Err(_) => Ok(()),
    })
    .await;
}

async fn apart(removal: impl FnOnce() -> io::Result<()> + Send + 'static) {
    if let Ok(Err(error)) = tokio::task::spawn_blocking(removal).await {
        tracing::warn!(%error, "a photo that nobody shows could not be removed");
    }
}

/// Removes all sizes of a version. Doing it twice changes nothing. Blocks.
pub fn remove(files: &Files, region: Region, owner: WorkspaceId, version: &str, unheld: &Unheld) -> io::Result<()> {
    for size in SIZES {
        for encoding in Encoding::ALL {
            files.remove(region, &name(owner, version, size, encoding), unheld)?;
        }
    }
    Ok(())
}

/// Removes everything that is stored of an owner's photos. Doing it twice changes nothing. Blocks.
pub fn remove_all(files: &Files, region: Region, owner: WorkspaceId, unheld: &Unheld) -> io::Result<()> {
    files.remove_folder(region, &folder(owner), unheld)
}

/// The stored bytes of one size; `None` for anything that is not there. Blocks.
pub fn read(files: &Files, owner: WorkspaceId, version: &str, size: u32) -> io::Result<Option<(Encoding, Vec<u8>)>> {
    let Some(region) = Region::of_token(version) else { return Ok(None) };
    if !SIZES.contains(&size) || version.len() != 31 || !version.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    for encoding in Encoding::ALL {
        if let Some(bytes) = files.get(region, &name(owner, version, size, encoding))? {
            return Ok(Some((encoding, bytes)));
        }
    }
    Ok(None)
}

/// The folder of everything that is stored of this owner's photos: a person's personal workspace, or an organization.
pub fn folder(owner: WorkspaceId) -> String {
    format!("{FOLDER}/{owner}")
}

fn name(owner: WorkspaceId, version: &str, size: u32, encoding: Encoding) -> String {
    format!("{}/{version}-{size}.{}", folder(owner), encoding.extension())
}

#[cfg(test)]
mod tests;
