//! From bytes to one upright square of pixels, within limits on everything the bytes may ask for.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{BadPhoto, MOST_PIXELS, jpeg};

/// No decoder may take more than this: 20 megapixels with four channels of 16 bits, and a little to work with.
const MOST_MEMORY: u64 = 176 * 1024 * 1024;
/// More than this is only ever drawn to be thrown away again.
const WORKING_EDGE: u32 = 1024;

/// The square a person chose, in pixels of the upright picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    pub x: u32,
    pub y: u32,
    pub edge: u32,
}

impl Crop {
    /// As the script of the page sends it; anything else means the centre.
    pub fn parse(x: &str, y: &str, edge: &str) -> Option<Self> {
        let crop = Self { x: x.parse().ok()?, y: y.parse().ok()?, edge: edge.parse().ok()? };
        (crop.edge > 0).then_some(crop)
    }

    fn centred(width: u32, height: u32) -> Self {
        let edge = width.min(height);
        Self { x: (width - edge) / 2, y: (height - edge) / 2, edge }
    }

    fn fits(self, width: u32, height: u32) -> bool {
        let ends_within = |start: u32, most: u32| start.checked_add(self.edge).is_some_and(|end| end <= most);
        ends_within(self.x, width) && ends_within(self.y, height)
    }
}

/// Only the first frame of an animation is looked at.
pub(super) fn square(bytes: &[u8], crop: Option<Crop>) -> Result<DynamicImage, BadPhoto> {
    let picture = upright(bytes)?;
    let (width, height) = (picture.width(), picture.height());
    let Crop { x, y, edge } =
        crop.filter(|crop| crop.fits(width, height)).unwrap_or_else(|| Crop::centred(width, height));
    let square = picture.crop_imm(x, y, edge, edge);
    drop(picture);
    // Averaging first is quick, and what is left is small enough for a careful filter.
    Ok(if edge > WORKING_EDGE { square.thumbnail_exact(WORKING_EDGE, WORKING_EDGE) } else { square })
}

fn upright(bytes: &[u8]) -> Result<DynamicImage, BadPhoto> {
    let format = image::guess_format(bytes).map_err(|_| BadPhoto::NotAPicture)?;
    match format {
        ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif => {}
        ImageFormat::Jpeg => jpeg::check(bytes)?,
        _ => return Err(BadPhoto::NotAPicture),
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(BadPhoto::TooManyPixels);
    }
    if width == 0 || height == 0 {
        return Err(BadPhoto::Broken);
    }
    limits.reserve(decoder.total_bytes()).map_err(refusal)?;
    decoder.set_limits(limits).map_err(refusal)?;
    // A camera's note that the picture lies on its side is the one piece of metadata that is used.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err")]
fn refusal(error: ImageError) -> BadPhoto {
    match error {
        ImageError::Limits(_) => BadPhoto::TooManyPixels,
        _ => BadPhoto::Broken,
    }
}
