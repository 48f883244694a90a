//! Signatures of devices: HMAC-SHA256 (RFC 2104) over a whole file in which the signature itself stands as 64 zeros.
//!
//! Rule: signed are the bytes as they were sent, read in place and never copied or written anew. The key is the *text*
//! of the HMAC key, also when that text looks like hexadecimal.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::digest::are_same;

/// Characters of a signature, all of them lower-case hexadecimal.
pub const LENGTH: usize = 64;

const ZEROS: [u8; LENGTH] = [b'0'; LENGTH];

/// A file, and where in it its signature stands.
#[derive(Clone, Copy)]
pub struct SignedFile<'a> {
    before: &'a [u8],
    signature: &'a [u8],
    after: &'a [u8],
}

impl<'a> SignedFile<'a> {
    /// `start` is where the first character of the signature stands; `None` when it does not fit in the file.
    pub fn new(file: &'a [u8], start: usize) -> Option<Self> {
        let (before, rest) = file.split_at_checked(start)?;
        let (signature, after) = rest.split_at_checked(LENGTH)?;
        Some(Self { before, signature, after })
    }

    /// Still the zeros it was made with.
    pub fn is_unsigned(&self) -> bool {
        self.signature == ZEROS
    }

    /// Whether the key signed it. Reads the whole file.
    pub fn is_by(&self, key_text: &str) -> bool {
        are_same(self.signature, self.made_with(key_text.as_bytes()).as_bytes())
    }

    /// Whether the bytes that the key's text stands for in hexadecimal signed it: a common mistake, and worth naming.
    pub fn is_by_decoded(&self, key_text: &str) -> bool {
        let Ok(key) = HEXLOWER_PERMISSIVE.decode(key_text.as_bytes()).map(Zeroizing::new) else { return false };
        are_same(self.signature, self.made_with(&key).as_bytes())
    }

    /// What should stand where the signature stands.
    pub fn signed_with(&self, key_text: &str) -> String {
        self.made_with(key_text.as_bytes())
    }

    fn made_with(&self, key: &[u8]) -> String {
        let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else {
            unreachable!("HMAC takes keys of any length")
        };
        for slice in [self.before, &ZEROS, self.after] {
            mac.update(slice);
        }
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer of `printf %s "a{64 zeros}b" | openssl dgst -sha256 -hmac "$KEY"`.
    const KEY: &str = "00112233445566778899aabbccddeeff";
    const BY_TEXT: &str = "c9f4da28db069142d456302678e8b9738703fd73c52478fd5056d22215584e67";
    const BY_BYTES: &str = "42346a8fef7e984140f08daf2186bfd75616955f5fb4a8382c354880d1711a34";

    fn file(signature: &str) -> String {
        format!("a{signature}b")
    }

    #[test]
    fn openssl_agrees() {
        let unsigned = file(&"0".repeat(LENGTH));
        let unsigned = SignedFile::new(unsigned.as_bytes(), 1).unwrap();
        assert!(unsigned.is_unsigned() && !unsigned.is_by(KEY) && !unsigned.is_by_decoded(KEY));
        assert_eq!(unsigned.signed_with(KEY), BY_TEXT);

        let signed = file(BY_TEXT);
        let signed = SignedFile::new(signed.as_bytes(), 1).unwrap();
        assert!(signed.is_by(KEY) && !signed.is_by_decoded(KEY) && !signed.is_unsigned());
        assert!(!signed.is_by("00112233445566778899aabbccddeefe"));
    }

    #[test]
    fn a_key_that_was_decoded_from_hexadecimal_is_told_apart() {
        let signed = file(BY_BYTES);
        let signed = SignedFile::new(signed.as_bytes(), 1).unwrap();
        assert!(signed.is_by_decoded(KEY) && signed.is_by_decoded(&KEY.to_uppercase()) && !signed.is_by(KEY));
        assert!(!signed.is_by_decoded("not hexadecimal"));
    }

    #[test]
    fn every_byte_around_the_signature_counts() {
        let signed = file(BY_TEXT);
        for at in 0..signed.len() {
            let mut changed = signed.clone().into_bytes();
            changed[at] ^= 1;
            assert!(!SignedFile::new(&changed, 1).unwrap().is_by(KEY), "{at}");
        }
    }

    #[test]
    fn a_signature_lies_inside_its_file() {
        assert!(SignedFile::new(&ZEROS, 0).is_some());
        assert!(SignedFile::new(&ZEROS, 1).is_none());
        assert!(SignedFile::new(&ZEROS, usize::MAX).is_none());
    }
}
