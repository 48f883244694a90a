//! From bytes to one upright square of pixels, within limits on everything the bytes may ask for.
//!
//! Rule: the whole picture is in memory once, as it was decoded. It is cut and made smaller from there, and what is left
//! is turned.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops};

use super::{BadPhoto, MOST_PIXELS, jpeg};

/// The decoded picture: 20 megapixels with four channels of 8 bits.
const MOST_DECODED: u64 = MOST_PIXELS * 4;
/// The decoded picture and what its decoder works with: some keep a second copy until they are done.
const MOST_MEMORY: u64 = 2 * MOST_DECODED + 16 * 1024 * 1024;
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

    /// The same square in the picture as it was stored, `width` × `height`, before it is turned.
    fn before_turning(self, orientation: Orientation, width: u32, height: u32) -> Self {
        let Self { x, y, edge } = self;
        let from_right = |at: u32| width - at - edge;
        let from_bottom = |at: u32| height - at - edge;
        let (x, y) = match orientation {
            Orientation::NoTransforms => (x, y),
            Orientation::FlipHorizontal => (from_right(x), y),
            Orientation::FlipVertical => (x, from_bottom(y)),
            Orientation::Rotate180 => (from_right(x), from_bottom(y)),
            Orientation::Rotate90 => (y, from_bottom(x)),
            Orientation::Rotate270 => (from_right(y), x),
            Orientation::Rotate90FlipH => (y, x),
            Orientation::Rotate270FlipH => (from_right(y), from_bottom(x)),
        };
        Self { x, y, edge }
    }
}

/// Only the first frame of an animation is looked at.
pub(super) fn square(bytes: &[u8], crop: Option<Crop>) -> Result<DynamicImage, BadPhoto> {
    let (picture, orientation) = decoded(bytes)?;
    Ok(cut(&picture, orientation, crop))
}

fn cut(picture: &DynamicImage, orientation: Orientation, crop: Option<Crop>) -> DynamicImage {
    let (width, height) = picture.dimensions();
    let (upright_width, upright_height) = if is_on_its_side(orientation) { (height, width) } else { (width, height) };
    let crop = crop.filter(|crop| crop.fits(upright_width, upright_height));
    let crop = crop.unwrap_or_else(|| Crop::centred(upright_width, upright_height));
    let Crop { x, y, edge } = crop.before_turning(orientation, width, height);
    let square = picture.view(x, y, edge, edge);
    // Averaging first is quick, and what is left is small enough for a careful filter.
    let pixels =
        if edge > WORKING_EDGE { imageops::thumbnail(&*square, WORKING_EDGE, WORKING_EDGE) } else { square.to_image() };
    let mut square = DynamicImage::ImageRgba8(pixels);
    square.apply_orientation(orientation);
    square
}

const fn is_on_its_side(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn decoded(bytes: &[u8]) -> Result<(DynamicImage, Orientation), BadPhoto> {
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
    if decoder.total_bytes() > MOST_DECODED {
        return Err(BadPhoto::TooDeep);
    }
    limits.reserve(decoder.total_bytes()).map_err(refusal)?;
    decoder.set_limits(limits).map_err(refusal)?;
    // A camera's note that the picture lies on its side is the one piece of metadata that is used.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(refusal)?, orientation))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err")]
fn refusal(error: ImageError) -> BadPhoto {
    match error {
        ImageError::Limits(_) => BadPhoto::TooManyPixels,
        _ => BadPhoto::Broken,
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_square_cut_before_turning_is_the_one_chosen_in_the_upright_picture() {
        let picture = RgbImage::from_raw(7, 5, (0..105).collect()).unwrap();
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut upright = DynamicImage::ImageRgb8(picture.clone());
            upright.apply_orientation(orientation);
            let (x, y) = if is_on_its_side(orientation) { (1, 3) } else { (3, 1) };
            let chosen = cut(&picture.clone().into(), orientation, Some(Crop { x, y, edge: 3 }));
            assert_eq!(chosen.into_rgb8(), upright.crop_imm(x, y, 3, 3).into_rgb8(), "{exif}");
        }
    }
}
