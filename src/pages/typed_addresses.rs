//! Addresses pasted into one field, as they come out of a mail program, a table or a list.

use std::collections::HashSet;

use crate::kernel::email_address::{EmailAddress, NotAnAddress};
use crate::kernel::names::is_invisible;

/// Each is a mail.
pub const MOST_AT_ONCE: usize = 50;

/// One that was left out, and why.
pub struct Refused {
    pub address: String,
    pub reason: &'static str,
}

impl Refused {
    /// What was typed is shown cut short and without anything that cannot be seen.
    pub fn new(typed: &str, reason: &'static str) -> Self {
        Self { address: typed.chars().filter(|c| !is_invisible(*c)).take(254).collect(), reason }
    }
}

/// The words between spaces, commas and line ends, each once, without the brackets that mail programs put around them.
pub fn split(typed: &str) -> Vec<&str> {
    let words = typed.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
    let words = words.map(|word| word.trim_matches(['<', '>', '"', '\''])).filter(|word| !word.is_empty());
    let mut seen = HashSet::new();
    words.filter(|word| seen.insert(word.to_lowercase())).collect()
}

/// Those that are addresses; the rest is added to `refused`.
pub fn read(words: &[&str], refused: &mut Vec<Refused>) -> Vec<EmailAddress> {
    let mut read = Vec::new();
    for word in words {
        match EmailAddress::parse(word) {
            Ok(address) => read.push(address),
            Err(NotAnAddress::TooLong) => refused.push(Refused::new(word, "An address has at most 254 characters.")),
            Err(NotAnAddress::Missing | NotAnAddress::Malformed) => {
                refused.push(Refused::new(word, "It is not an address like name@example.com."));
            }
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_however_they_were_pasted() {
        let typed = "ada@example.com, <bob@example.com>;eve@example.com\r\n\n ADA@example.com\t'joe@example.com'";
        assert_eq!(split(typed), ["ada@example.com", "bob@example.com", "eve@example.com", "joe@example.com"]);
        assert!(split(" ,;\n").is_empty());
    }

    #[test]
    fn what_is_no_address_is_refused_and_cleaned_for_showing() {
        let mut refused = Vec::new();
        let long = format!("{}@example.com", "a".repeat(300));
        let read = read(&["ada@example.com", "Ada\u{202E}", &long], &mut refused);
        assert_eq!(read.len(), 1);
        assert_eq!(refused[0].address, "Ada");
        assert_eq!(refused[1].address.len(), 254);
    }
}
