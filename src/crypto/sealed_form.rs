//! Text that goes through the browser and comes back unread and unchanged: a set-up not yet stored, a form left behind.
//!
//! Rule: bound to a purpose and an audience (a session, a visitor's seed), and good for a while only.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::act::Act;
use super::keyring::{NamedKey, decrypt, encrypt, lengthed};
use crate::kernel::time::Timestamp;

const SALT: usize = 16;

/// Seals `text` for `audience`, to be opened within `valid_for`.
pub fn seal(act: &Act, purpose: &str, audience: &str, valid_for: Duration, text: &str) -> String {
    let until = act.now.plus(valid_for);
    let salt = act.chance.bytes::<SALT>();
    let mut sealed = until.as_micros().to_be_bytes().to_vec();
    sealed.extend_from_slice(&salt);
    sealed.extend(encrypt(&act.chance, &key_of(act, salt), &place(purpose, audience, until), text.as_bytes()));
    BASE64URL_NOPAD.encode(&sealed)
}

/// What was sealed; `None` when it is too old, another's, changed, or no such thing at all.
pub fn open(act: &Act, purpose: &str, audience: &str, sealed: &str) -> Option<Zeroizing<String>> {
    let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    let (until, rest) = bytes.split_first_chunk::<8>()?;
    let (salt, sealed) = rest.split_first_chunk::<SALT>()?;
    let until = Timestamp::from_micros(i64::from_be_bytes(*until));
    let opened = decrypt(&key_of(act, *salt), &place(purpose, audience, until), sealed).ok()?;
    let text = Zeroizing::new(std::str::from_utf8(&opened).ok()?.to_owned());
    (until > act.now).then_some(text)
}

/// A key for this text alone. Strangers decide how many texts are sealed, so it is never the master key that seals them:
/// its random nonces are good for 2^32 records (NIST SP 800-38D, section 8.3).
fn key_of(act: &Act, salt: [u8; SALT]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(act.keyring.mac(NamedKey::SealedForm, &[&salt]))
}

fn place(purpose: &str, audience: &str, until: Timestamp) -> Vec<u8> {
    lengthed(&[purpose.as_bytes(), audience.as_bytes(), &until.as_micros().to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::chance::Chance;
    use crate::crypto::keyring::Keyring;
    use crate::kernel::origin::Origin;
    use crate::kernel::time::{minutes, seconds};
    use proptest::prelude::*;

    fn act() -> Act {
        Act {
            now: Timestamp::from_seconds(1_000),
            chance: Chance::seeded(1),
            keyring: Keyring::fixed(1).into(),
            origin: Origin::default(),
        }
    }

    #[test]
    fn a_sealed_text_comes_back_to_its_audience_in_time() {
        let mut act = act();
        let sealed = seal(&act, "mfa", "ada", minutes(10), "key \"quoted\"");
        assert_eq!(open(&act, "mfa", "ada", &sealed).unwrap().as_str(), "key \"quoted\"");
        assert!(open(&act, "mfa", "eve", &sealed).is_none());
        assert!(open(&act, "other", "ada", &sealed).is_none());
        assert!(open(&act, "mfaa", "da", &sealed).is_none());
        assert_ne!(seal(&act, "mfa", "ada", minutes(10), "same"), seal(&act, "mfa", "ada", minutes(10), "same"));
        assert!(open(&act, "mfa", "ada", "rubbish").is_none());
        act.now = act.now.plus(minutes(10) + seconds(1));
        assert!(open(&act, "mfa", "ada", &sealed).is_none());
    }

    proptest! {
        #[test]
        fn one_changed_character_or_a_lost_end_is_noticed(text: String, at: prop::sample::Index, c in "[A-Za-z0-9_-]") {
            let sealed = seal(&act(), "p", "a", minutes(1), &text);
            prop_assert_eq!(open(&act(), "p", "a", &sealed).unwrap().to_string(), text);
            let at = at.index(sealed.len());
            prop_assert!(open(&act(), "p", "a", &sealed[..at]).is_none());
            prop_assume!(sealed[at..=at] != c);
            let mut changed = sealed;
            changed.replace_range(at..=at, &c);
            prop_assert!(open(&act(), "p", "a", &changed).is_none());
        }

        #[test]
        fn rubbish_does_not_open(text in ".*") {
            prop_assert!(open(&act(), "p", "a", &text).is_none());
        }
    }
}
