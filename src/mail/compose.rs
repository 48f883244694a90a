//! From a letter to a subject, a text and an HTML page, with Askama.

use askama::Template;
use serde::{Deserialize, Serialize};
use url::Url;

use super::letter::Letter;
use super::words::{Words, moment, words};
use crate::kernel::time::Timestamp;

/// Who writes: what the operator configured, never what a request said.
#[derive(Clone, Debug)]
pub struct House {
    pub name: String,
    pub public_url: Url,
    /// The platform's own front page.
    pub home_url: Option<String>,
}

impl House {
    /// An address of this service, from a local path.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// `accounts.example.org`, with the port when it is an unusual one.
    pub fn host(&self) -> String {
        let host = self.public_url.host_str().unwrap_or_default();
        self.public_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// A letter with its circumstances, as it lies sealed in the outbox.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub to: String,
    pub letter: Letter,
    pub when: Timestamp,
    /// `Chrome on Windows`; empty when no browser was behind it.
    pub agent: String,
    pub address: String,
}

/// A mail ready to be sent. Has no `Debug`: it carries codes.
#[derive(Clone)]
pub struct Composed {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Template)]
#[template(path = "mails/subject.txt", escape = "none")]
struct Subject<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mails/letter.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    words: &'a Words,
    when: String,
    from: String,
}

#[derive(Template)]
#[template(path = "mails/letter.html")]
struct Html<'a> {
    house: &'a House,
    words: &'a Words,
    when: String,
    from: String,
}

pub(super) fn compose(house: &House, sealed: &Sealed) -> Result<Composed, askama::Error> {
    let words = &words(&sealed.letter, house);
    let (when, from) = (moment(sealed.when), origin(sealed));
    Ok(Composed {
        subject: Subject { words }.render()?,
        text: Text { house, words, when: when.clone(), from: from.clone() }.render()?,
        html: Html { house, words, when, from }.render()?,
    })
}

/// `Chrome on Windows, 203.0.113.7`, or nothing when the reader has no use for it.
fn origin(sealed: &Sealed) -> String {
    if !sealed.letter.tells_where_from() || sealed.address.is_empty() {
        return String::new();
    }
    format!("{}, {}", sealed.agent, sealed.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house() -> House {
        House {
            name: "Acme & Söhne".to_owned(),
            public_url: "https://accounts.example.org:8443".parse().unwrap(),
            home_url: Some("https://example.org/".to_owned()),
        }
    }

    fn composed(letter: Letter) -> Composed {
        let sealed = Sealed {
            to: "ada@example.org".to_owned(),
            letter,
            when: Timestamp::from_seconds(1_795_240_000),
            agent: "Chrome on Windows".to_owned(),
            address: "203.0.113.7".to_owned(),
        };
        compose(&house(), &sealed).unwrap()
    }

    #[test]
    fn every_mail_says_what_happened_and_when() {
        for letter in Letter::samples() {
            let kind = letter.kind();
            let mail = composed(letter);
            assert!(!mail.subject.trim().is_empty() && !mail.subject.contains(['\n', '\r']), "{kind}");
            for body in [&mail.text, &mail.html] {
                assert!(!body.contains("{{") && !body.contains("{%") && !body.contains("}}"), "{kind}: {body}");
                assert!(body.contains("21 November 2026") || body.contains("When:"), "{kind}: {body}");
            }
            assert!(mail.text.is_ascii() || mail.text.contains("Söhne"), "{kind}");
            assert!(mail.text.lines().all(|line| line.len() < 998), "{kind}");
        }
    }

    #[test]
    fn text_and_html_carry_the_same_code_and_link() {
        let house = house();
        for letter in Letter::samples() {
            let (kind, words) = (letter.kind(), words(&letter, &house));
            let mail = composed(letter);
            for part in words.code.iter().chain(words.link.iter().map(|link| &link.url)) {
                assert!(mail.text.contains(part.as_str()) && mail.html.contains(part.as_str()), "{kind}: {part}");
            }
            if let Some(link) = &words.link {
                assert!(link.url.starts_with("https://accounts.example.org:8443/"), "{kind}");
                assert!(mail.html.contains(&format!("{}</a>", link.label)), "{kind}");
                assert!(link.label.contains("accounts.example.org:8443"), "{kind}");
            }
        }
    }

    #[test]
    fn no_mail_links_anywhere_else() {
        for letter in Letter::samples() {
            let (kind, mail) = (letter.kind(), composed(letter));
            for (at, _) in mail.html.match_indices("href=\"") {
                let link = &mail.html[at + 6..];
                let ours =
                    link.starts_with("https://accounts.example.org:8443/") || link.starts_with("https://example.org/");
                assert!(ours, "{kind}: {link}");
            }
        }
    }

    #[test]
    fn what_people_typed_is_no_markup() {
        let mail = composed(Letter::Suspended { reason: "<script>x</script>".to_owned() });
        assert!(!mail.html.contains("<script>"));
        assert!(mail.text.contains("<script>x</script>"));
    }

    #[test]
    fn only_the_readers_own_acts_tell_where_from() {
        assert!(composed(Letter::NewBrowser).text.contains("Chrome on Windows, 203.0.113.7"));
        assert!(!composed(Letter::AdministratorMade).text.contains("203.0.113.7"));
    }
}
