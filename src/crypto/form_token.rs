//! The token in every form: proof that the form was made by this site for this browser's session.
//!
//! Rule: it looks different in every answer, so that a compressed page does not leak it (BREACH).

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::chance::Chance;
use super::keyring::{Keyring, NamedKey};

/// A fresh mask and the session's token under it, 86 characters.
pub fn issue(keyring: &Keyring, chance: &Chance, seed: &str) -> String {
    let mask = chance.bytes::<32>();
    let masked = xor(mask, of_session(keyring, seed));
    BASE64URL_NOPAD.encode(&[mask, masked].concat())
}

/// Whether `given` was issued for the same seed. Rubbish is simply not.
pub fn verify(keyring: &Keyring, seed: &str, given: &str) -> bool {
    let Ok(bytes) = BASE64URL_NOPAD.decode(given.as_bytes()) else { return false };
    let Ok(bytes) = <[u8; 64]>::try_from(bytes) else { return false };
    let (mask, masked) = bytes.split_at(32);
    let token: Vec<u8> = mask.iter().zip(masked).map(|(a, b)| a ^ b).collect();
    token.ct_eq(&of_session(keyring, seed)).into()
}

fn of_session(keyring: &Keyring, seed: &str) -> [u8; 32] {
    keyring.mac(NamedKey::FormToken, &[seed.as_bytes()])
}

fn xor(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| a[i] ^ b[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_different_each_time_and_good_for_its_session_only() {
        let (keyring, chance) = (Keyring::fixed(1), Chance::system());
        let (one, two) = (issue(&keyring, &chance, "ada"), issue(&keyring, &chance, "ada"));
        assert_ne!(one, two);
        assert!(verify(&keyring, "ada", &one) && verify(&keyring, "ada", &two));
        assert!(!verify(&keyring, "eve", &one));
        for rubbish in ["", "x", &one[1..], "ünïcödé"] {
            assert!(!verify(&keyring, "ada", rubbish));
        }
    }

    proptest::proptest! {
        #[test]
        fn rubbish_is_refused(given in ".*") {
            proptest::prop_assert!(!verify(&Keyring::fixed(1), "ada", &given));
        }

        #[test]
        fn one_changed_character_is_refused(at in 0..86_usize, c in "[A-Za-z0-9_-]") {
            let keyring = Keyring::fixed(1);
            let mut token = issue(&keyring, &Chance::seeded(1), "ada");
            proptest::prop_assume!(token[at..=at] != c);
            token.replace_range(at..=at, &c);
            proptest::prop_assert!(!verify(&keyring, "ada", &token));
        }
    }
}
