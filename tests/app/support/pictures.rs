//! Pictures that are uploaded: good ones, and one of each kind that is refused.

use image::{ImageFormat, Rgb, RgbImage};

/// Wider than high, so that it is cut.
pub fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(90, 60, Rgb([200, 30, 30])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Bytes with the beginning of the sentence that refuses them.
pub fn bad_pictures() -> Vec<(Vec<u8>, &'static str)> {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let mut half = picture(ImageFormat::Png);
    half.truncate(half.len() / 2);
    vec![
        (svg.to_vec(), "This is not a PNG, JPEG, WebP or GIF picture"),
        (half, "The picture is damaged or incomplete."),
        (vec![0; 5 * 1024 * 1024 + 1], "The file is larger than 5 MB."),
        (b"GIF89a<script>alert(1)</script>".to_vec(), "The picture has more than 20 megapixels."),
    ]
}
