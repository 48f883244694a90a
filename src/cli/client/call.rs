//! Calls to a server, with what is said when one fails.
//!
//! Rule: a redirect is told, never followed: a credential goes where the person said and nowhere else. Every call ends in
//! time, and no answer is read beyond its limit.

use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::config::Config;
use ureq::http::Response;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::{Failed, Server};
use crate::kernel::time::seconds;

const CONNECT: Duration = seconds(10);
const WHOLE: Duration = seconds(60);
/// More than any environment that a system can start a command with.
const LARGEST: u64 = 16 * 1024 * 1024;

pub struct Caller {
    pub server: Server,
    agent: Agent,
}

pub struct Answer {
    pub status: u16,
    text: Zeroizing<String>,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.text).ok()
    }
}

impl Caller {
    pub fn new(server: Server, ca_file: Option<&Path>) -> Result<Self, Failed> {
        let mut config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .user_agent(user_agent());
        if server.is_plain() {
            // To this machine: no proxy is asked, which would be another one.
            config = config.proxy(None);
        } else {
            config = config.https_only(true);
        }
        if let Some(path) = ca_file {
            config = config.tls_config(TlsConfig::builder().root_certs(certificates(path)?).build());
        }
        Ok(Self { server, agent: config.build().new_agent() })
    }

    pub fn get(&self, path: &str, parameters: &[(&str, &str)], token: &str) -> Result<Answer, Failed> {
        let call = self.agent.get(self.server.at(path, parameters)).header("accept", "application/json");
        self.read(call.header("authorization", format!("Bearer {token}")).call())
    }

    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Failed> {
        let call = self.agent.post(self.server.at(path, &[])).header("accept", "application/json");
        self.read(call.send_form(fields.iter().copied()))
    }

    fn read(&self, answered: Result<Response<Body>, ureq::Error>) -> Result<Answer, Failed> {
        let server = &self.server;
        let mut response = answered.map_err(|error| format!("{server} cannot be reached: {error}."))?;
        let status = response.status().as_u16();
        if response.status().is_redirection() {
            let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("another address");
            return Err(Failed::from(format!(
                "{server} leads on to {to}. Nothing was sent there; if that is the right address, use it: --server URL"
            )));
        }
        let text = response.body_mut().with_config().limit(LARGEST).read_to_string();
        let text = text.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => format!("{server} answers with more than 16 MB. Use --only."),
            other => format!("The answer of {server} cannot be read: {other}."),
        })?;
        Ok(Answer { status, text: Zeroizing::new(text) })
    }
}

fn certificates(path: &Path) -> Result<RootCerts, Failed> {
    let cannot = |why: String| Failed::usage(format!("--ca-file: {}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| cannot(error.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(cannot("there is no certificate in it".to_owned())) } else { Ok(RootCerts::from(found)) }
}

/// `keystead/1.0.0 (Linux; ada-laptop)`: what the owner sees among the sessions and in the access log.
fn user_agent() -> String {
    let system = match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "Mac OS X",
        other => other,
    };
    let own = rustix::system::uname();
    format!("keystead/{} ({system}; {})", env!("CARGO_PKG_VERSION"), machine(&own.nodename().to_string_lossy()))
}

/// The first word of a machine's name, plain enough to stand on a page and in a mail.
fn machine(name: &str) -> String {
    let first = name.split('.').next().unwrap_or_default();
    let plain: String =
        first.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(40).collect();
    if plain.is_empty() { "unnamed".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_called_by_a_plain_word() {
        assert_eq!(machine("ada-laptop.corp.example"), "ada-laptop");
        assert_eq!(machine("<b>\u{e9}x\r\n"), "bx");
        assert_eq!((machine(""), machine(&"a".repeat(64)).len()), ("unnamed".to_owned(), 40));
        assert!(crate::kernel::origin::machine_of(&user_agent()).is_some(), "{}", user_agent());
    }
}
