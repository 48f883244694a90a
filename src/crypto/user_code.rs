//! The code that a person types to let a program sign in (RFC 8628): eight letters, told apart by eye and by ear.
//!
//! Rule: 34 bits are few, so only a keyed digest is stored and tries are counted where they are made.

use super::chance::Chance;
use super::keyring::{Keyring, NamedKey};
use crate::kernel::shown_once::ShownOnce;

/// Without vowels no words come out, and none of these is taken for another or for a digit (RFC 8628, section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// The code as it is shown, `WDJB-MJHT`, and the digest to store.
pub fn mint(chance: &Chance, keyring: &Keyring) -> (ShownOnce, String) {
    let mut code = String::with_capacity(LENGTH + 1);
    for place in 0..LENGTH {
        if place == LENGTH / 2 {
            code.push('-');
        }
        code.push(char::from(LETTERS[chance.below(20) as usize % LETTERS.len()]));
    }
    let stored = of_letters(keyring, &letters(&code));
    (ShownOnce::new(code), stored)
}

/// The digest of what was typed, in large or small letters, with hyphens and spaces anywhere. `None`: no code is so.
pub fn digest(keyring: &Keyring, typed: &str) -> Option<String> {
    let code = letters(typed);
    let is_one = code.len() == LENGTH && code.bytes().all(|letter| LETTERS.contains(&letter));
    is_one.then(|| of_letters(keyring, &code))
}

/// As it is shown, for a form that is filled in before it is sent. What is no code comes back as it was, cut short.
pub fn tidy(typed: &str) -> String {
    let code = letters(typed);
    if code.len() == LENGTH && code.is_ascii() {
        format!("{}-{}", &code[..LENGTH / 2], &code[LENGTH / 2..])
    } else {
        typed.trim().chars().take(20).collect()
    }
}

fn letters(typed: &str) -> String {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}');
    typed.chars().filter(counts).take(2 * LENGTH).flat_map(char::to_uppercase).collect()
}

fn of_letters(keyring: &Keyring, code: &str) -> String {
    keyring.mac_hex(NamedKey::MailedCode, &[b"device", b"user_code", code.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_eight_letters_however_they_are_typed() {
        let keyring = Keyring::fixed(1);
        let (code, stored) = mint(&Chance::seeded(3), &keyring);
        let code = code.reveal();
        assert_eq!((code.len(), code.as_bytes()[4]), (9, b'-'));
        let lower = code.to_lowercase();
        for typed in
            [code.clone(), lower.clone(), lower.replace('-', ""), format!(" {} ", lower.replace('-', " \u{2013} "))]
        {
            assert_eq!(digest(&keyring, &typed).as_deref(), Some(stored.as_str()), "{typed:?}");
            assert_eq!(tidy(&typed), code);
        }
        assert_ne!(digest(&Keyring::fixed(2), &code), Some(stored));
        for wrong in ["", "WDJB-MJH", "WDJB-MJHTX", "AEIO-UAEI", "1234-5678", "WDJB\u{430}MJHT"] {
            assert_eq!(digest(&keyring, wrong), None, "{wrong:?}");
        }
        assert_eq!(tidy("<b>\u{e9}"), "<b>\u{e9}");
    }
}
