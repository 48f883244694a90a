//! What the decoder of JPEG pictures forgives and we do not: files that end early, and files made of thousands of scans.
//!
//! A progressive JPEG of a few kilobytes can ask for the whole picture to be gone over again and again.

use super::BadPhoto;

/// Cameras and editors write about ten.
const MOST_SCANS: usize = 64;

const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// Walks from marker to marker until the end of the image; what follows it is not looked at.
pub(super) fn check(bytes: &[u8]) -> Result<(), BadPhoto> {
    let mut scans = 0;
    let mut at = 0;
    loop {
        let marker = next_marker(bytes, &mut at).ok_or(BadPhoto::Broken)?;
        match marker {
            END_OF_IMAGE if scans > 0 => return Ok(()),
            END_OF_IMAGE => return Err(BadPhoto::Broken),
            START_OF_IMAGE | 0x01 | 0xD0..=0xD7 => {}
            _ => {
                let length = bytes.get(at..at + 2).ok_or(BadPhoto::Broken)?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                at += length.max(2);
                if marker == START_OF_SCAN {
                    scans += 1;
                }
            }
        }
        if scans > MOST_SCANS {
            return Err(BadPhoto::Broken);
        }
    }
}

/// The next byte after `FF` that is neither stuffing nor filling; `at` then stands behind it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = bytes.get(*at..)?;
        let found = rest.iter().position(|byte| *byte == 0xFF)?;
        *at += found + 1;
        match *bytes.get(*at)? {
            0x00 => *at += 1,
            0xFF => {}
            marker => {
                *at += 1;
                return Some(marker);
            }
        }
    }
}
