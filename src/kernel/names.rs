//! Names people choose: usernames, and the free text of a profile.
//!
//! Rule: text that is shown to others carries no control characters and nothing that reorders what is read around it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

/// 4–32 of `a-z0-9` with single inner hyphens; permanent; one namespace with organizations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Username(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUsername {
    #[error("Enter a username.")]
    Missing,
    #[error("Use 4 to 32 characters.")]
    Length,
    #[error("Use lower-case letters a to z, digits and single hyphens between them.")]
    Characters,
    #[error("This name is kept for the platform itself. Choose another.")]
    Reserved,
}

/// First segments of addresses, now or planned, and words that would pass for the platform itself.
/// A test holds the route table against this list.
pub const RESERVED_NAMES: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "app",
    "assets",
    "auth",
    "billing",
    "blog",
    "cancel-closing",
    "confirm",
    "confirm-mfa-reset",
    "contact",
    "dashboard",
    "docs",
    "download",
    "explore",
    "farewell",
    "favicon.ico",
    "forgot-password",
    "healthz",
    "help",
    "home",
    "invitation",
    "invitations",
    "jobs",
    "keystead",
    "legal",
    "login",
    "logout",
    "metrics",
    "new",
    "null",
    "oauth",
    "openapi.json",
    "organization",
    "organizations",
    "photos",
    "platform",
    "pricing",
    "privacy",
    "projects",
    "readyz",
    "register",
    "reset",
    "robots.txt",
    "root",
    "search",
    "security",
    "settings",
    "setup",
    "sign-in",
    "sign-out",
    "sign-up",
    "signin",
    "signup",
    "static",
    "status",
    "studio",
    "support",
    "system",
    "team",
    "terms",
    "theme",
    "trash",
    "undefined",
    "user",
    "users",
    "v1",
    "well-known",
    "www",
];

impl Username {
    pub fn parse(typed: &str) -> Result<Self, BadUsername> {
        let text = typed.trim().to_lowercase();
        if text.is_empty() {
            return Err(BadUsername::Missing);
        }
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            || text.starts_with('-')
            || text.ends_with('-')
            || text.contains("--")
        {
            return Err(BadUsername::Characters);
        }
        if !(4..=32).contains(&text.len()) {
            return Err(BadUsername::Length);
        }
        if RESERVED_NAMES.contains(&text.as_str()) {
            return Err(BadUsername::Reserved);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

crate::stored_text!(Username);

/// Why a text for others to read was refused. The caller names the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    #[error("Enter your name.")]
    Missing,
    /// A thing's name is missing.
    #[error("Give it a name.")]
    Unnamed,
    #[error("Use at least {0} characters.")]
    TooShort(usize),
    #[error("Use at most {0} characters.")]
    TooLong(usize),
    #[error("Leave out invisible characters: control characters and marks that change the reading direction.")]
    Invisible,
}

/// One line of text: trimmed, NFC, 0 to `most` characters, nothing invisible.
pub fn one_line(typed: &str, most: usize) -> Result<String, BadText> {
    plain_text(typed, most, false)
}

/// Several lines; line ends become `\n`.
pub fn several_lines(typed: &str, most: usize) -> Result<String, BadText> {
    plain_text(&typed.replace("\r\n", "\n"), most, true)
}

/// A person's name: one line, 1 to 100 characters.
pub fn person_name(typed: &str) -> Result<String, BadText> {
    let name = one_line(typed, 100)?;
    if name.is_empty() { Err(BadText::Missing) } else { Ok(name) }
}

/// The name of a thing: one line, 1 to `most` characters.
pub fn thing_name(typed: &str, most: usize) -> Result<String, BadText> {
    let name = one_line(typed, most)?;
    if name.is_empty() { Err(BadText::Unnamed) } else { Ok(name) }
}

fn plain_text(typed: &str, most: usize, lines: bool) -> Result<String, BadText> {
    // Counting first keeps a megabyte from being normalised only to be refused.
    if typed.len() > most * 16 + 64 {
        return Err(BadText::TooLong(most));
    }
    let text: String = typed.trim().nfc().collect();
    if text.chars().any(|c| is_invisible(c) && !(lines && c == '\n')) {
        return Err(BadText::Invisible);
    }
    if text.chars().count() > most { Err(BadText::TooLong(most)) } else { Ok(text) }
}

/// Control characters, and the format characters that reorder or hide text (Unicode TR 36, section 2.4).
/// The joiners U+200C and U+200D are left alone: names in Persian and several Indic scripts need them.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_lower_case_words() {
        assert_eq!(Username::parse(" Ada-Marchetti ").unwrap().as_str(), "ada-marchetti");
        assert_eq!(Username::parse("ada"), Err(BadUsername::Length));
        assert_eq!(Username::parse("ada--m"), Err(BadUsername::Characters));
        assert_eq!(Username::parse("-adam"), Err(BadUsername::Characters));
        assert_eq!(Username::parse("ädam"), Err(BadUsername::Characters));
        assert_eq!(Username::parse("settings"), Err(BadUsername::Reserved));
        assert_eq!(Username::parse(&"a".repeat(33)), Err(BadUsername::Length));
    }

    #[test]
    fn names_may_be_in_any_script_but_not_invisible() {
        assert_eq!(person_name(" Tomáš Dvořák ").unwrap(), "Tomáš Dvořák");
        assert_eq!(person_name("علی‌رضا").unwrap(), "علی‌رضا");
        assert_eq!(person_name("  "), Err(BadText::Missing));
        assert_eq!(person_name("evil\u{202E}gpj"), Err(BadText::Invisible));
        assert_eq!(person_name("a\0b"), Err(BadText::Invisible));
        assert_eq!(person_name(&"é".repeat(101)), Err(BadText::TooLong(100)));
        assert_eq!(several_lines("a\r\nb", 10).unwrap(), "a\nb");
        assert_eq!(one_line("a\nb", 10), Err(BadText::Invisible));
    }
}
