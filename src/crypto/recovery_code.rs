//! Recovery codes: ten of 80 bits, each for one sign-in without the authenticator.
//!
//! Rule: only digests are stored. At 80 random bits a plain hash is enough (ASVS V6.5.2); it is bound to the account.

use data_encoding::{Encoding, HEXLOWER, Specification};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

use super::chance::Chance;
use crate::kernel::shown_once::ShownOnce;

pub const COUNT: usize = 10;

/// Crockford's alphabet in lower case: no `i`, `l`, `o`, `u`, so that nothing is misread on paper.
const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";

static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str(ALPHABET);
    specification.encoding().ok()
});

/// `abcd-efgh-jkmn-pqrs`
pub fn mint(chance: &Chance) -> ShownOnce {
    let bytes = chance.bytes::<10>();
    let text = BASE32.as_ref().map(|base32| base32.encode(&bytes)).unwrap_or_default();
    let groups: Vec<&str> = (0..4).map(|i| &text[i * 4..i * 4 + 4]).collect();
    ShownOnce::new(groups.join("-"))
}

/// The digest of what was typed, whatever its case, spaces, hyphens and look-alike letters.
pub fn digest(account: &str, typed: &str) -> String {
    let plain: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    HEXLOWER.encode(&Sha256::new().chain_update(account).chain_update([0]).chain_update(plain).finalize())
}

/// Whether a typed text could be a recovery code rather than six digits.
pub fn looks_like_one(typed: &str) -> bool {
    typed.chars().filter(char::is_ascii_alphanumeric).count() == 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        let code = mint(&Chance::seeded(5)).reveal();
        assert_eq!(code.len(), 19);
        assert!(looks_like_one(&code));
        let sloppy = format!("  {} ", code.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l"));
        assert_eq!(digest("ada", &sloppy), digest("ada", &code));
        assert_ne!(digest("eve", &code), digest("ada", &code));
    }

    #[test]
    fn every_one_of_the_eighty_bits_is_in_the_code() {
        let base32 = BASE32.as_ref().unwrap();
        let bytes = [0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf];
        assert_eq!(base32.encode(&bytes), "0123456789abcdef");
        assert_eq!(base32.encode(&[255; 10]), "z".repeat(16));
    }
}
