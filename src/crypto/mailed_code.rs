//! Six digits in a mail: bound to an account and a purpose. So few digits are stored as a keyed digest only.

use subtle::ConstantTimeEq;

use super::chance::Chance;
use super::keyring::{Keyring, NamedKey};
use crate::kernel::shown_once::ShownOnce;

/// The code for the mail, and the digest to store.
pub fn mint(chance: &Chance, keyring: &Keyring, account: &str, purpose: &str) -> (ShownOnce, String) {
    let code = format!("{:06}", chance.below(1_000_000));
    let stored = digest(keyring, account, purpose, &code);
    (ShownOnce::new(code), stored)
}

/// The digest of what was typed; spaces do not count.
pub fn digest(keyring: &Keyring, account: &str, purpose: &str, typed: &str) -> String {
    let code: String = typed.chars().filter(|c| !c.is_whitespace()).take(16).collect();
    keyring.mac_hex(NamedKey::MailedCode, &[account.as_bytes(), purpose.as_bytes(), code.as_bytes()])
}

/// Compares two digests in constant time.
pub fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_for_one_account_and_purpose() {
        let keyring = Keyring::fixed(1);
        let (code, stored) = mint(&Chance::seeded(3), &keyring, "ada", "confirm_email");
        let code = code.reveal();
        assert_eq!(code.len(), 6);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert!(is_same(&digest(&keyring, "ada", "confirm_email", &spaced), &stored));
        assert!(!is_same(&digest(&keyring, "eve", "confirm_email", &code), &stored));
        assert!(!is_same(&digest(&keyring, "ada", "other", &code), &stored));
    }
}
