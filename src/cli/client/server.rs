//! A server as its address names it.
//!
//! Rule: a credential travels encrypted, or does not leave the machine.

use std::fmt;

use url::{Host, Url};

/// Scheme, host and port; nothing else of an address counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server(Url);

impl Server {
    pub fn parse(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        let url = if typed.contains("://") { Url::parse(typed) } else { Url::parse(&format!("https://{typed}")) };
        let mut url = url.map_err(|error| format!("{typed:?} is no address of a server: {error}"))?;
        let is_here = match url.host() {
            None => return Err(format!("{typed:?} is no address of a server.")),
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            "http" => {
                return Err(format!(
                    "{url} is not encrypted: everybody on the way could read what is sent. Use https; plain http only \
                     reaches this machine itself."
                ));
            }
            other => return Err(format!("Use https, not {other}.")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("Leave the name and the password out of the address.".to_owned());
        }
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// An address there, with these parameters; empty ones are left out.
    pub fn at(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        url.set_path(path);
        for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        url.into()
    }

    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// A word for a file's name, another for each server.
    pub fn file_name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
        let host: String = self.0.host_str().unwrap_or_default().chars().map(plain).collect();
        format!("{}_{host}_{}", self.0.scheme(), self.0.port_or_known_default().unwrap_or_default())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Result<String, String> {
        Server::parse(typed).map(|server| server.to_string())
    }

    #[test]
    fn only_this_machine_is_reached_without_encryption() {
        assert_eq!(parsed("keys.example").unwrap(), "https://keys.example");
        assert_eq!(parsed("https://Keys.Example:8443/settings?a=b#c").unwrap(), "https://keys.example:8443");
        for here in ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:8080"] {
            assert_eq!(parsed(here).unwrap(), here);
        }
        for refused in
            ["http://keys.example", "http://192.0.2.1", "http://localhost.evil.example", "http://a.localhost"]
        {
            assert!(parsed(refused).unwrap_err().contains("not encrypted"), "{refused}");
        }
        for refused in ["", "ftp://keys.example", "https://ada:pw@keys.example", "https://", "file:///etc/passwd"] {
            assert!(parsed(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn every_server_has_a_file_of_its_own() {
        let name = |typed| Server::parse(typed).unwrap().file_name();
        assert_eq!(name("https://keys.example"), "https_keys.example_443");
        assert_eq!(name("http://[::1]:8080"), "http____1__8080");
        assert_ne!(name("https://keys.example:444"), name("https://keys.example"));
    }

    #[test]
    fn parameters_are_escaped_and_empty_ones_left_out() {
        let server = Server::parse("https://keys.example").unwrap();
        assert_eq!(server.at("/a/b", &[("x", "1&2"), ("y", "")]), "https://keys.example/a/b?x=1%262");
    }
}
