//! API keys as text: a prefix that people and secret scanners recognise, 124 random bits, and a checksum.
//!
//! `<prefix>_` and 40 lower-case hex digits: 1 names the region, 31 are random, the last 8 are the CRC-32 of all that
//! stands before them.
//! Rule: only the digest is looked up, and only for a text that [`parse`] lets through. The prefix decides nothing: a key
//! with an earlier one stays valid.

use std::fmt;
use std::str::FromStr;

use super::chance::Chance;
use super::token::TokenDigest;
use crate::kernel::region::Region;
use crate::kernel::shown_once::ShownOnce;

const DIGITS: usize = 40;
const CHECKSUM: usize = 8;
/// More than any other region will have a name for.
const LONGEST_PREFIX: usize = 12;

/// What keys begin with before the underscore: 1 to 12 of `a-z0-9`, the first a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not 1 to 12 of a-z and 0-9 that begin with a letter")]
pub struct BadPrefix;

impl FromStr for Prefix {
    type Err = BadPrefix;

    fn from_str(text: &str) -> Result<Self, BadPrefix> {
        let is_short = (1..=LONGEST_PREFIX).contains(&text.len());
        let is_plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let has_letter = text.starts_with(|c: char| c.is_ascii_lowercase());
        if is_short && is_plain && has_letter { Ok(Self(text.to_owned())) } else { Err(BadPrefix) }
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("ks".to_owned())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key that was just made: its only copy, and what is kept of it.
pub struct NewKey {
    pub value: ShownOnce,
    pub digest: TokenDigest,
    /// What recognises it in a list: the prefix with the region's digit, and the last four digits.
    pub beginning: String,
    pub last_four: String,
}

/// A text that may be a key: its shape and checksum are right. Whether it is one, only a look-up tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    pub region: Region,
    pub digest: TokenDigest,
}

pub fn mint(chance: &Chance, prefix: &Prefix, region: Region) -> NewKey {
    let random = data_encoding::HEXLOWER.encode(&chance.bytes::<16>());
    let beginning = format!("{prefix}_{}", digit(region));
    // 124 of the 128 random bits: the region's digit takes the place of four.
    let body = format!("{beginning}{}", &random[1..]);
    let text = format!("{body}{:08x}", crc32fast::hash(body.as_bytes()));
    NewKey {
        digest: TokenDigest::of(&text),
        beginning,
        last_four: text[text.len() - 4..].to_owned(),
        value: ShownOnce::new(text),
    }
}

/// Refuses what was mistyped, cut off or made elsewhere, without asking anybody.
pub fn parse(text: &str) -> Option<Parsed> {
    let (prefix, digits) = text.split_once('_')?;
    prefix.parse::<Prefix>().ok()?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if digits.len() != DIGITS || !is_hex {
        return None;
    }
    let (body, checksum) = text.split_at(text.len() - CHECKSUM);
    if format!("{:08x}", crc32fast::hash(body.as_bytes())) != checksum {
        return None;
    }
    let region = Region::ALL.iter().copied().find(|region| digits.starts_with(digit(*region)))?;
    Some(Parsed { region, digest: TokenDigest::of(text) })
}

const fn digit(region: Region) -> char {
    match region {
        Region::Us => '1',
        Region::Eu => '2',
        Region::Ap => '3',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(prefix: &str, region: Region) -> String {
        mint(&Chance::system(), &prefix.parse().unwrap(), region).value.reveal()
    }

    #[test]
    fn a_key_tells_its_region_and_is_recognised_by_its_ends() {
        let made = mint(&Chance::seeded(7), &Prefix::default(), Region::Eu);
        let (beginning, last_four, digest) = (made.beginning, made.last_four, made.digest);
        let text = made.value.reveal();
        assert_eq!(text.len(), "ks_".len() + DIGITS);
        assert!(text.starts_with("ks_2") && text.starts_with(&beginning) && text.ends_with(&last_four));
        assert_eq!(parse(&text), Some(Parsed { region: Region::Eu, digest }));
    }

    #[test]
    fn the_checksum_is_over_all_that_stands_before_it() {
        let text = "ks_269202f345c10371483bb2ca5ff9f760bff851e3";
        assert_eq!(parse(text).unwrap().region, Region::Eu);
        assert_eq!(parse(&text.replace("ks_", "ei_")), None);
        // Right but for a region that there is not.
        let body = "ks_869202f345c10371483bb2ca5ff9f760";
        assert_eq!(parse(&format!("{body}{:08x}", crc32fast::hash(body.as_bytes()))), None);
    }

    #[test]
    fn a_prefix_is_a_short_word() {
        for wrong in ["", "K", "ks_", "1k", "a-b", "abcdefghijklm", "é"] {
            assert_eq!(wrong.parse::<Prefix>(), Err(BadPrefix), "{wrong:?}");
        }
        for right in ["k", "ei", "ul", "keystead1234"] {
            assert_eq!(right.parse::<Prefix>().unwrap().to_string(), right);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_key_parses_whatever_its_prefix(prefix in "[a-z][a-z0-9]{0,11}", region in 0_usize..3) {
            let region = Region::ALL[region];
            prop_assert_eq!(parse(&key(&prefix, region)).map(|parsed| parsed.region), Some(region));
        }

        #[test]
        fn one_wrong_digit_is_noticed(at in 0_usize..DIGITS, other in "[0-9a-f]") {
            let text = key("ks", Region::Us);
            let mut typed = text.clone();
            typed.replace_range(3 + at..4 + at, &other);
            prop_assert_eq!(parse(&typed).is_some(), typed == text);
        }

        #[test]
        fn nothing_else_is_a_key_and_nothing_panics(text in ".*") {
            prop_assert_eq!(parse(&text), None);
        }
    }
}
