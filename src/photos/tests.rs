//! Good, broken, huge and disguised pictures.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{Delay, Frame, ImageFormat, Rgb, RgbImage, RgbaImage};

use super::*;
use crate::kernel::id::Id;
use crate::kernel::time::Timestamp;

/// Red on the left, blue on the right, so that it shows what was cut off and turned.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) })
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

async fn refusal(bytes: Vec<u8>) -> Option<BadPhoto> {
    develop(bytes, None).await.err()
}

fn largest(photo: &Developed) -> RgbImage {
    let (size, _, bytes) = photo.0.last().unwrap();
    let picture = image::load_from_memory(bytes).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (*size, *size));
    picture
}

#[tokio::test]
async fn each_kind_of_picture_becomes_three_squares() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        let photo =
            develop(encoded(&two_halves(300, 200), format), None).await.unwrap_or_else(|e| panic!("{format:?} {e}"));
        assert_eq!(photo.0.iter().map(|(size, ..)| *size).collect::<Vec<_>>(), SIZES);
        let centre = largest(&photo);
        assert!(centre.get_pixel(10, 256).0[0] > 180, "{format:?} keeps the left of the centre");
        assert!(centre.get_pixel(500, 256).0[2] > 180, "{format:?} keeps the right of the centre");
    }
}

#[tokio::test]
async fn a_chosen_square_is_cut_out_and_an_impossible_one_is_ignored() {
    let bytes = encoded(&two_halves(400, 200), ImageFormat::Png);
    let right = develop(bytes.clone(), Crop::parse("200", "0", "200")).await.ok().unwrap();
    assert!(largest(&right).pixels().all(|p| p.0[2] > 180));
    for (x, y, edge) in [("300", "0", "200"), ("4294967295", "0", "200"), ("0", "0", "4294967295")] {
        let photo = develop(bytes.clone(), Crop::parse(x, y, edge)).await.ok().unwrap();
        assert!(largest(&photo).get_pixel(10, 10).0[0] > 180);
    }
    for (x, y, edge) in [("", "", ""), ("-1", "0", "5"), ("1.5", "0", "5"), ("0", "0", "0")] {
        assert_eq!(Crop::parse(x, y, edge), None);
    }
}

#[tokio::test]
async fn a_picture_taken_sideways_is_turned_upright_and_says_nothing_of_its_camera() {
    let upright = encoded(&two_halves(200, 200), ImageFormat::Jpeg);
    // EXIF with one entry, orientation 6 (turn right), and a text that stands for a place.
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"GPS 41.1496 N 8.6109 W");
    let mut bytes = upright[..2].to_vec();
    bytes.extend_from_slice(&[0xFF, 0xE1]);
    bytes.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend_from_slice(&exif);
    bytes.extend_from_slice(&upright[2..]);
    let photo = develop(bytes, None).await.ok().unwrap();
    let turned = largest(&photo);
    assert!(turned.get_pixel(256, 20).0[0] > 180, "left became top");
    assert!(turned.get_pixel(256, 490).0[2] > 180, "right became bottom");
    for (_, _, stored) in &photo.0 {
        let text = String::from_utf8_lossy(stored);
        assert!(!text.contains("Exif") && !text.contains("GPS"));
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_whatever_it_is_called() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    assert_eq!(refusal(svg).await, Some(BadPhoto::NotAPicture));
    assert_eq!(refusal(Vec::new()).await, Some(BadPhoto::NotAPicture));
    assert_eq!(refusal(b"%PDF-1.7".to_vec()).await, Some(BadPhoto::NotAPicture));
    assert_eq!(refusal(b"BM\x3e\0\0\0\0\0\0\0".to_vec()).await, Some(BadPhoto::NotAPicture));
    assert_eq!(refusal(b"GIF89a".to_vec()).await, Some(BadPhoto::Broken));
    assert_eq!(refusal(vec![0xFF, 0xD8, 0xFF, 0xD9]).await, Some(BadPhoto::Broken));
    assert_eq!(refusal(vec![0; MOST_BYTES + 1]).await, Some(BadPhoto::TooLarge));
}

#[tokio::test]
async fn what_ends_early_is_refused() {
    let picture =
        RgbImage::from_fn(300, 300, |x, y| Rgb([(x * 7 % 251) as u8, (y * 11 % 241) as u8, (x * y % 239) as u8]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        let whole = encoded(&picture, format);
        assert_eq!(refusal(whole.clone()).await, None, "{format:?}");
        for part in [whole.len() / 10, whole.len() / 2, whole.len() * 9 / 10] {
            assert_eq!(refusal(whole[..part].to_vec()).await, Some(BadPhoto::Broken), "{format:?} {part}");
        }
    }
}

#[tokio::test]
async fn what_would_fill_the_memory_is_refused_before_it_is_unpacked() {
    // 65,535 × 65,535 in a few hundred bytes: only the head is true.
    let png = claiming(65_535, 65_535, encoded(&two_halves(4, 4), ImageFormat::Png));
    assert_eq!(refusal(png).await, Some(BadPhoto::TooManyPixels));
    // Twelve megapixels of eight bytes each are as much as 24 of four.
    let deep = |edge| {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgba16(4, 4).write_to(&mut bytes, ImageFormat::Png).unwrap();
        claiming(edge, 3000, bytes.into_inner())
    };
    assert_eq!(refusal(deep(4000)).await, Some(BadPhoto::TooDeep));
    assert_eq!(refusal(deep(3000)).await, Some(BadPhoto::Broken), "small enough to be unpacked");
    // Truly there, but too many: 5,000 × 4,001 of one colour, some 20 KB.
    let large = encoded(&RgbImage::new(5000, 4001), ImageFormat::Png);
    assert!(large.len() < MOST_BYTES);
    assert_eq!(refusal(large).await, Some(BadPhoto::TooManyPixels));
    assert_eq!(refusal(encoded(&RgbImage::new(5000, 4000), ImageFormat::Png)).await, None);
}

#[tokio::test]
async fn of_an_animation_the_first_frame_is_taken() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for number in 0..1000_u32 {
        let shade = if number == 0 { 255 } else { 0 };
        let frame = RgbaImage::from_pixel(16, 16, image::Rgba([shade, 0, 0, 255]));
        encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_numer_denom_ms(10, 1))).unwrap();
    }
    drop(encoder);
    let photo = develop(bytes, None).await.ok().unwrap();
    assert!(largest(&photo).pixels().all(|p| p.0[0] > 240));
}

#[tokio::test]
async fn a_picture_that_is_also_something_else_loses_the_other_half() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif] {
        let mut bytes = encoded(&two_halves(20, 20), format);
        bytes.extend_from_slice(b"<script>alert(document.domain)</script>PK\x03\x04");
        let photo = develop(bytes, None).await.ok().unwrap();
        for (_, _, stored) in &photo.0 {
            assert!(!String::from_utf8_lossy(stored).contains("script"));
        }
    }
}

#[test]
fn a_jpeg_of_very_many_scans_is_refused() {
    let mut bytes = vec![0xFF, 0xD8];
    for _ in 0..65 {
        bytes.extend_from_slice(&[0xFF, 0xDA, 0, 2, 0]);
    }
    bytes.extend_from_slice(&[0xFF, 0xD9]);
    assert_eq!(jpeg::check(&bytes), Err(BadPhoto::Broken));
}

#[tokio::test]
async fn a_version_is_read_until_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new(folder.path().to_owned());
    let owner = WorkspaceId::from_parts(Timestamp::from_seconds(1), [7; 10]);
    let photo = develop(encoded(&two_halves(20, 20), ImageFormat::Png), None).await.ok().unwrap();
    let version = store(&files, Region::Eu, owner, &Chance::seeded(1), &photo).unwrap();
    for size in SIZES {
        assert!(read(&files, owner, &version, size).unwrap().is_some());
    }
    assert!(read(&files, owner, &version, 65).unwrap().is_none());
    for other in ["", "e", "../../master.key", &format!("u{}", &version[1..])] {
        assert!(read(&files, owner, other, 64).unwrap().is_none());
    }
    remove(&files, Region::Eu, owner, &version, &Unheld::for_test()).unwrap();
    remove(&files, Region::Eu, owner, &version, &Unheld::for_test()).unwrap();
    assert_eq!(files.list(Region::Eu, &super::folder(owner)).unwrap(), Vec::<String>::new());
}

/// The same PNG with another size in its head.
fn claiming(width: u32, height: u32, mut png: Vec<u8>) -> Vec<u8> {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}
