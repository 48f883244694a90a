//! Mails over SMTP.
//!
//! Rule: codes and links never cross a network in the clear, unless the operator writes `?tls=none`.

use std::net::IpAddr;
use std::time::Duration;

use lettre::Transport as _;
use lettre::transport::smtp::SmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use url::Url;

use super::{Outgoing, Refusal, Transport};
use crate::kernel::percent;

/// For each step of the conversation. The whole stays well within a job's lease.
const TIMEOUT: Duration = Duration::from_secs(20);
/// "Authentication required", "mechanism too weak", "credentials invalid": about us, not about the mail, so it waits
/// for the operator to mend the setting.
const ABOUT_US: &[u16] = &[454, 530, 534, 535, 538];

pub struct Smtp(SmtpTransport);

impl Smtp {
    /// `smtps://user:password@host` (TLS from the first byte, port 465) or `smtp://…` (STARTTLS, port 587; required
    /// unless the host is this machine). `?tls=none` gives TLS up, and is refused together with a password.
    /// `hello` is the name this machine gives itself. The errors never quote the URL.
    pub fn new(url: &str, hello: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("not an address: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the host is missing")?;
        let host = host.trim_matches(['[', ']']);
        let parameters =
            TlsParameters::new(host.to_owned()).map_err(|_| "the host has no name that TLS can check".to_owned())?;
        let without_tls = match url.query() {
            None => false,
            Some("tls=none") => true,
            Some(_) => return Err("the only option is ?tls=none".to_owned()),
        };
        let has_password = url.password().is_some();
        let (tls, port) = match url.scheme() {
            "smtps" if without_tls => return Err("smtps:// and ?tls=none contradict each other".to_owned()),
            "smtps" => (Tls::Wrapper(parameters), 465),
            "smtp" if without_tls && has_password => {
                return Err("a password is never sent without TLS: leave out ?tls=none".to_owned());
            }
            "smtp" if without_tls => (Tls::None, 25),
            "smtp" if is_this_machine(host) => (Tls::Opportunistic(parameters), 25),
            "smtp" => (Tls::Required(parameters), 587),
            _ => return Err("expected smtp://… or smtps://…".to_owned()),
        };
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(url.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain(hello.to_owned()));
        if !url.username().is_empty() {
            let password = url.password().unwrap_or_default();
            builder = builder.credentials(Credentials::new(decoded(url.username())?, decoded(password)?));
        }
        Ok(Self(builder.build()))
    }
}

impl Smtp {
    /// Whether a server is there and takes the password, without sending anything.
    pub fn reach(&self) -> Result<(), String> {
        match self.0.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err("The mail server answers, but not well.".to_owned()),
            Err(error) => Err(without_addresses(&in_words(&error))),
        }
    }
}

impl Transport for Smtp {
    fn send(&self, mail: &Outgoing) -> Result<String, Refusal> {
        let error = match self.0.send(&mail.message) {
            Ok(answer) => {
                let words = answer.message().collect::<Vec<_>>().join(" ");
                return Ok(format!("{} {}", answer.code(), without_addresses(&words)));
            }
            Err(error) => error,
        };
        let code: Option<u16> = error.status().map(Into::into);
        let is_for_good = error.is_permanent() && !code.is_some_and(|code| ABOUT_US.contains(&code));
        let why = format!("The mail server did not take it: {}", without_addresses(&in_words(&error)));
        Err(if is_for_good { Refusal::ForGood(why) } else { Refusal::ForNow(why) })
    }
}

/// In a URL of a scheme that browsers do not know, an IP address is a name like any other.
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Undoes the percent-encoding a URL needs.
fn decoded(part: &str) -> Result<String, String> {
    percent::decoded(part).ok_or_else(|| "the user name or password is not properly percent-encoded".to_owned())
}

/// The error with what caused it.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_in_words = cause.to_string();
        if !words.contains(&cause_in_words) {
            words = format!("{words}: {cause_in_words}");
        }
        next = cause.source();
    }
    words
}

/// Servers like to quote the recipient, who is none of the log's business.
fn without_addresses(text: &str) -> String {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word }).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_tls() {
        assert!(Smtp::new("smtps://u:p@mail.example.org", "a.example").is_ok());
        assert!(Smtp::new("smtp://u:p@mail.example.org", "a.example").is_ok());
        assert!(Smtp::new("smtp://mail.example.org:25?tls=none", "a.example").is_ok());
        for bad in [
            "smtp://u:p@mail.example.org?tls=none",
            "smtps://mail.example.org?tls=none",
            "smtp://mail.example.org?tls=maybe",
            "http://mail.example.org",
            "mail.example.org",
            "smtp://u:%zz@mail.example.org",
        ] {
            let error = Smtp::new(bad, "a.example").err();
            assert!(error.is_some_and(|error| !error.contains("u:p")), "{bad}");
        }
    }

    #[test]
    fn passwords_are_decoded_as_urls_are() {
        assert_eq!(decoded("a+b%26c%3dd%C3%A9"), Ok("a+b&c=dé".to_owned()));
        assert!(decoded("%4").is_err());
    }

    #[test]
    fn recipients_do_not_reach_the_log() {
        assert_eq!(without_addresses("550 5.1.1 <ada@example.org>: unknown"), "550 5.1.1 (address) unknown");
    }
}
