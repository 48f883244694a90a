//! From a composed mail to the bytes a server takes.

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::compose::{Composed, House};
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::MailId;
use crate::kernel::time::Timestamp;

/// A mail on its way, for whichever transport.
pub struct Outgoing {
    pub id: MailId,
    /// When it was written, not when it is sent.
    pub written_at: Timestamp,
    pub to: EmailAddress,
    /// Without the angle brackets.
    pub message_id: String,
    pub composed: Composed,
    pub message: Message,
}

pub(super) fn message(
    house: &House,
    from: &Mailbox,
    id: MailId,
    local_part: &str,
    written_at: Timestamp,
    to: EmailAddress,
    composed: Composed,
) -> Result<Outgoing, String> {
    let message_id = format!("{local_part}@{}", house.public_url.host_str().unwrap_or("localhost"));
    let date = std::time::UNIX_EPOCH + written_at.since(Timestamp::from_seconds(0));
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, transportable(&to)?))
        .subject(one_line(&composed.subject))
        .message_id(Some(format!("<{message_id}>")))
        .date(date)
        // RFC 3834: nobody's holiday notice should answer.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(composed.text.clone(), composed.html.clone()))
        .map_err(|error| format!("The mail cannot be put together: {error}"))?;
    Ok(Outgoing { id, written_at, to, message_id, composed, message })
}

/// Whom mails are from: the house's name, unless the operator gave another with the address.
pub(super) fn sender(house: &House, from: &str) -> Result<Mailbox, String> {
    let from: Mailbox = from.parse().map_err(|_| format!("{from:?} is not an address to send from"))?;
    let name = from.name.as_deref().unwrap_or(&house.name);
    Ok(Mailbox::new(Some(one_line(name)), from.email))
}

/// Whether mails can be sent from this: an address, or a name with the address in angle brackets.
pub fn is_sender(from: &str) -> bool {
    from.parse::<Mailbox>().is_ok()
}

/// The address with its domain in the ASCII form every server understands.
fn transportable(to: &EmailAddress) -> Result<lettre::Address, String> {
    let unusable = || "The mail has no usable address.".to_owned();
    let (local, domain) = to.as_str().rsplit_once('@').ok_or_else(unusable)?;
    let domain = url::Host::parse(domain).map_err(|_| unusable())?.to_string();
    lettre::Address::new(local, domain).map_err(|_| unusable())
}

/// A header is one line, whatever the operator called the house.
fn one_line(subject: &str) -> String {
    subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use crate::crypto::chance::Chance;
    use crate::kernel::id::Id;

    use super::*;

    fn outgoing(name: &str, to: &str) -> Outgoing {
        let house = House {
            name: name.to_owned(),
            public_url: "https://accounts.example.org".parse().unwrap(),
            home_url: None,
        };
        let composed = Composed {
            subject: format!("Your {name} code"),
            text: "Code\n".to_owned(),
            html: "<p>Code</p>".to_owned(),
        };
        let from = sender(&house, "accounts@example.org").unwrap();
        let at = Timestamp::parse_rfc3339("2026-11-21T05:31:00Z").unwrap();
        let id = MailId::from_parts(at, Chance::seeded(1).bytes());
        message(&house, &from, id, id.as_str(), at, EmailAddress::parse(to).unwrap(), composed).unwrap()
    }

    fn head(mail: &Outgoing) -> String {
        let text = String::from_utf8(mail.message.formatted()).unwrap();
        text.split("\r\n\r\n").next().unwrap().to_owned()
    }

    #[test]
    fn nothing_can_add_a_header() {
        let mail = outgoing("Acme\r\nBcc: eve@example.net\r\n\r\nBody", "ada@example.org");
        let head = head(&mail);
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        assert_eq!(mail.message.envelope().to().len(), 1);
    }

    #[test]
    fn the_headers_are_what_a_second_try_would_have_too() {
        let mail = outgoing("Acme", "ada@exämple.org");
        let head = head(&mail);
        assert!(head.contains(&format!("Message-ID: <{}@accounts.example.org>", mail.id)), "{head}");
        assert!(head.contains("Date: Sat, 21 Nov 2026 05:31:00 +0000"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("To: ada@xn--exmple-cua.org"), "{head}");
    }
}
