//! SHA-256 (FIPS 180-4) over several parts, and how two digests are compared.
//!
//! Rule: a digest without a key is for what is itself unguessable or not secret. Anything guessable needs
//! [`Keyring::mac`](super::keyring::Keyring::mac).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Each part is preceded by its length, so that `ab`,`c` and `a`,`bc` differ.
pub fn sha256_of_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Whether two secrets are the same, in a time that depends on their length only.
pub fn are_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_moved_from_one_to_the_next() {
        assert_ne!(sha256_of_parts(&[b"ab", b"c"]), sha256_of_parts(&[b"a", b"bc"]));
        assert_ne!(sha256_of_parts(&[]), sha256_of_parts(&[b""]));
    }

    #[test]
    fn comparing_looks_at_content_and_length() {
        assert!(are_same(b"abc", b"abc"));
        assert!(!are_same(b"abc", b"abd") && !are_same(b"abc", b"abcd"));
    }
}
