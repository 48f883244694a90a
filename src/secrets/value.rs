//! A secret's value, on its way in or out.

use zeroize::Zeroizing;

/// More than any key or certificate chain has.
pub const LARGEST: usize = 64 * 1024;

/// 1 byte to 64 KB of text without NUL, which no environment can hold. No `Debug` and no `Clone`; wiped when dropped.
pub struct SecretValue(Zeroizing<String>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    #[error("Enter the secret.")]
    Empty,
    #[error("Use at most 64 KB.")]
    Large,
    #[error("Leave out NUL characters: no environment variable can hold them.")]
    Nul,
}

impl SecretValue {
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, BadValue> {
        let text: Zeroizing<String> = text.into();
        match text.len() {
            0 => Err(BadValue::Empty),
            1..=LARGEST if text.contains('\0') => Err(BadValue::Nul),
            1..=LARGEST => Ok(Self(text)),
            _ => Err(BadValue::Large),
        }
    }

    /// As a form sends it: browsers end every line with CR LF, whatever was typed.
    pub fn typed(text: &str) -> Result<Self, BadValue> {
        // Twice the largest cannot fit, whatever its line ends.
        if text.len() > 2 * LARGEST {
            return Err(BadValue::Large);
        }
        Self::new(unix_lines(text))
    }

    /// What was sealed; it was checked when it came in.
    pub(super) fn of_sealed(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(|text| Self(Zeroizing::new(text.to_owned())))
    }

    /// For sealing it, or for the one answer that hands it to a program.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// With every CR LF as LF, in one piece of memory: what a growing text leaves behind is wiped by nobody.
pub(super) fn unix_lines(text: &str) -> Zeroizing<String> {
    let mut lines = Zeroizing::new(String::with_capacity(text.len()));
    for (n, line) in text.split("\r\n").enumerate() {
        lines.push_str(if n == 0 { "" } else { "\n" });
        lines.push_str(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Option<BadValue> {
        SecretValue::typed(text).err()
    }

    #[test]
    fn a_value_is_anything_an_environment_can_hold() {
        assert_eq!(check(""), Some(BadValue::Empty));
        assert_eq!(check("a\0b"), Some(BadValue::Nul));
        assert_eq!(check(&"x".repeat(LARGEST)), None);
        assert_eq!(check(&"x".repeat(LARGEST + 1)), Some(BadValue::Large));
        assert_eq!(check(&"\r\n".repeat(LARGEST)), None);
        assert_eq!(check(&"\r\n".repeat(LARGEST + 1)), Some(BadValue::Large));
        assert_eq!(SecretValue::typed("a\r\nb\u{1}\u{202e} ").ok().unwrap().expose(), "a\nb\u{1}\u{202e} ");
    }
}
