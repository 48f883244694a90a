//! An email address as one person types it and as two people's are compared.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Trimmed, NFC, at most 254 characters, something on both sides of one `@`. The domain is lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    #[error("Enter your email address.")]
    Missing,
    #[error("Enter an email address of at most 254 characters.")]
    TooLong,
    #[error("Enter an email address like name@example.com.")]
    Malformed,
}

impl EmailAddress {
    /// What the mail transport also accepts; anything stranger is refused here, in words, not later, by a server.
    pub fn parse(typed: &str) -> Result<Self, NotAnAddress> {
        let text: String = typed.trim().nfc().collect();
        if text.is_empty() {
            return Err(NotAnAddress::Missing);
        }
        if text.chars().count() > 254 {
            return Err(NotAnAddress::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress::Malformed)?;
        let domain = domain.to_lowercase();
        let address = format!("{local}@{domain}");
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
        let labels: Vec<&str> = domain.split('.').collect();
        let domain_is_plain = labels.len() >= 2
            && labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let transportable = address.parse::<lettre::Address>().is_ok();
        if !local_is_plain || !domain_is_plain || !transportable {
            return Err(NotAnAddress::Malformed);
        }
        let ascii = ascii_domain(&domain).ok_or(NotAnAddress::Malformed)?;
        // Letters that only look different (ｅxample.org) are mailed to the plain ones, so they are stored as these.
        Ok(if ascii.contains("xn--") { Self(address) } else { Self(format!("{local}@{ascii}")) })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two addresses are compared by: the whole in lower case, the domain as mail servers ask for it. No provider is
    /// known to treat `Ada@` and `ada@` as two people, and letting both sign up would let one imitate the other.
    pub fn comparable(&self) -> String {
        let whole = self.0.to_lowercase();
        let Some((local, domain)) = whole.rsplit_once('@') else { return whole };
        ascii_domain(domain).map_or_else(|| whole.clone(), |domain| format!("{local}@{domain}"))
    }

    /// Where its mails most likely end up: without a tag behind a plus sign (RFC 5233). Good for counting mails, never for
    /// telling people apart.
    pub fn mailbox(&self) -> String {
        let whole = self.comparable();
        match whole.rsplit_once('@').and_then(|(local, domain)| Some((local.split_once('+')?.0, domain))) {
            Some((name, domain)) if !name.is_empty() => format!("{name}@{domain}"),
            _ => whole,
        }
    }
}

/// The domain in the one spelling that names are looked up by (UTS 46); `None` for what is no name, such as an IP address.
fn ascii_domain(domain: &str) -> Option<String> {
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => Some(ascii),
        _ => None,
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_to_the_same_mailbox() {
        let mailbox = |text: &str| EmailAddress::parse(text).unwrap().mailbox();
        assert_eq!(mailbox("Ada+spam+2@Example.com"), "ada@example.com");
        assert_eq!(mailbox("ada@example.com"), "ada@example.com");
        assert_eq!(mailbox("+ada@example.com"), "+ada@example.com");
    }

    #[test]
    fn ordinary_addresses_pass() {
        for typed in ["ada@example.org", " Ada.M+test@Sub.Example.ORG ", "jörg@exämple.de"] {
            assert!(EmailAddress::parse(typed).is_ok(), "{typed}");
        }
        assert_eq!(EmailAddress::parse("Ada@EXAMPLE.org").unwrap().as_str(), "Ada@example.org");
    }

    #[test]
    fn one_mailbox_has_one_spelling() {
        let comparable = |typed: &str| EmailAddress::parse(typed).unwrap().comparable();
        assert_eq!(comparable("ada@ｅxample.org"), comparable("Ada@example.org"));
        assert_eq!(comparable("ada@xn--exmple-cua.de"), comparable("ada@exämple.de"));
        assert_ne!(comparable("ada@example.org"), comparable("ada@exämple.org"));
        assert_eq!(EmailAddress::parse("ada@ｅxample.org").unwrap().as_str(), "ada@example.org");
        assert!(EmailAddress::parse("ada@127.0.0.1").is_err());
    }

    #[test]
    fn what_could_be_read_as_two_addresses_or_a_header_is_refused() {
        for typed in [
            "",
            "ada",
            "@x.org",
            "a@b",
            "a@b@c.org x",
            "a b@c.org",
            "a@c.org\r\nBcc: d@e.org",
            "a@-c.org",
            "a,b@c.org",
            "<a@c.org>",
            "a@[127.0.0.1]",
        ] {
            assert!(EmailAddress::parse(typed).is_err(), "{typed}");
        }
    }
}
