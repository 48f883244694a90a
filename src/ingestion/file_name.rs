//! The name a file came under: kept to be shown and to tell what the file is, never to be a path.

use std::fmt;

use crate::kernel::names::{BadText, one_line};
use crate::kernel::percent;
use crate::kernel::time::Timestamp;

/// In characters.
pub const LONGEST: usize = 200;

/// One visible line without folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFileName {
    #[error("The file has no name.")]
    Missing,
    #[error("The file's name is too long: {LONGEST} characters are the most.")]
    TooLong,
    #[error("The file's name has invisible characters.")]
    Invisible,
}

impl FileName {
    /// As a header or a form part gave it: percent-encoded or plain, perhaps with the folders of another machine
    /// before it, which are dropped.
    pub fn parse(given: &str) -> Result<Self, BadFileName> {
        let plain = percent::decoded(given);
        let plain = plain.as_deref().unwrap_or(given);
        let last = plain.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = one_line(last, LONGEST).map_err(|error| match error {
            BadText::Invisible => BadFileName::Invisible,
            BadText::TooLong(_) => BadFileName::TooLong,
            BadText::Missing | BadText::Unnamed | BadText::TooShort(_) => BadFileName::Missing,
        })?;
        // What is nothing but dots names a folder.
        if name.chars().all(|c| c == '.') { Err(BadFileName::Missing) } else { Ok(Self(name)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With a mark of the time before its extension, so that a device that sends one name again and again is told apart.
    #[must_use]
    pub fn dated(&self, now: Timestamp) -> Self {
        let mark = base_36(now.as_micros().unsigned_abs());
        Self(match self.0.rsplit_once('.') {
            Some((name, extension)) => format!("{name}.{mark}.{extension}"),
            None => format!("{}.{mark}", self.0),
        })
    }
}

fn base_36(mut n: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[(n % 36) as usize]));
        n /= 36;
        if n == 0 {
            return digits.iter().rev().collect();
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_follows_the_last_folder() {
        for (given, name) in [
            ("idle.01.json", "idle.01.json"),
            ("caf%C3%A9.wav", "café.wav"),
            ("100%.wav", "100%.wav"),
            (" 2fb6.json", "2fb6.json"),
            ("training/idle.json", "idle.json"),
            ("C:\\data\\idle.json", "idle.json"),
            ("..%2F..%2Fetc%2Fpasswd", "passwd"),
            ("../../idle.json", "idle.json"),
        ] {
            assert_eq!(FileName::parse(given).map(|name| name.to_string()), Ok(name.to_owned()), "{given}");
        }
    }

    #[test]
    fn a_dated_name_keeps_its_label_and_its_extension() {
        let dated = |name: &str| FileName::parse(name).unwrap().dated(Timestamp::from_micros(36_000_035)).to_string();
        assert_eq!(dated("idle.01.json"), "idle.01.lflsz.json");
        assert_eq!(dated("idle"), "idle.lflsz");
    }

    #[test]
    fn no_name_is_made_up_for_what_has_none() {
        for (given, error) in [
            ("", BadFileName::Missing),
            ("  ", BadFileName::Missing),
            ("..", BadFileName::Missing),
            ("a/", BadFileName::Missing),
            ("a/..", BadFileName::Missing),
            ("%2E%2E", BadFileName::Missing),
            ("a\0.json", BadFileName::Invisible),
            ("a%00.json", BadFileName::Invisible),
            ("a%0D%0Ab.json", BadFileName::Invisible),
            ("a\u{202E}nosj.exe", BadFileName::Invisible),
        ] {
            assert_eq!(FileName::parse(given), Err(error), "{given:?}");
        }
        assert!(FileName::parse(&"a".repeat(LONGEST)).is_ok());
        assert_eq!(FileName::parse(&"a".repeat(LONGEST + 1)), Err(BadFileName::TooLong));
        assert_eq!(FileName::parse(&"é".repeat(4_096)), Err(BadFileName::TooLong));
    }
}
